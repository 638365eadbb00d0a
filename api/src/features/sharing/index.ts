import type { SharedKind, Sharing as Shared, SharingBody } from '@jarvis/contracts/sharing.ts'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import { newId } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { groupShares, memberGroups, members } from '#ports/database/tables.ts'
import { createHandOver, type HandOverDeps } from './hand-over.ts'
import { notTheirs, things } from './may-see.ts'
import { sharesFrom, sharesOf } from './shares.ts'

export { notTheirs, passagesSeenBy, seenBy, sharedTo } from './may-see.ts'
export type SharingDeps = Pick<Database, 'db'> & { audit: RecordAudit } & HandOverDeps
export type Sharing = ReturnType<typeof createSharing>
type By = { userId: string; origin: { address?: string; requestId?: string } }

const noThing = () => new AppError('not_found', 'There is nothing of this kind that is yours.')
const noGroup = () => new AppError('not_found', 'There is no such group.')

/** What people let others of their organisation read; who may change it is its owner alone. */
export function createSharing({ db, audit, ...deps }: SharingDeps) {
  async function requireOwn(tx: Pick<Transaction, 'select' | '$count'>, userId: string, kind: SharedKind, id: string): Promise<void> {
    const thing = things[kind]
    const [own] = await tx
      .select({ id: thing.id })
      .from(thing)
      .where(and(eq(thing.id, id), eq(thing.userId, userId)))
    if (!own) throw await notTheirs(tx, userId, kind, id, noThing)
  }

  async function read(on: Pick<Transaction, 'select'>, kind: SharedKind, id: string): Promise<Shared> {
    const rows = await on.select({ groupId: groupShares.groupId }).from(groupShares).where(sharesOf(kind, id)).orderBy(groupShares.id)
    return { everyone: rows.some(({ groupId }) => groupId === null), groupIds: rows.flatMap(({ groupId }) => groupId ?? []) }
  }

  return {
    handOver: createHandOver({ db, audit, ...deps }),

    /** @throws not_found, forbidden for who only reads it */
    async of(userId: string, kind: SharedKind, id: string): Promise<Shared> {
      await requireOwn(db, userId, kind, id)
      return await read(db, kind, id)
    },

    /** @throws not_found, forbidden for who only reads it, conflict for who is in no organisation */
    async share(kind: SharedKind, id: string, { everyone, groupIds }: SharingBody, { userId, origin }: By): Promise<Shared> {
      return await db.transaction(async (tx) => {
        await requireOwn(tx, userId, kind, id)
        const wanted = new Set([...(everyone ? [null] : []), ...groupIds])
        // Who leaves meanwhile waits, and takes it along.
        const [member] = await tx.select().from(members).where(eq(members.userId, userId)).for('share')
        if (!member && wanted.size > 0) throw refusal('conflict.no_organisation')
        if (!member) return { everyone: false, groupIds: [] }
        const { organisationId } = member
        const theirs = and(inArray(memberGroups.id, groupIds), eq(memberGroups.organisationId, organisationId))
        const known = groupIds.length === 0 ? [] : await tx.select({ id: memberGroups.id }).from(memberGroups).where(theirs).for('share')
        if (known.length < new Set(groupIds).size) throw noGroup()
        const before = await tx.select().from(groupShares).where(sharesOf(kind, id)).for('update')
        const tell = (action: 'share.added' | 'share.removed', groupId: string | null) =>
          audit(tx, { action, actorId: userId, target: id, details: { organisation: organisationId, kind, group: groupId ?? 'everyone' }, ...origin })
        for (const share of before.filter(({ groupId }) => !wanted.has(groupId))) {
          await tx.delete(groupShares).where(eq(groupShares.id, share.id))
          await tell('share.removed', share.groupId)
        }
        for (const groupId of wanted) {
          const row = { id: newId(), organisationId, groupId, kind, thingId: id, ownerId: userId }
          const added = await tx.insert(groupShares).values(row).onConflictDoNothing().returning({ id: groupShares.id })
          if (added.length > 0) await tell('share.added', groupId)
        }
        return await read(tx, kind, id)
      })
    },
  }
}

/** How many things somebody shares in an organisation. */
export async function countShared(tx: Pick<Transaction, 'select'>, organisationId: string, ownerId: string): Promise<number> {
  const [found] = await tx
    .select({ count: sql<number>`count(distinct ${groupShares.thingId})::int` })
    .from(groupShares)
    .where(sharesFrom(organisationId, ownerId))
  return found?.count ?? 0
}

/** Part of the act of leaving, after the member is gone. */
export async function dropSharesFrom(tx: Pick<Transaction, 'delete'>, organisationId: string, ownerId: string): Promise<void> {
  await tx.delete(groupShares).where(sharesFrom(organisationId, ownerId))
}

/** Part of the act of deleting a thing. */
export async function dropSharesOf(tx: Pick<Transaction, 'delete'>, kind: SharedKind, id: string): Promise<void> {
  await tx.delete(groupShares).where(sharesOf(kind, id))
}
