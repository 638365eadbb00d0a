import type { Invitation as ListedInvitation, InvitationBody, NewInvitation, ShownInvitation } from '@jarvis/contracts/invitations.ts'
import { and, desc, eq, gt, isNull, or, sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { Outbox } from '#features/mail/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import { newId, newSecret, sha256 } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { invitations, users } from '#ports/database/tables.ts'
import { createInviteMany } from './invite-many.ts'
import { linkTo } from './letters.ts'
import type { ChangedBy } from './user-changes.ts'

export type Invitation = typeof invitations.$inferSelect
type InviteBody = z.infer<typeof InvitationBody>
/** Who is let in, and how. A letter needs an address. */
export type Given = Pick<Invitation, 'email' | 'role' | 'plan' | 'isMailed' | 'expiresAt'>
export type Added = { row: Invitation; letter: string | null; url: string | null }
export type InvitationsDeps = Pick<Database, 'db'> & { audit: RecordAudit; outbox: Outbox; publicUrl: string }

const daysUsual = 7
const invitationsMax = 1000
/** A letter that somebody asked for to register. */
const registrationHours = 24

/** Who is let in by somebody: once, until a day, with a role and a plan, and only at the address that was meant, where one was. */
export function createInvitations({ db, audit, outbox, publicUrl }: InvitationsDeps) {
  // What an administrator gave is good while they are one: nobody leaves a door open behind them.
  const isGood = and(
    isNull(invitations.acceptedAt),
    gt(invitations.expiresAt, sql`now()`),
    or(
      isNull(invitations.createdBy),
      sql`exists (select from ${users} u where u.id = ${invitations.createdBy} and u.role = 'admin' and u.disabled_at is null)`,
    ),
  )

  /** A new secret, in the place of the one before. */
  async function mint(tx: Pick<Transaction, 'update'>, id: string): Promise<string | null> {
    const token = newSecret()
    const set = await tx
      .update(invitations)
      .set({ tokenHash: sha256(token) })
      .where(and(eq(invitations.id, id), isGood))
    return set.rowCount === 1 ? linkTo(publicUrl, 'sign-up', token, 'invitation') : null
  }

  /** @throws invalid_request */
  function endOf({ expiresAt }: Pick<InviteBody, 'expiresAt'>): Date {
    const end = expiresAt === undefined ? new Date(Date.now() + daysUsual * 86_400_000) : new Date(expiresAt)
    if (end.getTime() <= Date.now()) throw new AppError('invalid_request', 'expiresAt has to lie in the future.')
    return end
  }

  /** Whether a letter brings what has an address. @throws conflict where letters are asked for and none are sent here */
  function byMail({ delivery }: Pick<InviteBody, 'delivery'>): boolean {
    if (delivery === 'mail' && !outbox.isDelivered) throw new AppError('conflict', 'Letters are not sent here: SMTP_URL is not set. Take the link.')
    return (delivery ?? (outbox.isDelivered ? 'mail' : 'link')) === 'mail'
  }

  /** Part of an act. `letter` is for `send`, after the commit; `url` is of one that is handed over. */
  async function add(tx: Transaction, { isMailed, ...given }: Given, by: ChangedBy): Promise<Added> {
    const { actorId = null, source, origin } = by
    const { email, role, plan } = given
    const [row] = await tx
      .insert(invitations)
      .values({ id: newId(), ...given, isMailed, createdBy: actorId })
      .returning()
    const details = { role, plan, link: isMailed ? 'mailed' : 'handed over', ...(source && { source }) }
    await audit(tx, { action: 'invitation.created', actorId, target: row!.id, details, ...origin })
    if (!isMailed || email === null) return { row: row!, letter: null, url: await mint(tx, row!.id) }
    const order = { kind: 'invitation', userId: null, address: email, params: { invitationId: row!.id }, language: origin?.language }
    return { row: row!, letter: await outbox.post(tx, order), url: null }
  }

  /** @throws invitation_invalid */
  async function look(tx: Pick<Transaction, 'select'>, token: string): Promise<Invitation> {
    const [found] = await tx
      .select()
      .from(invitations)
      .where(and(eq(invitations.tokenHash, sha256(token)), isGood))
    if (!found) throw badInvitation()
    return found
  }

  return {
    look,
    mint: (id: string) => mint(db, id),

    /** Of those who show it at once, one comes in. @throws invitation_invalid */
    async spend(tx: Transaction, { id }: Invitation, userId: string): Promise<void> {
      const spent = await tx
        .update(invitations)
        .set({ acceptedAt: sql`now()`, acceptedBy: userId })
        .where(and(eq(invitations.id, id), isGood))
      if (spent.rowCount === 0) throw badInvitation()
    },

    /** @throws email_taken, conflict when there are too many, invalid_request */
    async invite(body: InviteBody, by: ChangedBy): Promise<NewInvitation> {
      const { role = 'user', plan = 'free' } = body
      const email = body.email?.toLowerCase() ?? null
      const expiresAt = endOf(body)
      if (body.delivery === 'mail' && email === null) throw new AppError('invalid_request', 'A letter needs an address: give an email.')
      const isMailed = email !== null && byMail(body)
      if (email !== null && (await db.$count(users, eq(users.email, email))) > 0) throw refusal('email_taken.other')
      if ((await db.$count(invitations, isGood)) >= invitationsMax) throw refusal('conflict.invitations', { invitationsMax })
      const { row, letter, url } = await db.transaction((tx) => add(tx, { email, role, plan, isMailed, expiresAt }, by))
      outbox.send(letter)
      return { ...toInvitation(row), url }
    },

    inviteMany: createInviteMany({ db, outbox, isGood, invitationsMax, endOf, byMail, add }),

    /** For a person who asked for a letter to register by. Returns the link. */
    async admitByLetter(email: string): Promise<string | null> {
      const expiresAt = new Date(Date.now() + registrationHours * 3_600_000)
      const values = { id: newId(), email, role: 'user', plan: 'free', isMailed: true, createdBy: null, expiresAt } as const
      return await db.transaction(async (tx) => {
        // A new letter takes the place of the one before.
        await tx.delete(invitations).where(and(eq(invitations.email, email), isNull(invitations.acceptedAt), eq(invitations.isAsked, true)))
        await tx.insert(invitations).values({ ...values, isAsked: true })
        return await mint(tx, values.id)
      })
    },

    /** Newest first: those that wait, and those that were used or ran out. */
    async list(): Promise<ListedInvitation[]> {
      const rows = await db.select().from(invitations).where(eq(invitations.isAsked, false)).orderBy(desc(invitations.id)).limit(invitationsMax)
      return rows.map(toInvitation)
    },

    /** @throws not_found */
    async revoke(id: string, { actorId, origin }: ChangedBy): Promise<void> {
      await db.transaction(async (tx) => {
        const gone = await tx.delete(invitations).where(and(eq(invitations.id, id), isNull(invitations.acceptedAt)))
        if (gone.rowCount === 0) throw new AppError('not_found', 'There is no such invitation.')
        await audit(tx, { action: 'invitation.revoked', actorId: actorId ?? null, target: id, ...origin })
      })
    },

    /** What the page shows before somebody accepts. @throws invitation_invalid */
    async show(token: string): Promise<ShownInvitation> {
      const { email, role, plan, expiresAt } = await look(db, token)
      return { email, role, plan, expiresAt: expiresAt.toISOString() }
    },
  }
}

export const badInvitation = () => refusal('invitation_invalid')

const toInvitation = ({
  id,
  email,
  role,
  plan,
  isMailed,
  createdBy,
  createdAt,
  expiresAt,
  acceptedAt,
  acceptedBy,
}: Invitation): ListedInvitation => ({
  id,
  email,
  role,
  plan,
  delivery: isMailed ? 'mail' : 'link',
  createdBy,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
  acceptedAt: acceptedAt?.toISOString() ?? null,
  acceptedBy,
})
