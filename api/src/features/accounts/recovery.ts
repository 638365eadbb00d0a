import type { PasswordLink, PasswordLinkBody } from '@jarvis/contracts/accounts.ts'
import { and, eq, isNull, or, sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { Outbox } from '#features/mail/index.ts'
import { addressKey } from '#lib/address-key.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Origin } from '#lib/caller.ts'
import { sha256 } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import { type Database, isUniqueViolation, type Transaction } from '#ports/database/index.ts'
import { apiKeys, users } from '#ports/database/tables.ts'
import type { Limits } from '#ports/limits/index.ts'
import { theirs } from './addresses.ts'
import { linkTo } from './letters.ts'
import type { Passwords } from './passwords.ts'
import { badLink, type createProofs } from './proofs.ts'
import { addressOf, type createProvisional, isPlaceholder } from './provisional.ts'
import type { createSessions } from './sessions.ts'
import type { ChangedBy, createUserChanges, UserRow } from './user-changes.ts'
import { requireGoodPassword } from './weak-passwords.ts'

export type RecoveryDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  limits: Limits
  outbox: Outbox
  sessions: ReturnType<typeof createSessions>
  proofs: ReturnType<typeof createProofs>
  passwords: Passwords
  provisional: Pick<ReturnType<typeof createProvisional>, 'saltOf'>
  factors: { drop(tx: Transaction, userId: string): Promise<void> }
  announce: ReturnType<typeof createUserChanges>['announce']
  publicUrl: string
}

/** Letters to one address: enough for who loses some, too few to flood a mailbox. */
export const lettersToAddress = { requestsMax: 5, windowSeconds: 3600 }
export const forgotKey = (email: string) => `forgot:${sha256(email)}`

/** How somebody gets in again who has lost the password, or had it taken away. */
export function createRecovery(deps: RecoveryDeps) {
  const { db, audit, limits, outbox, sessions, proofs, passwords, provisional, factors, announce, publicUrl } = deps
  /** Of this account as it is now, with the address that the link was made for. */
  const live = (userId: string, email: string) =>
    and(eq(users.id, userId), or(eq(users.email, email), eq(users.claimedEmail, email)), isNull(users.disabledAt))

  /** Who claimed the address need not be who reads what is sent there. Returns the keys that end. */
  async function takeFromClaimant(tx: Transaction, userId: string): Promise<string[]> {
    await factors.drop(tx, userId)
    const gone = await tx.delete(apiKeys).where(eq(apiKeys.userId, userId)).returning({ id: apiKeys.id })
    return gone.map(({ id }) => id)
  }

  async function set(user: UserRow, passwordHash: string, token: string, origin: Origin): Promise<void> {
    const { ended, letter } = await db.transaction(async (tx) => {
      const { isMailed, email } = await proofs.spend(tx, ['password_reset'], token)
      // Who has a link that was mailed there reads what is sent there.
      const seen = isMailed ? theirs(email) : {}
      const changed = await tx
        .update(users)
        .set({ passwordHash, passwordEndedAt: null, ...seen })
        .where(live(user.id, email))
      if (changed.rowCount === 0) throw badLink()
      const { address, requestId, language } = origin
      await audit(tx, { action: 'password.reset', actorId: user.id, details: { link: isMailed ? 'mailed' : 'handed over' }, address, requestId })
      const told = outbox.isDelivered && isMailed && (await outbox.post(tx, { kind: 'password_changed', userId: user.id, address: email, language }))
      const keys = isMailed && user.claimedEmail !== null ? await takeFromClaimant(tx, user.id) : []
      return { ended: [...(await sessions.endAll(tx, user.id)), ...keys], letter: told || null }
    })
    outbox.send(letter)
    sessions.announce(ended)
    announce(user.id)
  }

  return {
    /** The same, and as long, whether somebody has this address or not: that is looked up when the letter is written. */
    async forgot(given: string, { address, requestId, language }: Origin): Promise<void> {
      const email = given.toLowerCase()
      const [admission] = await limits.admit([{ key: forgotKey(email), ...lettersToAddress }])
      if (!admission!.admitted) return
      const letter = await db.transaction(async (tx) => {
        await audit(tx, { action: 'password.forgotten', address, requestId })
        return await outbox.post(tx, { kind: 'password_reset', userId: null, address: email, language })
      })
      outbox.send(letter)
    },

    /** Sets a new password and ends every session. The second factor stays. @throws invalid_request for a link or a password that is no good */
    async reset(token: string, password: string, origin: Origin): Promise<void> {
      const proof = await proofs.look('password_reset', token)
      const [user] = await db.select().from(users).where(live(proof.userId, proof.email))
      if (!user) throw badLink()
      const email = addressOf(user)
      await requireGoodPassword(password, { email, name: user.name }, 'password')
      const salt = proof.isMailed || user.claimedEmail === null ? undefined : provisional.saltOf(user.claimedEmail)
      const hash = await passwords.hash(password, { address: addressKey(origin.address), email, known: true }, salt)
      try {
        await set(user, hash, token, origin)
      } catch (error) {
        // The address is another account's meanwhile.
        if (isUniqueViolation(error)) throw refusal('invalid_request.link', {}, { cause: error })
        throw error
      }
    },

    /** For administrators: the password is good no more, every session ends, and the person sets another by a link. @throws not_found */
    async endPassword(userId: string, { delivery }: z.infer<typeof PasswordLinkBody>, by: ChangedBy): Promise<PasswordLink> {
      const how = delivery ?? (outbox.isDelivered ? 'mail' : 'link')
      if (how === 'mail' && !outbox.isDelivered) throw new AppError('conflict', 'Letters are not sent here: SMTP_URL is not set. Take the link.')
      const { ended, letter, link } = await db.transaction(async (tx) => {
        const [user] = await tx
          .update(users)
          .set({ passwordEndedAt: sql`coalesce(${users.passwordEndedAt}, now())` })
          .where(eq(users.id, userId))
          .returning()
        if (!user) throw new AppError('not_found', 'There is no such user.')
        if (how === 'mail' && isPlaceholder(user.email))
          throw new AppError('conflict', 'No letter has shown whose address this is, so none is sent there. Take the link.')
        const { actorId = null, source, origin } = by
        await audit(tx, { action: 'password.ended', actorId, target: userId, details: { link: how, ...(source && { source }) }, ...origin })
        await proofs.drop(tx, userId, ['password_reset'])
        const ended = await sessions.endAll(tx, userId)
        if (how === 'mail') return { ended, letter: await outbox.post(tx, { kind: 'password_wished', userId, address: user.email }), link: null }
        return { ended, letter: null, link: await proofs.mint(tx, { purpose: 'password_reset', userId, email: user.email, isMailed: false }) }
      })
      outbox.send(letter)
      sessions.announce(ended)
      announce(userId)
      return { delivery: how, url: link && linkTo(publicUrl, 'reset-password', link.token), expiresAt: link?.expiresAt.toISOString() ?? null }
    },
  }
}
