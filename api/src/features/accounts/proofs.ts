import { and, eq, gt, inArray, sql } from 'drizzle-orm'
import { newSecret, sha256 } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { oneTimeTokens, type ProofPurpose } from '#ports/database/tables.ts'

export type Proof = typeof oneTimeTokens.$inferSelect
export type NewProof = Pick<Proof, 'purpose' | 'userId' | 'email' | 'isMailed'>

const hour = 3600
/** What is handed over takes longer than what is mailed to somebody who waits for it. */
const lifetimeSeconds = ({ purpose, isMailed }: NewProof) => (purpose !== 'password_reset' ? 24 * hour : isMailed ? hour / 2 : 24 * hour)

/** Links that are good for one thing, once: 256 random bits, of which the hash is kept. */
export function createProofs({ db }: Pick<Database, 'db'>) {
  const isLive = gt(oneTimeTokens.expiresAt, sql`now()`)

  return {
    /** A new one takes the place of the one before. */
    async mint(tx: Pick<Transaction, 'insert'>, proof: NewProof): Promise<{ token: string; expiresAt: Date }> {
      const token = newSecret()
      const expiresAt = new Date(Date.now() + lifetimeSeconds(proof) * 1000)
      const row = { ...proof, tokenHash: sha256(token), expiresAt, createdAt: new Date() }
      await tx
        .insert(oneTimeTokens)
        .values(row)
        .onConflictDoUpdate({ target: [oneTimeTokens.userId, oneTimeTokens.purpose], set: row })
      return { token, expiresAt }
    },

    /** Looks and spends nothing. @throws invalid_request */
    async look(purpose: ProofPurpose, token: string): Promise<Proof> {
      const [proof] = await db
        .select()
        .from(oneTimeTokens)
        .where(and(eq(oneTimeTokens.tokenHash, sha256(token)), eq(oneTimeTokens.purpose, purpose), isLive))
      if (!proof) throw badLink()
      return proof
    },

    /** Of those who show it at once, one has it. @throws invalid_request */
    async spend(tx: Pick<Transaction, 'delete'>, purposes: ProofPurpose[], token: string): Promise<Proof> {
      const [proof] = await tx
        .delete(oneTimeTokens)
        .where(and(eq(oneTimeTokens.tokenHash, sha256(token)), inArray(oneTimeTokens.purpose, purposes), isLive))
        .returning()
      if (!proof) throw badLink()
      return proof
    },

    async drop(tx: Pick<Transaction, 'delete'>, userId: string, purposes: ProofPurpose[]): Promise<void> {
      await tx.delete(oneTimeTokens).where(and(eq(oneTimeTokens.userId, userId), inArray(oneTimeTokens.purpose, purposes)))
    },
  }
}

export const badLink = () => refusal('invalid_request.link')
