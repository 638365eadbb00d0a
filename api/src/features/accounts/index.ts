import type { LoginBody, RegisterBody, Session, SignInMethods, User } from '@jarvis/contracts/accounts.ts'
import { type ApiKeyBody, apiKeyStart, type NewApiKey } from '@jarvis/contracts/api-keys.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { and, eq, isNull } from 'drizzle-orm'
import type { z } from 'zod'
import type { Registration } from '#config/registration.ts'
import type { Outbox } from '#features/mail/index.ts'
import { addressKey } from '#lib/address-key.ts'
import { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller, Origin } from '#lib/caller.ts'
import { sha256 } from '#lib/ids.ts'
import { type Access, personAccess } from '#lib/principal.ts'
import { sessionRevoked } from '#ports/access/index.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { sessions as sessionRows, users } from '#ports/database/tables.ts'
import type { Limits, Waits } from '#ports/limits/index.ts'
import type { Signals } from '#ports/signals/index.ts'
import { createAccessTokens } from './access-tokens.ts'
import { createAddresses } from './addresses.ts'
import { createApiKeys } from './api-keys.ts'
import { setUserCeiling } from './ceiling.ts'
import { createInvitations } from './invitations.ts'
import { createLetters } from './letters.ts'
import { listPeople } from './list-people.ts'
import { createOneself } from './oneself.ts'
import { createDue, doorOf, due } from './due.ts'
import { codeTries, createFactors } from './factors.ts'
import type { PasskeyShown } from './passkeys.ts'
import { createOwnPassword, passwordTries } from './own-password.ts'
import { createPasswords } from './passwords.ts'
import { createOutsidePeople } from './outside-people.ts'
import { createProofs } from './proofs.ts'
import { createProvisional } from './provisional.ts'
import { createRecovery, forgotKey } from './recovery.ts'
import { createRegistration } from './registration.ts'
import { applySeatPlans, planOf, takeSeatPlan } from './seat-plans.ts'
import { createSessions, type Opened } from './sessions.ts'
import type { SignOnRules } from './sign-on-rules.ts'
import { requireGoodPassword } from './weak-passwords.ts'
import { type ChangedBy, createUserChanges, toUser, type UserChange, type UserRow } from './user-changes.ts'

export { setUserCeiling } from './ceiling.ts'
export { linkTo } from './letters.ts'
export { isPlaceholder, overdueProvisional, shownAddress } from './provisional.ts'
export { toUser, type UserChange, type UserRow } from './user-changes.ts'
export { type Opened, refreshLifetimeSeconds } from './sessions.ts'
export type { createOutsidePeople } from './outside-people.ts'
export { type SignOnRules, signOnRules } from './sign-on-rules.ts'

export type AccountsDeps = Pick<Database, 'db'> & {
  signals: Signals
  limits: Limits
  audit: RecordAudit
  jwtSecret: string
  accessTokenSeconds: number
  registration: Registration
  registerByLetter: boolean
  outbox: Outbox
  publicUrl: string
  /** Encrypts what is secret in the database. */
  secretsKey(): Buffer
  signOn: SignOnRules
  /** See `createPasswords`. */
  passwordCost?: number | undefined
}
type NewUser = Omit<z.infer<typeof RegisterBody>, 'password'> & { password?: string | undefined; role?: Role | undefined; plan?: PlanId | undefined }
export type SignIn = { user: User; accessToken: string; expiresIn: number; refreshToken: string }
export type Accounts = Awaited<ReturnType<typeof createAccounts>>

/** By account and address: nobody elsewhere can make somebody wait. */
export const signInWaits: Waits = { failuresFree: 5, firstSeconds: 1, longestSeconds: 900, forgetSeconds: 3600 }

