import { createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { and, eq, ne } from 'drizzle-orm'
import type { Outbox } from '#features/mail/index.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { recoveryCodes } from '#ports/database/tables.ts'
import type { createFactorChanges } from './factor-changes.ts'

export type RecoveryCodesDeps = Pick<Database, 'db'> & {
  outbox: Pick<Outbox, 'send'>
  tell: ReturnType<typeof createFactorChanges>['tell']
  secretsKey(): Buffer
}

const codes = 10
const characters = 10
/** Crockford's: nothing in it is read as another of it. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Ten of 50 random bits each, as `k3m9x-7tq2p`. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: codes }, () => {
    const code = Array.from(randomBytes(characters), (byte) => alphabet[byte & 31]).join('')
    return `${code.slice(0, 5)}-${code.slice(5)}`
  })

/** As it is kept. With 50 bits of their own, codes need a key and no slow hash: that would be ten of them a try. */
export function hashRecoveryCode(key: Buffer, userId: string, code: string): string {
  const plain = code
    .toLowerCase()
    .replaceAll('o', '0')
    .replaceAll(/[il]/g, '1')
    .replaceAll(/[^0-9a-z]/g, '')
  return createHmac('sha256', key).update(`${userId}:${plain}`).digest('hex')
}

/** What stands in for a person's second factors, each once. */
export function createRecoveryCodes({ db, outbox, tell, secretsKey }: RecoveryCodesDeps) {
  const key = () => Buffer.from(hkdfSync('sha256', secretsKey(), '', 'jarvis recovery codes', 32))
  const keyId = () => createHmac('sha256', key()).update('key').digest('base64url').slice(0, 8)
  const hashOf = (userId: string, code: string) => hashRecoveryCode(key(), userId, code)

  return {
    left: (userId: string, tx: Pick<Transaction, '$count'> = db) => tx.$count(recoveryCodes, eq(recoveryCodes.userId, userId)),

    /** Uses it up, and says so in a letter. Of those who show it at once, one has it. @throws unavailable where they are of another key */
    async spend(userId: string, code: string): Promise<boolean> {
      const { letter, isGood } = await db.transaction(async (tx) => {
        const spent = await tx.delete(recoveryCodes).where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.codeHash, hashOf(userId, code))))
        if (spent.rowCount === 0) return { letter: null, isGood: false }
        const left = await this.left(userId, tx)
        return { letter: await tell(tx, userId, 'recovery_code_used', { left: String(left) }), isGood: true }
      })
      outbox.send(letter)
      const isForeign = and(eq(recoveryCodes.userId, userId), ne(recoveryCodes.keyId, keyId()))
      if (!isGood && (await db.$count(recoveryCodes, isForeign)) > 0) throw refusal('unavailable.recovery_codes')
      return isGood
    },

    /** New ones in place of those of before. */
    async write(tx: Transaction, userId: string): Promise<string[]> {
      const codes = newRecoveryCodes()
      await this.drop(tx, userId)
      await tx.insert(recoveryCodes).values(codes.map((code) => ({ userId, codeHash: hashOf(userId, code), keyId: keyId() })))
      return codes
    },

    drop: async (tx: Transaction, userId: string): Promise<void> => void (await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId))),
  }
}
