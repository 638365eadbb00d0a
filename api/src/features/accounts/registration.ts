import type { Instance, RegisterBody } from '@jarvis/contracts/accounts.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { eq, sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { FirstAdmin, Registration } from '#config/registration.ts'
import type { Outbox } from '#features/mail/index.ts'
import { addressKey } from '#lib/address-key.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Origin } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import { type Database, isUniqueViolation, type Transaction } from '#ports/database/index.ts'
import { users } from '#ports/database/tables.ts'
import type { Limits } from '#ports/limits/index.ts'
import { ask } from '#ports/limits/rate-limit.ts'
import { badInvitation, type createInvitations, type Invitation } from './invitations.ts'
import { noPassword, type Passwords } from './passwords.ts'
import { forgotKey, lettersToAddress } from './recovery.ts'
import { type createProvisional, placeholderOf } from './provisional.ts'
import type { UserRow } from './user-changes.ts'
import { requireGoodPassword } from './weak-passwords.ts'

export type RegistrationDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  limits: Limits
  outbox: Outbox
  passwords: Passwords
  provisional: Pick<ReturnType<typeof createProvisional>, 'saltOf'>
  invitations: ReturnType<typeof createInvitations>
  registration: Registration
  /** People show that they read what is sent to their address before they have an account. */
  byLetter: boolean
}

const triesOfInvitation = { requestsMax: 10, windowSeconds: 3600 }
/** Serialises registrations while there is no user yet, so that exactly one becomes admin. */
const firstUserLock = 0x6a75_7372

/** Whom an account is made for: somebody who comes by themself, with an invitation or without, or the role that an operator chose. */
type For = { role: Role; plan?: PlanId | undefined } | { invitation: string | undefined }

/** Without a password nobody can sign in by one, until it is set by a link. */
type NewPerson = Omit<z.infer<typeof RegisterBody>, 'password'> & { password?: string | undefined }

