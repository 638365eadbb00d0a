import { isAtLeast } from '@jarvis/contracts/organisations.ts'
import type { LeavingShared } from '@jarvis/contracts/sharing.ts'
import { and, asc, eq, isNull, ne } from 'drizzle-orm'
import { countShared, type Sharing } from '#features/sharing/index.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { members, users } from '#ports/database/tables.ts'
import type { Actor, createMembers } from './members.ts'

export type LeavingDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  people: Pick<ReturnType<typeof createMembers>, 'act' | 'find' | 'locked' | 'requireOtherOwner' | 'takeOut'>
  handOver: Sharing['handOver']
}
type Leaver = { organisationId: string; userId: string; shared: LeavingShared | undefined }

/** The end of a membership. What somebody shares is never lost to the others in silence: who has them leave says what becomes of it. */
export function createLeaving({ db, audit, people, handOver }: LeavingDeps) {
  /** @throws not_found, forbidden, conflict for the last owner */
  async function requireMay(tx: Transaction, organisationId: string, userId: string, { userId: actorId, role }: Actor) {
    const member = await people.find(tx, organisationId, userId)
    // An owner removes anybody, an admin who is less than they are.
    const least = member.role === 'member' ? 'admin' : 'owner'
    if (userId !== actorId && !isAtLeast(role, least)) throw refusal('forbidden.organisation', { role: least })
    await people.requireOtherOwner(tx, member)
    return member
  }

  /** An owner who does it gets it; else the one who joined first of those who can come in. */
  async function heirOf(tx: Transaction, organisationId: string, userId: string, { userId: actorId, role }: Actor): Promise<string | undefined> {
    if (role === 'owner' && actorId !== userId) return actorId
    const isOther = and(eq(members.organisationId, organisationId), eq(members.role, 'owner'), ne(members.userId, userId))
    const [heir] = await tx
      .select({ userId: members.userId })
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .where(and(isOther, isNull(users.disabledAt)))
      .orderBy(asc(members.joinedAt), asc(members.id))
      .limit(1)
    return heir?.userId
  }

  /**
   * To leave, or to have somebody leave.
   * @throws not_found, forbidden, conflict for the last owner and where nobody said what becomes of what they share; what keeping a copy throws
   */
  return async function remove({ organisationId, userId, shared }: Leaver, actor: Actor, signal: AbortSignal): Promise<void> {
    const { userId: actorId, origin } = actor
    if (shared === 'hand_over') {
      const heirId = await db.transaction(async (tx) => {
        await requireMay(tx, organisationId, userId, actor)
        return await heirOf(tx, organisationId, userId, actor)
      })
      if (heirId === undefined) throw refusal('conflict.last_owner')
      await handOver({ organisationId, ownerId: userId, heirId, actorId, origin }, signal)
    }
    await people.act(async (tx) => {
      const organisation = await people.locked(tx, organisationId)
      const member = await requireMay(tx, organisationId, userId, actor)
      // Who shares something now is waited for; also what was shared while the rest was handed over is counted.
      await tx.select({ id: members.id }).from(members).where(eq(members.id, member.id)).for('update')
      const count = await countShared(tx, organisationId, userId)
      if (count > 0 && shared !== 'take_along') throw refusal('conflict.shared_things', { count })
      const details = { organisation: organisationId, role: `${member.role} → none`, ...(count > 0 && { shared: `${count} → 0` }) }
      await audit(tx, { action: userId === actorId ? 'member.left' : 'member.removed', actorId, target: userId, details, ...origin })
      return await people.takeOut(tx, organisation, member)
    })
  }
}
