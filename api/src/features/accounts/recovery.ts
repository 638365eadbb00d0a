import type { PasswordLink, PasswordLinkBody } from '@jarvis/contracts/accounts.ts'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { Outbox } from '#features/mail/index.ts'
import { addressKey } from '#lib/address-key.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Origin } from '#lib/caller.ts'
import { sha256 } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { users } from '#ports/database/tables.ts'
import type { Limits } from '#ports/limits/index.ts'
import { linkTo } from './letters.ts'
import { hashPassword } from './passwords.ts'
import { badLink, type createProofs } from './proofs.ts'
import type { createSessions } from './sessions.ts'
import type { ChangedBy, createUserChanges, UserRow } from './user-changes.ts'
import { requireGoodPassword } from './weak-passwords.ts'

export type RecoveryDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  limits: Limits
  outbox: Outbox
  sessions: ReturnType<typeof createSessions>
  proofs: ReturnType<typeof createProofs>
  announce: ReturnType<typeof createUserChanges>['announce']
  publicUrl: string
}

/** Letters to one address: enough for who loses some, too few to flood a mailbox. */
export const lettersToAddress = { requestsMax: 5, windowSeconds: 3600 }
export const forgotKey = (email: string) => `forgot:${sha256(email)}`

/** How somebody gets in again who has lost the password, or had it taken away. */
export function createRecovery({ db, audit, limits, outbox, sessions, proofs, announce, publicUrl }: RecoveryDeps) {
  /** Of this account as it is now, with the address that the link was made for. */
  const live = (userId: string, email: string) => and(eq(users.id, userId), eq(users.email, email), isNull(users.disabledAt))

  async function set(user: UserRow, passwordHash: string, token: string, origin: Origin): Promise<void> {
    const { ended, letter } = await db.transaction(async (tx) => {
      const { isMailed } = await proofs.spend(tx, ['password_reset'], token)
      // Who has a link that was mailed there reads what is sent there.
      const seen = isMailed ? { verifiedEmail: user.email } : {}
      const changed = await tx
        .update(users)
        .set({ passwordHash, passwordEndedAt: null, ...seen })
        .where(live(user.id, user.email))
      if (changed.rowCount === 0) throw badLink()
      const { address, requestId } = origin
      await audit(tx, { action: 'password.reset', actorId: user.id, details: { link: isMailed ? 'mailed' : 'handed over' }, address, requestId })
      const told = outbox.isDelivered && (await outbox.post(tx, { kind: 'password_changed', userId: user.id, address: user.email }))
      return { ended: await sessions.endAll(tx, user.id), letter: told || null }
    })
    outbox.send(letter)
    sessions.announce(ended)
    announce(user.id)
  }

  return {
    /** The same, and as long, whether somebody has this address or not: that is looked up when the letter is written. */
    async forgot(given: string, { address, requestId }: Origin): Promise<void> {
      const email = given.toLowerCase()
      const [admission] = await limits.admit([{ key: forgotKey(email), ...lettersToAddress }])
      if (!admission!.admitted) return
      const letter = await db.transaction(async (tx) => {
        await audit(tx, { action: 'password.forgotten', address, requestId })
        return await outbox.post(tx, { kind: 'password_reset', userId: null, address: email })
      })
      outbox.send(letter)
    },

    /** Sets a new password and ends every session. The second factor stays. @throws invalid_request for a link or a password that is no good */
    async reset(token: string, password: string, origin: Origin): Promise<void> {
      const proof = await proofs.look('password_reset', token)
      const [user] = await db.select().from(users).where(live(proof.userId, proof.email))
      if (!user) throw badLink()
      await requireGoodPassword(password, user, 'password')
      const hash = await hashPassword(password, { address: addressKey(origin.address), email: user.email, known: true })
      await set(user, hash, token, origin)
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
