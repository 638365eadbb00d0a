import { eq } from 'drizzle-orm'
import type { Outbox } from '#features/mail/index.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Origin } from '#lib/caller.ts'
import { refusal } from '#lib/refusal.ts'
import { type Database, isUniqueViolation, type Transaction } from '#ports/database/index.ts'
import { type PendingEmail, users } from '#ports/database/tables.ts'
import { badLink, type createProofs, type Proof } from './proofs.ts'
import { addressOf, isPlaceholder } from './provisional.ts'
import type { createUserChanges, UserRow } from './user-changes.ts'

export type AddressesDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  outbox: Outbox
  proofs: ReturnType<typeof createProofs>
  announce: ReturnType<typeof createUserChanges>['announce']
}

/** A letter showed that this address is the person's: from here on it leads to them. */
export const theirs = (email: string) => ({ email, verifiedEmail: email, claimedEmail: null })

const changeMs = 24 * 3_600_000

/** Whose mailbox an address is: shown by a link that was sent there. */
export function createAddresses({ db, audit, outbox, proofs, announce }: AddressesDeps) {
  /** Applies what a link shows to the locked row. Returns a letter to send. */
  async function apply(tx: Transaction, { purpose, userId, email }: Proof, origin: Origin): Promise<string | null> {
    const [user] = await tx.select().from(users).where(eq(users.id, userId)).for('update')
    if (!user || user.disabledAt) throw badLink()
    const note = (action: string) => audit(tx, { action, actorId: userId, address: origin.address, requestId: origin.requestId })
    const write = (values: Partial<UserRow>) => tx.update(users).set(values).where(eq(users.id, userId))
    if (purpose === 'email_verify') {
      if (addressOf(user) !== email) throw badLink()
      await write({ ...theirs(email) })
      await note('email.verified')
      return null
    }
    const [pending, side] = [user.pendingEmail, purpose === 'email_change_old' ? 'old' : 'new'] as const
    const isMeant = pending && (side === 'old' ? user.email : pending.address) === email && Date.parse(pending.expiresAt) > Date.now()
    if (!isMeant) throw badLink()
    const waitsFor = pending.waitsFor.filter((other) => other !== side)
    if (waitsFor.length > 0) {
      await write({ pendingEmail: { ...pending, waitsFor } })
      await note('email.change_confirmed')
      return null
    }
    await write({ ...theirs(pending.address), pendingEmail: null })
    await proofs.drop(tx, userId, ['password_reset', 'email_verify', 'email_change_old', 'email_change_new'])
    await note('email.changed')
    return isPlaceholder(user.email) ? null : await outbox.post(tx, { kind: 'email_changed', userId, address: user.email, language: origin.language })
  }

  return {
    /** @throws invalid_request for a link that is no good, email_taken */
    async confirm(token: string, origin: Origin): Promise<void> {
      try {
        const { userId, letter } = await db.transaction(async (tx) => {
          const proof = await proofs.spend(tx, ['email_verify', 'email_change_old', 'email_change_new'], token)
          return { userId: proof.userId, letter: await apply(tx, proof, origin) }
        })
        outbox.send(letter)
        announce(userId)
      } catch (error) {
        if (isUniqueViolation(error)) throw refusal('email_taken.other', {}, { cause: error })
        throw error
      }
    },

    /** Asks the person to show that they read what is sent to their address. Returns the letter, to be sent after the commit; null where it is shown. */
    async askToVerify(tx: Transaction, user: UserRow, { language }: Pick<Origin, 'language'>): Promise<string | null> {
      if (user.verifiedEmail === user.email) return null
      return await outbox.post(tx, { kind: 'email_verify', userId: user.id, address: addressOf(user), language })
    },

    /**
     * What a wish for another address changes. With a mail server it waits until both addresses agree, the one before only where it was shown
     * to be the person's; who else has the address is not said. Without one it is changed at once. @throws email_taken
     */
    wish(user: UserRow, email: string): Partial<UserRow> {
      if (email === addressOf(user)) return { pendingEmail: null }
      if (!outbox.isDelivered) return { email, pendingEmail: null }
      const waitsFor: PendingEmail['waitsFor'] = user.verifiedEmail === user.email ? ['old', 'new'] : ['new']
      return { pendingEmail: { address: email, waitsFor, expiresAt: new Date(Date.now() + changeMs).toISOString() } }
    },

    /** The letters of a wish, after it is written. */
    async askBoth(tx: Transaction, { id: userId, email, pendingEmail }: UserRow, { language }: Pick<Origin, 'language'>): Promise<string[]> {
      if (!pendingEmail) return []
      await proofs.drop(tx, userId, ['email_change_old', 'email_change_new'])
      const before = { kind: pendingEmail.waitsFor.includes('old') ? 'email_change_old' : 'email_change_wished', address: email }
      const all = [...(isPlaceholder(email) ? [] : [before]), { kind: 'email_change_new', address: pendingEmail.address }]
      const posted: string[] = []
      for (const letter of all) posted.push(await outbox.post(tx, { ...letter, userId, language }))
      return posted
    },
  }
}
