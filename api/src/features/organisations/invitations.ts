import type { MemberInvitation, MemberInvitationBody, NewMemberInvitation, ShownMemberInvitation } from '@jarvis/contracts/organisations.ts'
import { and, desc, eq, gt, isNull, sql } from 'drizzle-orm'
import { linkTo } from '#features/accounts/index.ts'
import type { Outbox } from '#features/mail/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import { newId, newSecret, sha256 } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { memberInvitations, members, organisations, users } from '#ports/database/tables.ts'
import type { Actor, createMembers } from './members.ts'
import { lock } from './seats.ts'

export type InvitationsDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  outbox: Pick<Outbox, 'isDelivered' | 'post' | 'send'>
  publicUrl: string
  add: ReturnType<typeof createMembers>['add']
  announce(userIds: readonly string[]): void
}
type Row = typeof memberInvitations.$inferSelect

const daysUsual = 7
const invitationsMax = 1000

/** Who is let into an organisation: once, until a day, at the address that was meant, while who gave it may give it. */
export function createMemberInvitations({ db, audit, outbox, publicUrl, add, announce }: InvitationsDeps) {
  const isGood = and(
    isNull(memberInvitations.acceptedAt),
    gt(memberInvitations.expiresAt, sql`now()`),
    sql`exists (select from ${members} m join ${users} u on u.id = m.user_id
      where m.organisation_id = ${memberInvitations.organisationId} and m.user_id = ${memberInvitations.createdBy} and u.disabled_at is null
        and (m.role = 'owner' or m.role = 'admin' and ${memberInvitations.role} = 'member'))`,
  )
  const inside = (organisationId: string) => eq(memberInvitations.organisationId, organisationId)

  /** A new secret, in the place of the one before; null where it is good no more. */
  async function mint(tx: Pick<Transaction, 'update'>, id: string): Promise<string | null> {
    const token = newSecret()
    const set = await tx
      .update(memberInvitations)
      .set({ tokenHash: sha256(token) })
      .where(and(eq(memberInvitations.id, id), isGood))
    return set.rowCount === 1 ? linkTo(publicUrl, 'join', token, 'invitation') : null
  }

  async function look(tx: Pick<Transaction, 'select'>, token: string): Promise<{ row: Row; organisation: string }> {
    const [found] = await tx
      .select({ row: memberInvitations, organisation: organisations.name })
      .from(memberInvitations)
      .innerJoin(organisations, eq(organisations.id, memberInvitations.organisationId))
      .where(and(eq(memberInvitations.tokenHash, sha256(token)), isGood))
    if (!found) throw refusal('invitation_invalid')
    return found
  }

  return {
    /** For the letter. */
    async ofLetter(id: string): Promise<{ url: string; organisation: string } | null> {
      const url = await mint(db, id)
      const [found] = await db
        .select({ organisation: organisations.name })
        .from(memberInvitations)
        .innerJoin(organisations, eq(organisations.id, memberInvitations.organisationId))
        .where(eq(memberInvitations.id, id))
      return url === null || !found ? null : { url, ...found }
    },

    /** Newest first: those that wait, and those that were used or ran out. */
    async list(organisationId: string): Promise<MemberInvitation[]> {
      const rows = await db.select().from(memberInvitations).where(inside(organisationId)).orderBy(desc(memberInvitations.id)).limit(invitationsMax)
      return rows.map(toInvitation)
    },

    /** @throws forbidden, conflict when there are too many, invalid_request */
    async invite(organisationId: string, body: MemberInvitationBody, { userId, role: own, origin }: Actor): Promise<NewMemberInvitation> {
      const { role = 'member' } = body
      if (role !== 'member' && own !== 'owner') throw refusal('forbidden.organisation', { role: 'owner' })
      const email = body.email?.toLowerCase() ?? null
      const expiresAt = body.expiresAt === undefined ? new Date(Date.now() + daysUsual * 86_400_000) : new Date(body.expiresAt)
      if (expiresAt.getTime() <= Date.now()) throw new AppError('invalid_request', 'expiresAt has to lie in the future.')
      if (body.delivery === 'mail' && email === null) throw new AppError('invalid_request', 'A letter needs an address: give an email.')
      if (body.delivery === 'mail' && !outbox.isDelivered) throw new AppError('conflict', 'Letters are not sent here. Take the link.')
      const isMailed = email !== null && outbox.isDelivered && body.delivery !== 'link'
      const { row, letter, url } = await db.transaction(async (tx) => {
        await lock(tx, organisationId)
        const waiting = await tx.$count(memberInvitations, and(inside(organisationId), isGood))
        if (waiting >= invitationsMax) throw refusal('conflict.invitations', { invitationsMax })
        const values = { id: newId(), organisationId, email, role, isMailed, createdBy: userId, expiresAt }
        const [row] = await tx.insert(memberInvitations).values(values).returning()
        const details = { organisation: organisationId, role, link: isMailed ? 'mailed' : 'handed over' }
        await audit(tx, { action: 'member.invited', actorId: userId, target: row!.id, details, ...origin })
        if (!isMailed) return { row: row!, letter: null, url: await mint(tx, row!.id) }
        const order = { kind: 'member_invitation', userId: null, address: email, params: { invitationId: row!.id }, language: origin.language }
        return { row: row!, letter: await outbox.post(tx, order), url: null }
      })
      outbox.send(letter)
      return { ...toInvitation(row), url }
    },

    /** @throws not_found */
    async revoke(organisationId: string, id: string, { userId, origin }: Actor): Promise<void> {
      await db.transaction(async (tx) => {
        const mine = and(eq(memberInvitations.id, id), inside(organisationId), isNull(memberInvitations.acceptedAt))
        const gone = await tx.delete(memberInvitations).where(mine)
        if (gone.rowCount === 0) throw new AppError('not_found', 'There is no such invitation.')
        const details = { organisation: organisationId }
        await audit(tx, { action: 'member.invitation_revoked', actorId: userId, target: id, details, ...origin })
      })
    },

    /** @throws invitation_invalid */
    async show(token: string): Promise<ShownMemberInvitation> {
      const { row, organisation } = await look(db, token)
      return { organisation, email: row.email, role: row.role, expiresAt: row.expiresAt.toISOString() }
    },

    /** Of those who show it at once, one comes in. Returns the organisation's id. @throws invitation_invalid, conflict for who is in one */
    async join(token: string, userId: string, origin: Actor['origin']): Promise<string> {
      const { id, changed } = await db.transaction(async (tx) => {
        const { row: shown } = await look(tx, token)
        const organisation = await lock(tx, shown.organisationId)
        // As it is now that nobody else is at it.
        const { row } = await look(tx, token)
        const [user] = await tx.select({ email: users.email }).from(users).where(eq(users.id, userId))
        if (!organisation || !user || (row.email !== null && row.email !== user.email)) throw refusal('invitation_invalid')
        await tx
          .update(memberInvitations)
          .set({ acceptedAt: sql`now()`, acceptedBy: userId })
          .where(eq(memberInvitations.id, row.id))
        const settled = await add(tx, organisation, userId, row.role)
        const details = { organisation: organisation.id, role: `none → ${row.role}`, invitation: row.id }
        await audit(tx, { action: 'member.joined', actorId: userId, target: userId, details, ...origin })
        return { id: organisation.id, changed: [userId, ...settled.changed] }
      })
      announce(changed)
      return id
    },
  }
}

const toInvitation = ({ organisationId: _, tokenHash: __, isMailed, createdAt, expiresAt, acceptedAt, ...row }: Row): MemberInvitation => ({
  ...row,
  delivery: isMailed ? 'mail' : 'link',
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
  acceptedAt: acceptedAt?.toISOString() ?? null,
})
