import type { PasswordBody, ProfileBody, ReauthenticateBody, User } from '@jarvis/contracts/accounts.ts'
import { eq } from 'drizzle-orm'
import type { z } from 'zod'
import type { Outbox } from '#features/mail/index.ts'
import { addressKey } from '#lib/address-key.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller, Origin } from '#lib/caller.ts'
import { refusal } from '#lib/refusal.ts'
import { type Database, isUniqueViolation, type Transaction } from '#ports/database/index.ts'
import { users } from '#ports/database/tables.ts'
import type { Limits } from '#ports/limits/index.ts'
import type { createAddresses } from './addresses.ts'
import type { Due } from './due.ts'
import type { createFactors } from './factors.ts'
import type { OwnPassword } from './own-password.ts'
import type { Passwords } from './passwords.ts'
import { addressOf, type createProvisional } from './provisional.ts'
import type { createSessions } from './sessions.ts'
import { type createUserChanges, toUser, type UserRow } from './user-changes.ts'
import { requireGoodPassword } from './weak-passwords.ts'

export type OneselfDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  limits: Limits
  outbox: Outbox
  sessions: ReturnType<typeof createSessions>
  passwords: Passwords
  addresses: ReturnType<typeof createAddresses>
  provisional: ReturnType<typeof createProvisional>
  announce: ReturnType<typeof createUserChanges>['announce']
  /** @throws unauthenticated */
  byId(userId: string): Promise<UserRow>
  requirePassword: OwnPassword
  factors: Pick<ReturnType<typeof createFactors>, 'show' | 'passkeys'>
  dueOf: Due
}

/** Letters that a person may have sent to addresses of their choice. */
const lettersWindow = { requestsMax: 10, windowSeconds: 3600 }
const at = ({ address, requestId }: Origin) => ({ address, requestId })

/** With what nobody else is shown. */
const toOwn = (user: UserRow): User => ({ ...toUser(user), instructions: user.instructions })

/** What a person changes about themselves. */
export function createOneself(deps: OneselfDeps) {
  const { db, audit, limits, outbox, sessions, passwords, addresses, provisional, announce, byId, requirePassword, factors, dueOf } = deps

  async function update(userId: string, values: Partial<UserRow>, then: (tx: Transaction, user: UserRow) => Promise<void>): Promise<UserRow> {
    try {
      const user = await db.transaction(async (tx) => {
        const [user] = await tx.update(users).set(values).where(eq(users.id, userId)).returning()
        if (!user) throw new AppError('not_found', 'There is no such user.')
        await then(tx, user)
        return user
      })
      announce(userId)
      return user
    } catch (error) {
      if (isUniqueViolation(error)) throw refusal('email_taken.other', {}, { cause: error })
      throw error
    }
  }

  async function admitLetter({ userId }: Caller): Promise<void> {
    const [admission] = await limits.admit([{ key: `letters:${userId}`, ...lettersWindow }])
    if (!admission!.admitted) throw refusal('rate_limited.letters', {}, { retryAfterSeconds: admission!.retryAfterSeconds })
  }

  return {
    me: async (caller: Pick<Caller, 'userId'>): Promise<User> => ({
      ...toOwn(await byId(caller.userId)),
      ...(await dueOf(caller.userId)),
    }),

    /** @throws rate_limited */
    async askToVerify(caller: Caller, origin: Origin): Promise<void> {
      await admitLetter(caller)
      const user = await byId(caller.userId)
      // The address may be somebody else's: they get few letters, however many claim it.
      if (user.claimedEmail !== null && !(await provisional.mayWrite(user.claimedEmail))) return
      outbox.send(await db.transaction((tx) => addresses.askToVerify(tx, user, origin)))
    },

    /** The same limits as a sign-in: who has found an open page guesses no faster. @throws invalid_credentials, rate_limited */
    async reauthenticate(caller: Caller, body: z.infer<typeof ReauthenticateBody>, origin: Origin, browser: string): Promise<void> {
      const { password, otp, passkey } = body
      const user = await byId(caller.userId)
      const failed = 'reauthentication.failed'
      if (passkey) await factors.passkeys.prove({ answer: passkey, browser }, { purpose: 'alone', userId: user.id }, origin, failed)
      else if (otp !== undefined) await factors.show(user.id, otp, origin, failed)
      else await requirePassword(caller, user, password ?? '', origin, failed)
      await db.transaction(async (tx) => {
        await sessions.authenticated(tx, caller)
        await audit(tx, { action: 'reauthenticated', actorId: user.id, target: caller.sessionId, ...at(origin) })
      })
    },

    async changePassword(caller: Caller, body: z.infer<typeof PasswordBody>, origin: Origin): Promise<void> {
      const user = await byId(caller.userId)
      await requireGoodPassword(body.next, { email: addressOf(user), name: user.name }, 'next')
      await requirePassword(caller, user, body.current, origin, 'password.refused')
      const asker = { address: addressKey(origin.address), email: addressOf(user), known: true }
      const salt = user.claimedEmail === null ? undefined : provisional.saltOf(user.claimedEmail)
      let ended: string[] = []
      await update(user.id, { passwordHash: await passwords.hash(body.next, asker, salt), passwordEndedAt: null }, async (tx) => {
        ended = await sessions.endOthers(tx, caller)
        await audit(tx, { action: 'password.changed', actorId: user.id, ...at(origin) })
      })
      sessions.announce(ended)
    },

    /** @throws reauthentication_required for another address, email_taken, rate_limited */
    async updateMe(caller: Caller, body: z.infer<typeof ProfileBody>, origin: Origin): Promise<User> {
      const { name, memory, instructions, language } = body
      const email = body.email?.toLowerCase()
      const before = await byId(caller.userId)
      if (email !== undefined && email !== addressOf(before)) {
        await sessions.requireRecent(caller)
        if (outbox.isDelivered) await admitLetter(caller)
      }
      const values = {
        ...(name !== undefined && { name }),
        ...(memory !== undefined && { memory }),
        ...(instructions !== undefined && { instructions }),
        ...(language !== undefined && { language }),
        ...(email !== undefined && addresses.wish(before, email)),
      }
      if (Object.keys(values).length === 0) return toOwn(before)
      const details = { fields: Object.keys(values).join(' ') }
      let letters: string[] = []
      const user = await update(caller.userId, values, async (tx, user) => {
        await audit(tx, { action: 'user.updated', actorId: caller.userId, details, ...at(origin) })
        if (values.pendingEmail) letters = await addresses.askBoth(tx, user, origin)
      })
      outbox.send(...letters)
      return toOwn(user)
    },
  }
}
