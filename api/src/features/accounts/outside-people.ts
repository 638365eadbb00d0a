import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { and, eq, isNull } from 'drizzle-orm'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Origin } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { apiKeys, sessions as sessionRows, users } from '#ports/database/tables.ts'
import { theirs } from './addresses.ts'
import type { createApiKeys } from './api-keys.ts'
import type { createFactors } from './factors.ts'
import { noPassword } from './passwords.ts'
import type { createRegistration } from './registration.ts'
import type { createSessions, Opened } from './sessions.ts'
import type { UserRow } from './user-changes.ts'

export type OutsidePeopleDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  sessions: ReturnType<typeof createSessions>
  apiKeys: ReturnType<typeof createApiKeys>
  registration: Pick<ReturnType<typeof createRegistration>, 'isFirst'>
  factors: Pick<ReturnType<typeof createFactors>, 'drop'>
  announce(userId: string): void
}

type NewPerson = { email: string; isVerified: boolean; name: string; role: Role; plan: PlanId }

/** What single sign-on does to people and their sessions. Each takes part in the caller's transaction. */
export function createOutsidePeople({ audit, sessions, apiKeys: keys, registration, factors, announce }: OutsidePeopleDeps) {
  async function lock(tx: Transaction, which: ReturnType<typeof eq>): Promise<UserRow | undefined> {
    const [user] = await tx.select().from(users).where(which).for('update')
    return user
  }

  return {
    /** The row is locked. @throws unauthenticated for somebody who is disabled or being erased */
    async active(tx: Transaction, userId: string): Promise<UserRow> {
      return requireActive(await lock(tx, eq(users.id, userId)))
    },

    byEmail: (tx: Transaction, email: string): Promise<UserRow | undefined> => lock(tx, eq(users.email, email)),
    requireActive,

    /** Whose live session this is. @throws unauthenticated */
    async ofSession(tx: Transaction, sessionId: string): Promise<UserRow> {
      const live = and(eq(sessionRows.id, sessionId), isNull(sessionRows.revokedAt))
      const [session] = await tx.select({ userId: sessionRows.userId }).from(sessionRows).where(live)
      if (!session) throw refusal('unauthenticated.session_ended')
      return requireActive(await lock(tx, eq(users.id, session.userId)))
    },

    /** Somebody without a password; the first of all becomes the administrator. */
    async make(tx: Transaction, { email, isVerified, name, role, plan }: NewPerson): Promise<UserRow> {
      const given = plan === 'free' ? {} : ({ plan, planSource: 'admin' } as const)
      const own = (await registration.isFirst(tx)) ? 'admin' : role
      const values = { id: newId(), email, name, passwordHash: noPassword, role: own, ...given, ...(isVerified && { verifiedEmail: email }) }
      const [user] = await tx.insert(users).values(values).returning()
      return user!
    },

    async setEmail(tx: Transaction, userId: string, email: string): Promise<void> {
      await tx.update(users).set(theirs(email)).where(eq(users.id, userId))
    },

    async rename(tx: Transaction, userId: string, name: string): Promise<void> {
      await tx.update(users).set({ name }).where(eq(users.id, userId))
    },

    /** Who made the account never showed that the address is theirs: what they may still hold of it ends. Returns what to announce. */
    async takeFromMaker(tx: Transaction, { id: userId }: UserRow): Promise<string[]> {
      await tx.update(users).set({ passwordHash: noPassword, passwordEndedAt: null }).where(eq(users.id, userId))
      await factors.drop(tx, userId)
      const keyIds = await keys.idsOf(tx, userId)
      await tx.delete(apiKeys).where(eq(apiKeys.userId, userId))
      return [...(await sessions.endAll(tx, userId)), ...keyIds]
    },

    async open(tx: Transaction, userId: string, provider: string, origin: Origin): Promise<Opened> {
      const { address, requestId } = origin
      await audit(tx, { action: 'login.succeeded', actorId: userId, details: { provider }, address, requestId })
      return await sessions.open(tx, userId, origin)
    },

    async hasSession(tx: Transaction, userId: string): Promise<boolean> {
      return (await tx.$count(sessionRows, and(eq(sessionRows.userId, userId), isNull(sessionRows.revokedAt)))) > 0
    },

    authenticated: sessions.authenticated,
    requireRecent: sessions.requireRecent,
    endByToken: sessions.endByToken,
    end: sessions.endThese,
    announceEnded: sessions.announce,
    announce,
  }
}

function requireActive(user: UserRow | undefined): UserRow {
  if (!user || user.disabledAt) throw refusal('unauthenticated.account_disabled')
  return user
}
