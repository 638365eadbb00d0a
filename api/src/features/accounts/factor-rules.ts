import type { Role } from '@jarvis/contracts/plans.ts'
import { and, eq, isNotNull, isNull, notInArray, sql } from 'drizzle-orm'
import { refusal } from '#lib/refusal.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { passkeys, requiredFactors, totpFactors, users } from '#ports/database/tables.ts'
import { noPassword } from './passwords.ts'

export type FactorRulesDeps = Pick<Database, 'db'> & { announce(userId: string): void }
type Reading = Pick<Transaction, 'select'>

/** Of the row of `users` of the query it stands in: whether they have a second factor. */
const hasFactor = sql<boolean>`(exists (select from ${totpFactors} f where f.user_id = users.id and f.confirmed_at is not null) or exists (select from ${passkeys} p where p.user_id = users.id))`

/** The same: whether their role needs a factor that they do not have. Nothing else is open to them then. Who has no password comes by an issuer, whose business it is. */
export const mustEnrol = sql<boolean>`exists (select from ${requiredFactors} r where r.role = users.role) and not ${hasFactor} and users.password_hash <> ${noPassword}`

/** Which roles need a second factor, and who has one. */
export function createFactorRules({ db, announce }: FactorRulesDeps) {
  const required = async (): Promise<Role[]> =>
    (await db.select({ role: requiredFactors.role }).from(requiredFactors)).map(({ role }) => role).toSorted()

  return {
    required,

    async mustEnrol(userId: string, tx: Reading = db): Promise<boolean> {
      const [user] = await tx.select({ mustEnrol }).from(users).where(eq(users.id, userId))
      return user?.mustEnrol ?? false
    },

    async hasAny(tx: Reading, userId: string): Promise<boolean> {
      const [user] = await tx.select({ hasFactor }).from(users).where(eq(users.id, userId))
      return user?.hasFactor ?? false
    },

    async factorsOf(userId: string): Promise<{ totp: boolean; passkeys: number }> {
      const confirmed = and(eq(totpFactors.userId, userId), isNotNull(totpFactors.confirmedAt))
      const [totp, own] = [await db.$count(totpFactors, confirmed), await db.$count(passkeys, eq(passkeys.userId, userId))]
      return { totp: totp > 0, passkeys: own }
    },

    /** One change of a person's factors at a time. */
    lock: (tx: Transaction, userId: string) => tx.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('update'),

    /** After a factor was taken away. @throws conflict */
    async requireOneLeft(tx: Transaction, userId: string): Promise<void> {
      if (await this.mustEnrol(userId, tx)) throw refusal('conflict.last_factor')
    },

    async write(tx: Transaction, roles: readonly Role[]): Promise<void> {
      await tx.delete(requiredFactors).where(notInArray(requiredFactors.role, [...roles]))
      if (roles.length > 0)
        await tx
          .insert(requiredFactors)
          .values([...new Set(roles)].map((role) => ({ role })))
          .onConflictDoNothing()
    },

    /** After the commit: open pages of those who need one now are told. */
    async announceRequired(): Promise<void> {
      const concerned = await db
        .select({ id: users.id })
        .from(users)
        .where(and(isNull(users.disabledAt), mustEnrol))
      for (const { id } of concerned) announce(id)
    },
  }
}
