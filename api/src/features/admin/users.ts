import type { AdminUser, AdminUsersQuery, PeopleOrder } from '@jarvis/contracts/admin.ts'
import { Id, type Page, text } from '@jarvis/contracts/text.ts'
import { and, desc, eq, ilike, lt, or, type SQL, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { shownAddress, toUser } from '#features/accounts/index.ts'
import type { Billing } from '#features/billing/index.ts'
import { containing } from '#lib/like.ts'
import { AppError } from '#lib/app-error.ts'
import { badCursor } from '#lib/cursor.ts'
import type { Database } from '#ports/database/index.ts'
import { apiKeys, passkeys, sessions, subscriptions, totpFactors, users } from '#ports/database/tables.ts'

export type UserListDeps = Pick<Database, 'db'> & { billing: Pick<Billing, 'totalsOf'> }

/** People as an administrator sees them. */
export function createUserList({ db, billing }: UserListDeps) {
  async function find(where: SQL | undefined, limit: number, order: Order | null = null): Promise<(AdminUser & { at: string })[]> {
    const rows = await db
      .select({
        at: order ? sql<string>`(${order.value})::text` : sql<string>`''`,
        user: users,
        subscription: subscriptions.status,
        lastSeenAt: lastSeenAt.mapWith(sessions.lastSeenAt),
        totp,
        keys,
      })
      .from(users)
      .leftJoin(subscriptions, eq(subscriptions.userId, users.id))
      .where(where)
      .orderBy(...(order ? [order.isDown ? desc(order.value) : order.value] : []), order?.isDown === false ? users.id : desc(users.id))
      .limit(limit)
    const totals = await billing.totalsOf(rows.map(({ user }) => user.id))
    return rows.map(({ at, user, subscription, lastSeenAt, totp, keys }) => ({
      at,
      ...toUser(user),
      disabled: user.disabledAt !== null,
      subscription: subscription ?? 'none',
      tokensUsed: 0,
      costMicroUsd: 0,
      ...totals.get(user.id),
      ceilingMicroUsd: user.ceilingMicroUsd,
      lastSeenAt: (lastSeenAt as Date | null)?.toISOString() ?? null,
      factors: { totp, passkeys: keys },
    }))
  }

  return {
    /** `q` is looked for in email and name, ignoring case. */
    async list({ q, plan, role, order: wished, cursor, limit }: z.infer<typeof AdminUsersQuery>): Promise<Page<AdminUser>> {
      const order = wished === 'newest' ? null : orders[wished]
      const pattern = q === undefined ? undefined : containing(q)
      const found = await find(
        and(
          pattern === undefined ? undefined : or(ilike(shownAddress, pattern), ilike(users.name, pattern)),
          plan === undefined ? undefined : eq(users.plan, plan),
          role === undefined ? undefined : eq(users.role, role),
          cursor === undefined ? undefined : after(order, cursor),
        ),
        limit + 1,
        order,
      )
      const items = found.slice(0, limit)
      const last = found.length > limit ? items.at(-1)! : null
      return { items, nextCursor: last && (order ? Buffer.from(last.id + last.at).toString('base64url') : last.id) }
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

const keys = sql<number>`(select count(*)::int from ${passkeys} where ${passkeys.userId} = ${users.id})`

/** A page renews its token at least every few minutes, a program uses its key. */
const lastSeenAt = sql<Date | null>`greatest(
  (select max(${sessions.lastSeenAt}) from ${sessions} where ${sessions.userId} = ${users.id}),
  (select max(${apiKeys.lastUsedAt}) from ${apiKeys} where ${apiKeys.userId} = ${users.id}))`

type Order = { value: SQL; type: string; isDown: boolean }

/** By what people are sorted, where two are equal by the id, which sorts by time. As much of a name as fits into a cursor. */
const orders: Record<Exclude<PeopleOrder, 'newest'>, Order> = {
  name: { value: sql`left(lower(${users.name}), 24)`, type: 'text', isDown: false },
  email: { value: sql`left(${shownAddress}, 60)`, type: 'text', isDown: false },
  seen: { value: sql`coalesce((extract(epoch from ${lastSeenAt}) * 1000000)::bigint, 0)`, type: 'bigint', isDown: true },
}
const idLength = 36

/** What the list goes on after. @throws invalid_request */
function after(order: Order | null, cursor: string): SQL {
  const read = order ? Buffer.from(cursor, 'base64url').toString() : cursor
  const [id, at] = [read.slice(0, idLength), read.slice(idLength)]
  if (!Id.safeParse(id).success || !isStorable(at)) throw badCursor()
  if (!order) return lt(users.id, id)
  if (order.type === 'bigint' && !/^\d{1,18}$/.test(at)) throw badCursor()
  return sql`(${order.value}, ${users.id}) ${sql.raw(order.isDown ? '<' : '>')} (${at}::${sql.raw(order.type)}, ${id}::uuid)`
}
const isStorable = (at: string) => text(100, 0).safeParse(at).success
