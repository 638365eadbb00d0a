import type { AdminUser, AdminUsersQuery } from '@jarvis/contracts/admin.ts'
import { Id, type Page } from '@jarvis/contracts/text.ts'
import { and, desc, eq, ilike, lt, or, type SQL, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { toUser } from '#features/accounts/index.ts'
import type { Billing } from '#features/billing/index.ts'
import { AppError } from '#lib/app-error.ts'
import { badCursor } from '#lib/cursor.ts'
import type { Database } from '#ports/database/index.ts'
import { apiKeys, sessions, subscriptions, totpFactors, users } from '#ports/database/tables.ts'

export type UserListDeps = Pick<Database, 'db'> & { billing: Pick<Billing, 'totalsOf'> }

/** People as an administrator sees them. */
export function createUserList({ db, billing }: UserListDeps) {
  async function find(where: SQL | undefined, limit: number): Promise<AdminUser[]> {
    const rows = await db
      .select({ user: users, subscription: subscriptions.status, lastSeenAt: lastSeenAt.mapWith(sessions.lastSeenAt), totp })
      .from(users)
      .leftJoin(subscriptions, eq(subscriptions.userId, users.id))
      .where(where)
      .orderBy(desc(users.id))
      .limit(limit)
    const totals = await billing.totalsOf(rows.map(({ user }) => user.id))
    return rows.map(({ user, subscription, lastSeenAt, totp }) => ({
      ...toUser(user),
      disabled: user.disabledAt !== null,
      subscription: subscription ?? 'none',
      tokensUsed: 0,
      costMicroUsd: 0,
      ...totals.get(user.id),
      ceilingMicroUsd: user.ceilingMicroUsd,
      lastSeenAt: (lastSeenAt as Date | null)?.toISOString() ?? null,
      factors: { totp },
    }))
  }

  return {
    /** Newest first; `q` is looked for in email and name, ignoring case. */
    async list({ q, plan, role, cursor, limit }: z.infer<typeof AdminUsersQuery>): Promise<Page<AdminUser>> {
      if (cursor !== undefined && !Id.safeParse(cursor).success) throw badCursor()
      const pattern = q === undefined ? undefined : `%${q.replace(/[\\%_]/g, (character) => `\\${character}`)}%`
      const found = await find(
        and(
          pattern === undefined ? undefined : or(ilike(users.email, pattern), ilike(users.name, pattern)),
          plan === undefined ? undefined : eq(users.plan, plan),
          role === undefined ? undefined : eq(users.role, role),
          // Ids sort by the time they were made.
          cursor === undefined ? undefined : lt(users.id, cursor),
        ),
        limit + 1,
      )
      const items = found.slice(0, limit)
      return { items, nextCursor: found.length > limit ? items.at(-1)!.id : null }
    },

    /** @throws not_found */
    async get(userId: string): Promise<AdminUser> {
      const [user] = await find(eq(users.id, userId), 1)
      if (!user) throw new AppError('not_found', 'There is no such user.')
      return user
    },
  }
}

const totp = sql<boolean>`exists (select from ${totpFactors} where ${totpFactors.userId} = ${users.id} and ${totpFactors.confirmedAt} is not null)`

/** A page renews its token at least every few minutes, a program uses its key. */
const lastSeenAt = sql<Date | null>`greatest(
  (select max(${sessions.lastSeenAt}) from ${sessions} where ${sessions.userId} = ${users.id}),
  (select max(${apiKeys.lastUsedAt}) from ${apiKeys} where ${apiKeys.userId} = ${users.id}))`
