import type { Member, Organisation } from '@jarvis/contracts/organisations.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, eq, ilike, or, type SQL, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import { cursorOf, placeOfCursor } from '#lib/cursor.ts'
import { containing } from '#lib/like.ts'
import { billingCycle } from '#lib/money.ts'
import type { Database } from '#ports/database/index.ts'
import { budgets, budgetScopes, groupMembers, members, organisations, users } from '#ports/database/tables.ts'

export const noMember = () => new AppError('not_found', 'There is no such member.')
export const noOrganisation = () => new AppError('not_found', 'There is no such organisation.')

export const counts = {
  seatsTaken: sql<number>`(select count(*)::int from ${members} m where m.organisation_id = ${organisations.id} and m.seat = 'held')`,
  members: sql<number>`(select count(*)::int from ${members} m where m.organisation_id = ${organisations.id})`,
}

/** What members see of their organisation and of each other. */
export function createShown({ db }: Pick<Database, 'db'>) {
  async function find(userId: string, further?: SQL): Promise<Organisation[]> {
    const rows = await db
      .select({ row: organisations, role: members.role, seat: members.seat, ...counts })
      .from(members)
      .innerJoin(organisations, eq(organisations.id, members.organisationId))
      .where(and(eq(members.userId, userId), further))
    return rows.map(({ row: { createdAt, ...row }, seat, ...shown }) => ({
      ...row,
      ...shown,
      hasSeat: seat === 'held',
      createdAt: createdAt.toISOString(),
    }))
  }

  type Seen = { seesAll: boolean; userId: string }

  async function listed(where: SQL | undefined, limit: number, { seesAll, userId }: Seen): Promise<(Member & { place: string })[]> {
    const rows = await db
      .select({
        member: members,
        user: { name: users.name, email: users.email, disabledAt: users.disabledAt },
        share: { tokensPerCycle: budgetScopes.tokensPerCycle, ceilingMicroUsd: budgetScopes.ceilingMicroUsd },
        used: { tokensUsed: budgets.tokensUsed, costMicroUsd: budgets.costMicroUsd },
        place: place.mapWith(String),
      })
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .leftJoin(budgetScopes, eq(budgetScopes.id, members.id))
      .leftJoin(budgets, and(eq(budgets.scopeId, members.id), eq(budgets.cycleStartsAt, billingCycle(new Date()).startsAt)))
      .where(where)
      .orderBy(place)
      .limit(limit)
    return rows.map(({ member, user, share, used, place }) => {
      const isShown = seesAll || member.userId === userId
      return {
        userId: member.userId,
        name: user.name,
        email: user.email,
        role: member.role,
        seat: member.seat,
        disabled: user.disabledAt !== null,
        joinedAt: member.joinedAt.toISOString(),
        use: isShown ? (used ?? { tokensUsed: 0, costMicroUsd: 0 }) : null,
        share: isShown ? (share ?? { tokensPerCycle: null, ceilingMicroUsd: null }) : null,
        place,
      }
    })
  }

  return {
    of: (userId: string) => find(userId),

    /** @throws not_found */
    async one(userId: string, id: string): Promise<Organisation> {
      const [found] = await find(userId, eq(organisations.id, id))
      if (!found) throw noOrganisation()
      return found
    },

    /** Owners first, then who joined first. @throws invalid_request for a cursor that is none */
    async members(
      id: string,
      { q, groupId, cursor, limit }: { q?: string | undefined; groupId?: string | undefined; cursor?: string | undefined; limit: number },
      seen: Seen,
    ): Promise<Page<Member>> {
      const pattern = q === undefined ? undefined : containing(q)
      const found = await listed(
        and(
          eq(members.organisationId, id),
          groupId === undefined
            ? undefined
            : sql`exists (select from ${groupMembers} g where g.member_id = ${members.id} and g.group_id = ${groupId})`,
          pattern === undefined ? undefined : or(ilike(users.name, pattern), ilike(users.email, pattern)),
          cursor === undefined ? undefined : sql`${place} > ${placeOfCursor('members', cursor, /^[012][0-9a-f-]{36}$/)}`,
        ),
        limit + 1,
        seen,
      )
      const items = found.slice(0, limit)
      return {
        items: items.map(({ place: _, ...member }) => member),
        nextCursor: found.length > limit ? cursorOf('members', items.at(-1)!.place) : null,
      }
    },

    /** @throws not_found */
    async member(id: string, userId: string, seen: Seen): Promise<Member> {
      const [found] = await listed(and(eq(members.organisationId, id), eq(members.userId, userId)), 1, seen)
      if (!found) throw noMember()
      const { place: _, ...member } = found
      return member
    },
  }
}

/** Ids sort by the time at which they were made. */
const place = sql`(case ${members.role} when 'owner' then '0' when 'admin' then '1' else '2' end || ${members.id}::text) collate "C"`
