import { Email } from '@jarvis/contracts/accounts.ts'
import type { InvitedMany, InvitedOutcome, InvitedRow, InviteManyBody } from '@jarvis/contracts/invitations.ts'
import { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { and, eq, inArray, sql, type SQL } from 'drizzle-orm'
import type { z } from 'zod'
import type { Outbox } from '#features/mail/index.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { invitations, users } from '#ports/database/tables.ts'
import type { Added, Given } from './invitations.ts'
import type { ChangedBy } from './user-changes.ts'

type Body = z.infer<typeof InviteManyBody>
type Row = Body['rows'][number]
type Known = { people: ReadonlySet<string>; invited: ReadonlySet<string>; room: number }
type Judged = { email: string } & ({ role: Role; plan: PlanId; skipped?: never } | { skipped: Exclude<InvitedOutcome, 'mail' | 'link'> })

export type InviteManyDeps = Pick<Database, 'db'> & {
  outbox: Pick<Outbox, 'send'>
  isGood: SQL | undefined
  invitationsMax: number
  endOf(body: Pick<Body, 'expiresAt'>): Date
  byMail(body: Pick<Body, 'delivery'>): boolean
  add(tx: Transaction, given: Given, by: ChangedBy): Promise<Added>
}

/** What somebody's table says of many, in one act: what is shown before is found by the same judgement. */
export function createInviteMany({ db, outbox, isGood, invitationsMax, endOf, byMail, add }: InviteManyDeps) {
  async function judged(tx: Pick<Transaction, 'select' | '$count'>, rows: readonly Row[]): Promise<Judged[]> {
    const emails = [...new Set(rows.map(addressOf))]
    const people = await tx.select({ email: users.email }).from(users).where(inArray(users.email, emails))
    // A letter that somebody asked for to register is no invitation.
    const invited = await tx
      .select({ email: invitations.email })
      .from(invitations)
      .where(and(inArray(invitations.email, emails), eq(invitations.isAsked, false), isGood))
    const room = invitationsMax - (await tx.$count(invitations, isGood))
    const addressesOf = (found: readonly { email: string | null }[]) => new Set(found.map(({ email }) => email ?? ''))
    return judge(rows, { people: addressesOf(people), invited: addressesOf(invited), room })
  }

  /** @throws invalid_request, conflict where letters are asked for and none are sent here */
  return async function inviteMany(body: Body, by: ChangedBy): Promise<InvitedMany> {
    const expiresAt = endOf(body)
    const isMailed = byMail(body)
    const outcome = isMailed ? 'mail' : 'link'
    if (body.preview) return told((await judged(db, body.rows)).map((row) => shown(row, outcome, null)))
    const letters: (string | null)[] = []
    const rows = await db.transaction(async (tx) => {
      // Of two administrators with the same file, the second finds everybody invited.
      await tx.execute(sql`select pg_advisory_xact_lock(hashtext('invitations'))`)
      const done: InvitedRow[] = []
      for (const row of await judged(tx, body.rows)) {
        if (row.skipped) {
          done.push(shown(row, outcome, null))
          continue
        }
        const { email, role, plan } = row
        const { letter, url } = await add(tx, { email, role, plan, isMailed, expiresAt }, by)
        letters.push(letter)
        done.push(shown(row, outcome, url))
      }
      return done
    })
    outbox.send(...letters)
    return told(rows)
  }
}

const addressOf = ({ email }: Row) => email.trim().toLowerCase()

/** Each row by itself, from the first on: what it asks, then who is known already, then how many may wait. */
function judge(rows: readonly Row[], { people, invited, room }: Known): Judged[] {
  const taken = new Set<string>()
  return rows.map((row) => {
    const email = addressOf(row)
    const role = Role.safeParse(row.role?.trim().toLowerCase() || 'user')
    const plan = PlanId.safeParse(row.plan?.trim().toLowerCase() || 'free')
    if (!Email.safeParse(email).success) return { email, skipped: 'wrong_address' }
    if (!role.success) return { email, skipped: 'unknown_role' }
    if (!plan.success) return { email, skipped: 'unknown_plan' }
    if (people.has(email)) return { email, skipped: 'already_here' }
    if (invited.has(email)) return { email, skipped: 'already_invited' }
    if (taken.has(email)) return { email, skipped: 'twice' }
    if (taken.size >= room) return { email, skipped: 'too_many' }
    taken.add(email)
    return { email, role: role.data, plan: plan.data }
  })
}

const shown = (row: Judged, invited: InvitedOutcome, url: string | null): InvitedRow =>
  row.skipped
    ? { email: row.email, role: null, plan: null, outcome: row.skipped, url: null }
    : { email: row.email, role: row.role, plan: row.plan, outcome: invited, url }

function told(rows: InvitedRow[]): InvitedMany {
  const invited = rows.filter(({ role }) => role !== null).length
  return { rows, invited, skipped: rows.length - invited }
}