/** Who may have an account, and making it. */
export function createRegistration(deps: RegistrationDeps) {
  const { db, audit, limits, outbox, passwords, provisional, invitations, registration, byLetter } = deps

  async function hasPeople(tx: Pick<Transaction, 'select'>): Promise<boolean> {
    return (await tx.select({ id: users.id }).from(users).limit(1)).length > 0
  }

  /** The first person may always come in. Returns the invitation that lets somebody in, where one is shown. @throws registration_closed, invitation_invalid */
  async function admit(tx: Pick<Transaction, 'select'>, email: string, wanted: For): Promise<Invitation | undefined> {
    if ('role' in wanted) return undefined
    if (!(await hasPeople(tx))) return undefined
    if (registration.kind === 'closed') throw refusal('registration_closed')
    if (wanted.invitation !== undefined) {
      const invitation = await invitations.look(tx, wanted.invitation)
      if (invitation.email !== null && invitation.email !== email) throw badInvitation()
      return invitation
    }
    if (registration.kind === 'invitation') throw refusal('registration_closed.invitation')
    requireDomain(email)
    if (byLetter) throw refusal('registration_closed.letter')
    return undefined
  }

  function requireDomain(email: string): void {
    if (registration.kind !== 'domains') return
    const domain = email.slice(email.lastIndexOf('@') + 1)
    if (!registration.domains.includes(domain)) throw refusal('registration_closed.domains', { domains: registration.domains.join(', ') })
  }

  async function isTaken(email: string): Promise<boolean> {
    return (await db.select({ id: users.id }).from(users).where(eq(users.email, email))).length > 0
  }

  /**
   * `then` is part of the act: an account stands with its audit and its first session, or not at all. With a mail server who comes by themself
   * gets a provisional one, and whether the address is taken is neither looked at nor said, unless a letter to it let them in. @throws email_taken, and as `admit`
   */
  async function create<Made>(
    body: NewPerson,
    wanted: For,
    address: string,
    then: (tx: Transaction, user: UserRow, invitation: Invitation | undefined) => Promise<Made>,
  ): Promise<Made> {
    const email = body.email.toLowerCase()
    // A hash is dear: what is refused anyway is refused before it, and is looked at once more when the row is written.
    const shown = await admit(db, email, wanted)
    if (body.password !== undefined) await requireGoodPassword(body.password, body, 'password')
    const isSeen = shown?.isMailed === true && shown.email === email
    const isClaim = outbox.isDelivered && !isSeen && !('role' in wanted)
    // A link for anybody would otherwise say of any number of addresses which are taken.
    if (shown?.email === null && !isClaim) {
      const { refusal: tooMany } = await ask(limits, [{ name: 'invitation', key: `invitation:${shown.id}`, ...triesOfInvitation }])
      if (tooMany) throw tooMany
    }
    if (!isClaim && (await isTaken(email))) throw refusal('email_taken')
    const asker = { address: addressKey(address), email, known: 'role' in wanted }
    const salt = isClaim ? provisional.saltOf(email) : undefined
    const passwordHash = body.password === undefined ? noPassword : await passwords.hash(body.password, asker, salt)
    try {
      return await db.transaction(async (tx) => {
        await tx.execute(sql`select pg_advisory_xact_lock(${firstUserLock})`)
        const invitation = await admit(tx, email, wanted)
        const isFirst = !(await hasPeople(tx))
        const own = invitation ? invitation.role : isFirst ? 'admin' : 'user'
        const given = invitation ? invitation.plan : 'role' in wanted ? wanted.plan : undefined
        const plan = given !== undefined && given !== 'free' ? ({ plan: given, planSource: 'admin' } as const) : {}
        const id = newId()
        const address = isClaim && !isFirst ? { email: placeholderOf(id), claimedEmail: email } : { email, verifiedEmail: isSeen ? email : null }
        const values = { id, ...address, name: body.name, passwordHash, role: 'role' in wanted ? wanted.role : own, ...plan }
        const [user] = await tx.insert(users).values(values).returning()
        if (invitation) await invitations.spend(tx, invitation, user!.id)
        return await then(tx, user!, invitation)
      })
    } catch (error) {
      if (isUniqueViolation(error)) throw refusal('email_taken', {}, { cause: error })
      throw error
    }
  }

  return {
    create,

    /** Whether nobody is there yet. Until the transaction ends, nobody else becomes the first. */
    async isFirst(tx: Transaction): Promise<boolean> {
      await tx.execute(sql`select pg_advisory_xact_lock(${firstUserLock})`)
      return !(await hasPeople(tx))
    },

    /** The same, and as soon, whether somebody has this address or not. @throws registration_closed */
    async askToRegister(given: string, { address, requestId, language }: Origin): Promise<void> {
      const email = given.toLowerCase()
      if (!byLetter || registration.kind === 'closed' || registration.kind === 'invitation') throw refusal('registration_closed')
      requireDomain(email)
      const [admission] = await limits.admit([{ key: forgotKey(email), ...lettersToAddress }])
      if (!admission!.admitted) return
      const letter = await db.transaction(async (tx) => {
        await audit(tx, { action: 'registration.asked', address, requestId })
        return await outbox.post(tx, { kind: 'registration', userId: null, address: email, language })
      })
      outbox.send(letter)
    },

    /** Where nobody is there yet: of processes that start at once, one makes them. Returns whether this one did. @throws invalid_request for a weak password */
    async makeFirstAdmin({ email, password }: FirstAdmin): Promise<boolean> {
      if (await hasPeople(db)) return false
      const address = email.toLowerCase()
      await requireGoodPassword(password, { email: address, name: 'Administrator' }, 'password')
      const passwordHash = await passwords.hash(password, { address: 'operator', email: address, known: true })
      return await db.transaction(async (tx) => {
        await tx.execute(sql`select pg_advisory_xact_lock(${firstUserLock})`)
        if (await hasPeople(tx)) return false
        const [user] = await tx.insert(users).values({ id: newId(), email: address, name: 'Administrator', passwordHash, role: 'admin' }).returning()
        await audit(tx, { action: 'user.created', target: user!.id, details: { role: 'admin', source: 'environment' } })
        return true
      })
    },

    async instance(): Promise<Pick<Instance, 'registrationOpen' | 'firstUser' | 'registration'>> {
      const firstUser = !(await hasPeople(db))
      const isForMany = registration.kind === 'open' || registration.kind === 'domains'
      return { registrationOpen: isForMany || firstUser, firstUser, registration: isForMany && byLetter ? 'letter' : registration.kind }
    },
  }
}
