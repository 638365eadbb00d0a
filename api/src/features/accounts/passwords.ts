import { createHash } from 'node:crypto'
import bcrypt from '@node-rs/bcrypt'
import { type Asker, createHashLine } from './hash-line.ts'

/** A quarter of a second of one core; OWASP asks for 10 at least. */
export const bcryptCost = 12

/** bcrypt reads 72 bytes: the digest lets every byte of a longer password count. */
const digest = (password: string) => createHash('sha256').update(password.normalize('NFKC')).digest('base64')

/** A hash in bcrypt's form that no password has: its parts are words. Who has it signs in by another way, and who is not there is compared with it. */
export const noPassword = '$2b$12$JarvisHasNoPasswordHe.There.is.no.password.like.thise'

export type Passwords = ReturnType<typeof createPasswords>

/** Native bcrypt leaves the event loop alone; the process has one line for its cores. `cost`: two to this power is the work. */
export function createPasswords(cost = bcryptCost) {
  const line = createHashLine()
  const hashOf = (password: string, salt?: Buffer) => bcrypt.hash(digest(password), { cost, ...(salt && { salt }) })

  return {
    /** `salt`: that of a provisional account. @throws overloaded */
    hash: (password: string, asker: Asker, salt?: Buffer): Promise<string> => line.run(asker, () => hashOf(password, salt)),

    /** A wrong one is held against the address. @throws overloaded */
    async matches(password: string, passwordHash: string, asker: Asker): Promise<boolean> {
      const matches = await line.run(asker, () => bcrypt.verify(digest(password), passwordHash))
      if (!matches) line.guessed(asker.address)
      return matches
    },

    /**
     * For a sign-in: what was typed, compared with the account of an address and hashed for those that claim it; both, whatever the first said,
     * and as long where nobody has the address. @throws overloaded
     */
    tried: (password: string, passwordHash: string | undefined, asker: Asker, salt: Buffer | undefined) =>
      line.run(asker, async () => {
        const matches = (await bcrypt.verify(digest(password), passwordHash ?? noPassword)) && passwordHash !== undefined
        return { matches, claimHash: salt ? await hashOf(password, salt) : null }
      }),

    /** Held against the address. */
    wrong: (asker: Asker): void => line.guessed(asker.address),
  }
}
