import type { MemberGroup } from '@jarvis/contracts/sharing.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import { newId } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import { type Database, isUniqueViolation, type Transaction } from '#ports/database/index.ts'
import { groupMembers, memberGroups, members } from '#ports/database/tables.ts'
import type { Actor } from './members.ts'
import { lock } from './seats.ts'
import { noMember } from './shown.ts'

/** They are listed whole, so there is an end to them. */
const groupsMax = 200
const noGroup = () => new AppError('not_found', 'There is no such group.')

/** Some of an organisation's members, whom things are shared with. Each change waits for the one before, and for who leaves. */
export function createGroups({ db, audit }: Pick<Database, 'db'> & { audit: RecordAudit }) {
  const groupOf = (organisationId: string, id: string): SQL => and(eq(memberGroups.id, id), eq(memberGroups.organisationId, organisationId))!

  async function find(userId: string, where: SQL): Promise<MemberGroup[]> {
    const rows = await db
      .select({
        group: memberGroups,
        members: sql<number>`(select count(*)::int from ${groupMembers} g where g.group_id = member_groups.id)`,
        isIn: sql<boolean>`exists (select from ${groupMembers} g join ${members} m on m.id = g.member_id
          where g.group_id = member_groups.id and m.user_id = ${userId})`,
      })
      .from(memberGroups)
      .where(where)
      .orderBy(asc(sql`lower(${memberGroups.name})`), asc(memberGroups.id))
    return rows.map(({ group: { id, name, createdAt }, ...counted }) => ({ id, name, ...counted, createdAt: createdAt.toISOString() }))
  }

  async function one(organisationId: string, id: string, userId: string): Promise<MemberGroup> {
    const [found] = await find(userId, groupOf(organisationId, id))
    if (!found) throw noGroup()
    return found
  }

  /** With the organisation's row locked. @throws conflict for a name that is taken */
  async function change(organisationId: string, work: (tx: Transaction) => Promise<void>): Promise<void> {
    try {
      await db.transaction(async (tx) => {
        await lock(tx, organisationId)
        await work(tx)
      })
    } catch (error) {
      if (isUniqueViolation(error)) throw refusal('conflict.group_name', {}, { cause: error })
      throw error
    }
  }

  /** @throws not_found */
  async function placeOf(tx: Transaction, organisationId: string, groupId: string, userId: string) {
    const [group] = await tx.select({ id: memberGroups.id }).from(memberGroups).where(groupOf(organisationId, groupId))
    if (!group) throw noGroup()
    const [member] = await tx
      .select({ id: members.id })
      .from(members)
      .where(and(eq(members.organisationId, organisationId), eq(members.userId, userId)))
    if (!member) throw noMember()
    return { groupId, memberId: member.id }
  }

  return {
    async list(organisationId: string, userId: string): Promise<Page<MemberGroup>> {
      return { items: await find(userId, eq(memberGroups.organisationId, organisationId)), nextCursor: null }
    },

    /** @throws conflict, invalid_request when there are too many */
    async create(organisationId: string, name: string, { userId, origin }: Actor): Promise<MemberGroup> {
      const id = newId()
      await change(organisationId, async (tx) => {
        const count = await tx.$count(memberGroups, eq(memberGroups.organisationId, organisationId))
        if (count >= groupsMax) throw refusal('invalid_request.groups', { groupsMax })
        await tx.insert(memberGroups).values({ id, organisationId, name })
        await audit(tx, { action: 'group.created', actorId: userId, target: id, details: { organisation: organisationId }, ...origin })
      })
      return await one(organisationId, id, userId)
    },

    /** @throws not_found, conflict */
    async rename(organisationId: string, id: string, name: string, { userId, origin }: Actor): Promise<MemberGroup> {
      await change(organisationId, async (tx) => {
        const renamed = await tx.update(memberGroups).set({ name }).where(groupOf(organisationId, id)).returning({ id: memberGroups.id })
        if (renamed.length === 0) throw noGroup()
        // Names are people's words: the audit says that it changed, and has none.
        await audit(tx, { action: 'group.renamed', actorId: userId, target: id, details: { organisation: organisationId }, ...origin })
      })
      return await one(organisationId, id, userId)
    },

    /** @throws not_found */
    async remove(organisationId: string, id: string, { userId, origin }: Actor): Promise<void> {
      await change(organisationId, async (tx) => {
        const left = await tx.$count(groupMembers, eq(groupMembers.groupId, id))
        const removed = await tx.delete(memberGroups).where(groupOf(organisationId, id)).returning({ id: memberGroups.id })
        if (removed.length === 0) throw noGroup()
        const details = { organisation: organisationId, members: `${left} → 0` }
        await audit(tx, { action: 'group.deleted', actorId: userId, target: id, details, ...origin })
      })
    },

    /** @throws not_found */
    async add(organisationId: string, groupId: string, userId: string, { userId: actorId, origin }: Actor): Promise<void> {
      await change(organisationId, async (tx) => {
        const place = await placeOf(tx, organisationId, groupId, userId)
        const added = await tx.insert(groupMembers).values(place).onConflictDoNothing().returning()
        if (added.length === 0) return
        const details = { organisation: organisationId, group: groupId }
        await audit(tx, { action: 'group.member_added', actorId, target: userId, details, ...origin })
      })
    },

    /** @throws not_found */
    async takeOut(organisationId: string, groupId: string, userId: string, { userId: actorId, origin }: Actor): Promise<void> {
      await change(organisationId, async (tx) => {
        const { memberId } = await placeOf(tx, organisationId, groupId, userId)
        const isThere = and(eq(groupMembers.groupId, groupId), eq(groupMembers.memberId, memberId))
        const removed = await tx.delete(groupMembers).where(isThere).returning()
        if (removed.length === 0) return
        const details = { organisation: organisationId, group: groupId }
        await audit(tx, { action: 'group.member_removed', actorId, target: userId, details, ...origin })
      })
    },
  }
}