/** People and their sign-ins. The holder of an access token is looked up again at each use: a change of role, plan or session acts at once. */
export async function createAccounts(deps: AccountsDeps) {
  const { db, limits, signals, audit, outbox, publicUrl } = deps
  const tokens = await createAccessTokens(deps.jwtSecret, deps.accessTokenSeconds)
  const sessions = createSessions(deps)
  const passwords = createPasswords(deps.passwordCost)
  const apiKeys = createApiKeys(deps)
  const changes = createUserChanges({ db, signals, audit, sessions, outbox })
  const proofs = createProofs({ db })
  const provisional = createProvisional({ ...deps, passwords, isOffered: outbox.isDelivered })
  const recovery = createRecovery({
    db,
    audit,
    limits,
    outbox,
    sessions,
    proofs,
    passwords,
    provisional,
    factors: { drop: (tx, id) => factors.drop(tx, id) },
    announce: changes.announce,
    publicUrl,
  })
  const addresses = createAddresses({ db, audit, outbox, proofs, announce: changes.announce })
  const invitations = createInvitations({ db, audit, outbox, publicUrl })
  const { registration: allowed, registerByLetter: byLetter } = deps
  const registration = createRegistration({ db, audit, limits, outbox, passwords, provisional, invitations, registration: allowed, byLetter })
  const requirePassword = createOwnPassword({ db, audit, limits, passwords, startTry })
  const { announce } = changes
  const { secretsKey } = deps
  const { mayUsePassword } = deps.signOn
  const own = { requirePassword, byId, startTry, secretsKey, publicUrl, mayUsePassword }
  const dueOf = createDue({ db })
  const factors = createFactors({ db, audit, limits, outbox, sessions, announce, ...own })
  const oneself = createOneself({ db, audit, limits, outbox, sessions, passwords, addresses, provisional, announce, factors, dueOf, ...own })

  async function signedIn(user: UserRow, opened: Opened): Promise<SignIn> {
    const accessToken = await tokens.sign(user.id, opened.sessionId)
    const shown = { ...toUser(user), ...(await dueOf(user.id)) }
    return { user: shown, accessToken, expiresIn: deps.accessTokenSeconds, refreshToken: opened.refreshToken }
  }

  async function find(email: string): Promise<UserRow | undefined> {
    const [user] = await db.select().from(users).where(eq(users.email, email.toLowerCase()))
    return user
  }

  async function byEmail(email: string): Promise<UserRow> {
    const user = await find(email)
    if (!user) throw new AppError('not_found', `There is no user with the email ${email}.`)
    return user
  }

  async function byId(userId: string): Promise<UserRow> {
    const [user] = await db.select().from(users).where(eq(users.id, userId))
    if (!user || user.disabledAt) throw refusal('unauthenticated.not_active')
    return user
  }

  /** Refused before the password is looked at: who guesses learns nothing from a try that comes too early. @throws rate_limited */
  async function startTry(key: string): Promise<void> {
    const { allowed, retryAfterSeconds } = await limits.attempt(key, signInWaits)
    if (allowed) return
    throw refusal('rate_limited.sign_in', {}, { retryAfterSeconds })
  }

  /** Said to who has shown who they are, and to nobody else. @throws password_reset_required, forbidden */
  async function requireMayEnter(user: UserRow, origin: Origin): Promise<void> {
    const refused = (why: string) => audit(db, { action: 'login.failed', actorId: user.id, details: { why }, ...at(origin) })
    if (user.passwordEndedAt) {
      await refused('password ended')
      throw refusal('password_reset_required')
    }
    if (mayUsePassword(user)) return
    await refused('single sign-on only')
    throw refusal('forbidden.single_sign_on', { providers: deps.signOn.providers.map(({ name }) => name).join(', ') })
  }

  async function enter(user: UserRow, origin: Origin, details: Record<string, string> | null): Promise<SignIn> {
    const opened = await db.transaction(async (tx) => {
      await audit(tx, { action: 'login.succeeded', actorId: user.id, ...(details && { details }), ...at(origin) })
      return await sessions.open(tx, user.id, origin)
    })
    return signedIn(user, opened)
  }

  return {
    async register(body: z.infer<typeof RegisterBody>, origin: Origin): Promise<SignIn> {
      const wanted = { invitation: body.invitation }
      const mayWrite = outbox.isDelivered && (await provisional.mayWrite(body.email.toLowerCase()))
      const { user, opened, letter } = await registration.create(body, wanted, origin.address, async (tx, user, invitation) => {
        const details = { role: user.role, ...(invitation && { invitation: invitation.id, plan: user.plan }) }
        await audit(tx, { action: 'user.registered', actorId: user.id, details, ...at(origin) })
        const letter = mayWrite ? await addresses.askToVerify(tx, user, origin) : null
        return { user, opened: await sessions.open(tx, user.id, origin), letter }
      })
      outbox.send(letter)
      return signedIn(user, opened)
    },

    /** @throws invalid_credentials in the same time whichever part was wrong; otp_required; rate_limited, with a wait that grows, after some failures for one email from one address */
    async login(body: z.infer<typeof LoginBody>, origin: Origin, browser = ''): Promise<SignIn> {
      const email = body.email.toLowerCase()
      const tries = signInKey(email, origin.address)
      await startTry(tries)
      const owner = await find(email)
      const address = addressKey(origin.address)
      const known = await sessions.wasOpenedFrom(owner?.id ?? null, address)
      const signed = await provisional.whoSigned({ email, password: body.password, owner, asker: { address, email, known } })
      if (!signed) {
        await audit(db, { action: 'login.failed', actorId: owner?.id ?? null, ...at(origin) })
        throw refusal('invalid_credentials')
      }
      const { user, isOwner } = signed
      // Who claims an address would otherwise have free guesses at the password of its owner.
      if (isOwner) await limits.succeeded(tries)
      await requireMayEnter(user, origin)
      const factor = await factors.demand(user, { otp: body.otp, passkey: body.passkey && { answer: body.passkey, browser } }, origin)
      return await enter(user, origin, factor && { factor })
    },

    /** By a passkey alone. @throws invalid_credentials, password_reset_required, forbidden */
    async loginByPasskey(shown: PasskeyShown, origin: Origin): Promise<SignIn> {
      const userId = await factors.passkeys.prove(shown, { purpose: 'alone' }, origin, 'login.failed')
      const [user] = await db.select().from(users).where(eq(users.id, userId))
      if (!user || user.disabledAt) {
        await audit(db, { action: 'login.failed', actorId: userId, details: { why: 'passkey' }, ...at(origin) })
        throw refusal('invalid_credentials.passkey')
      }
      await requireMayEnter(user, origin)
      return await enter(user, origin, { method: 'passkey' })
    },

    setUserCeiling,
    factors,
    /** For single sign-on: people and their sessions, in a transaction of its own. */
    outside: createOutsidePeople({ db, audit, sessions, apiKeys, registration, factors, announce: changes.announce }),
    ...recovery,
    ...oneself,
    confirmEmail: addresses.confirm,
    /** That the person has shown within ten minutes that it is they. @throws reauthentication_required */
    requireRecent: (caller: Caller): Promise<void> => sessions.requireRecent(caller),
    /** What the letters of this feature say. */
    compose: createLetters({ db, proofs, invitations, publicUrl, signOn: deps.signOn }),

    ownerOf: (refreshToken: string): Promise<string | null> => sessions.ownerOf(refreshToken),

    async refresh(refreshToken: string, origin: Origin): Promise<SignIn> {
      const opened = await sessions.rotate(refreshToken, origin)
      return signedIn(await byId(opened.userId), opened)
    },

    async logout(refreshToken: string, origin: Origin): Promise<void> {
      const ended = await db.transaction(async (tx) => {
        const ended = await sessions.endByToken(tx, refreshToken)
        if (ended) await audit(tx, { action: 'logout', actorId: ended.userId, target: ended.sessionId, ...at(origin) })
        return ended
      })
      if (ended) sessions.announce([ended.sessionId])
    },

    /** Who this access token or API key stands for, now. @throws unauthenticated */
    async authenticate(accessToken: string): Promise<Access & { expiresAt: Date | null }> {
      if (accessToken.startsWith(apiKeyStart)) return await apiKeys.authenticate(accessToken)
      const claims = await tokens.verify(accessToken)
      const [found] = await db
        .select({ role: users.role, plan: users.plan, seatPlan: users.seatPlan, ...due })
        .from(sessionRows)
        .innerJoin(users, eq(users.id, sessionRows.userId))
        .where(and(eq(sessionRows.id, claims.sessionId), eq(users.id, claims.userId), isNull(sessionRows.revokedAt), isNull(users.disabledAt)))
      if (!found) throw refusal('unauthenticated.session_ended')
      const access = personAccess({ id: claims.userId, role: found.role, plan: planOf(found) }, { kind: 'session', id: claims.sessionId })
      return { ...access, ...doorOf(found, publicUrl), expiresAt: claims.expiresAt }
    },

    /** The caller as the database sees them now: for work that outlives the request. */
    async current(userId: string): Promise<Pick<Caller, 'userId' | 'role' | 'plan'>> {
      const user = await byId(userId)
      return { userId: user.id, role: user.role, plan: planOf(user) }
    },

    sessions: (caller: Caller): Promise<Session[]> => sessions.list(caller),

    async endSession(caller: Caller, sessionId: string, origin: Origin): Promise<void> {
      const ended = await db.transaction(async (tx) => {
        await audit(tx, { action: 'session.revoked', actorId: caller.userId, target: sessionId, ...at(origin) })
        return await sessions.end(tx, caller, sessionId)
      })
      sessions.announce(ended)
    },

    /** Refuses every further use of the account, together with what `write` writes; then ends its sessions and sockets. @throws conflict, not_found */
    async close(
      userId: string,
      by: { actorId?: string; origin?: Origin; source?: string },
      write: (tx: Transaction) => Promise<void>,
    ): Promise<void> {
      const { actorId, source, origin } = by
      const own = actorId ? { actorId, target: userId } : { actorId: userId }
      const who = source ? { target: userId, details: { source } } : { ...own, requestId: origin!.requestId }
      const ended = await db.transaction(async (tx) => {
        const ended = await changes.close(tx, userId)
        await write(tx)
        await audit(tx, { action: 'user.erased', ...who })
        return ended
      })
      sessions.announce(ended)
      for (const id of await apiKeys.idsOf(db, userId)) signals.publish(sessionRevoked, id)
      changes.announce(userId)
    },

    /** For the erasure: the person, with all rows that belong to them. */
    remove: changes.remove,

    /** What the limits count of a person beyond the windows of a plan: tries of a password, from where they were signed in. */
    async limitKeysOf(tx: Pick<Transaction, 'select'>, userId: string): Promise<string[]> {
      const [user] = await tx.select({ email: users.email }).from(users).where(eq(users.id, userId))
      const own = await tx.select({ id: sessionRows.id, address: sessionRows.address }).from(sessionRows).where(eq(sessionRows.userId, userId))
      const keys = [
        `plan:${userId}`,
        ...(await apiKeys.idsOf(tx, userId)).map((id) => `key:${id}`),
        ...own.map(({ id }) => passwordTries(id)),
        codeTries(userId),
      ]
      return user ? [...keys, `letters:${userId}`, forgotKey(user.email), ...new Set(own.map(({ address }) => signInKey(user.email, address)))] : keys
    },

    idOf: async (email: string): Promise<string> => (await byEmail(email)).id,

    apiKeys: (caller: Caller) => apiKeys.list(caller),

    async createApiKey(caller: Caller, body: z.infer<typeof ApiKeyBody>, origin: Origin): Promise<NewApiKey> {
      await sessions.requireRecent(caller)
      return await db.transaction(async (tx) => {
        const key = await apiKeys.create(tx, caller, body)
        await audit(tx, { action: 'api_key.created', actorId: caller.userId, target: key.id, details: { prefix: key.prefix }, ...at(origin) })
        return key
      })
    },

    /** Its sockets close in every process. */
    async deleteApiKey(caller: Caller, id: string, origin: Origin): Promise<void> {
      await db.transaction(async (tx) => {
        await apiKeys.remove(tx, caller, id)
        await audit(tx, { action: 'api_key.deleted', actorId: caller.userId, target: id, ...at(origin) })
      })
      sessions.announce([id])
    },

    /** For administrators. @throws not_found, conflict for the last administrator */
    changeUser: async (userId: string, change: UserChange, by: ChangedBy): Promise<User> => toUser(await changes.change(userId, change, by)),

    /** For organisations: what seats give. */
    seats: { apply: applySeatPlans, takeFrom: takeSeatPlan, announce: (userIds: readonly string[]) => userIds.forEach(changes.announce) },

    /** For billing: the plan acts at the next request and is told to open sockets at once. `source` is for the audit. @throws not_found */
    setPlan: async (userId: string, plan: PlanId, source: string): Promise<void> => void (await changes.change(userId, { plan }, { source })),

    instance: registration.instance,
    askToRegister: registration.askToRegister,
    makeFirstAdmin: registration.makeFirstAdmin,
    invitations,

    async methods(): Promise<SignInMethods> {
      return {
        password: !deps.signOn.only,
        registration: (await registration.instance()).registrationOpen,
        passkeys: factors.passkeys.isOffered,
        mail: outbox.isDelivered,
        providers: deps.signOn.providers,
      }
    },

    /** For administrators. Without a password one is set by a link. Returns the id. @throws email_taken, invalid_request */
    async addUser({ role = 'user', plan = 'free', ...body }: NewUser, by: ChangedBy): Promise<string> {
      const { actorId = null, origin } = by
      return await registration.create(body, { role, plan }, origin?.address ?? 'operator', async (tx, user) => {
        await audit(tx, { action: 'user.created', actorId, target: user.id, details: { role, plan }, ...origin })
        return user.id
      })
    },

    /** For administrators. API keys stay. */
    async endSessionsOf(userId: string, by: ChangedBy): Promise<void> {
      const { actorId = null, origin } = by
      const ended = await db.transaction(async (tx) => {
        const ended = await sessions.endAll(tx, userId)
        if (ended.length > 0)
          await audit(tx, { action: 'sessions.ended', actorId, target: userId, details: { sessions: `${ended.length} → 0` }, ...origin })
        return ended
      })
      sessions.announce(ended)
    },

    /** For the operator's commands. */
    async createUser(body: z.infer<typeof RegisterBody>, role: Role): Promise<User> {
      return await registration.create(body, { role }, 'operator', async (tx, user) => {
        await audit(tx, { action: 'user.created', target: user.id, details: { role } })
        return toUser(user)
      })
    },

    list: (q: string) => listPeople({ db }, q),

    /** Ends all sessions, everywhere. API keys stay. @throws not_found, invalid_request for one that is guessed first */
    async setPassword(email: string, password: string): Promise<void> {
      const user = await byEmail(email)
      await requireGoodPassword(password, user, 'password')
      const passwordHash = await passwords.hash(password, { address: 'operator', email, known: true })
      const ended = await db.transaction(async (tx) => {
        await tx.update(users).set({ passwordHash, passwordEndedAt: null }).where(eq(users.id, user.id))
        await audit(tx, { action: 'password.changed', target: user.id, details: { source: 'operator' } })
        return await sessions.endAll(tx, user.id)
      })
      sessions.announce(ended)
    },

    async change(email: string, values: UserChange): Promise<User> {
      return toUser(await changes.change(await this.idOf(email), values, { source: 'operator' }))
    },
  }
}

const signInKey = (email: string, address: string) => `login:${sha256(`${email} ${addressKey(address)}`)}`
const at = ({ address, requestId }: Origin) => ({ address, requestId })
