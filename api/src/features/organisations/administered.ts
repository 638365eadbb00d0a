import type { AdminOrganisation, AdminOrganisationBody } from '@jarvis/contracts/organisations.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, desc, eq, ilike, inArray, isNull, lt, type SQL } from 'drizzle-orm'
import type { RecordAudit } from '#lib/audit-event.ts'
import { changesOf } from '#lib/changes-of.ts'
import { cursorOf, idOfCursor } from '#lib/cursor.ts'
import { containing } from '#lib/like.ts'
import { billingCycle } from '#lib/money.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database } from '#ports/database/index.ts'
import { budgets, members, organisations, users } from '#ports/database/tables.ts'
import type { Actor, createMembers } from './members.ts'
import { lock } from './seats.ts'
import { counts, noOrganisation } from './shown.ts'

export type AdministeredDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  people: Pick<ReturnType<typeof createMembers>, 'settle' | 'makeOwner'>
  announce(userIds: readonly string[]): void
}

/** Organisations as an administrator of the installation sees them. */
export function createAdministered({ db, audit, people, announce }: AdministeredDeps) {
  async function find(where: SQL | undefined, limit: number): Promise<AdminOrganisation[]> {
    const rows = await db
      .select({ row: organisations, budget: budgets, ...counts })
      .from(organisations)
      .leftJoin(budgets, and(eq(budgets.scopeId, organisations.id), eq(budgets.cycleStartsAt, billingCycle(new Date()).startsAt)))
      .where(where)
      .orderBy(desc(organisations.id))
      .limit(limit)
    const ids = rows.map(({ row }) => row.id)
    const owners = await db
      .select({ organisationId: members.organisationId, userId: users.id, name: users.name, email: users.email })
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .where(and(inArray(members.organisationId, ids), eq(members.role, 'owner'), isNull(users.disabledAt)))
      .orderBy(members.id)
    return rows.map(({ row: { createdAt, ...row }, budget, ...shown }) => ({
      ...row,
      ...shown,
      createdAt: createdAt.toISOString(),
      owners: owners.filter(({ organisationId }) => organisationId === row.id).map(({ organisationId: _, ...owner }) => owner),
      tokensUsed: budget?.tokensUsed ?? 0,
      costMicroUsd: budget?.costMicroUsd ?? 0,
    }))
  }

  return {
    /** Newest first. */
    async list({ q, cursor, limit }: { q?: string | undefined; cursor?: string | undefined; limit: number }): Promise<Page<AdminOrganisation>> {
      const named = q === undefined ? undefined : ilike(organisations.name, containing(q))
      const found = await find(and(named, cursor === undefined ? undefined : lt(organisations.id, idOfCursor('organisations', cursor))), limit + 1)
      const items = found.slice(0, limit)
      return { items, nextCursor: found.length > limit ? cursorOf('organisations', items.at(-1)!.id) : null }
    },

    /** @throws not_found, conflict where a subscription gives the seats */
    async change(id: string, { ownerId, ...given }: AdminOrganisationBody, by: Pick<Actor, 'userId' | 'origin'>): Promise<AdminOrganisation> {
      const { changed } = await db.transaction(async (tx) => {
        const before = await lock(tx, id)
        if (!before) throw noOrganisation()
        const wished = { plan: given.plan ?? before.plan, seats: given.seats ?? before.seats }
        const details = changesOf({ plan: before.plan, seats: before.seats }, wished)
        const isOther = Object.keys(details).length > 0
        if (isOther && before.seatsSource === 'stripe') throw refusal('conflict.seats_by_subscription')
        if (isOther) {
          await tx
            .update(organisations)
            .set({ ...wished, seatsSource: wished.seats > 0 ? 'admin' : 'none' })
            .where(eq(organisations.id, id))
        }
        if (ownerId !== undefined) {
          const role = await people.makeOwner(tx, id, ownerId)
          const change = { organisation: id, role }
          await audit(tx, { action: 'member.changed', actorId: by.userId, target: ownerId, details: change, ...by.origin })
        }
        if (isOther) await audit(tx, { action: 'organisation.changed', actorId: by.userId, target: id, details, ...by.origin })
        const settled = await people.settle(tx, { ...before, ...wished })
        return { changed: [...settled.changed, ...(ownerId === undefined ? [] : [ownerId])] }
      })
      announce(changed)
      const [after] = await find(eq(organisations.id, id), 1)
      if (!after) throw noOrganisation()
      return after
    },
  }
}
