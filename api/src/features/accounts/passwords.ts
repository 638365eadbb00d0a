import { createHash } from 'node:crypto'
import { hash, verify } from '@node-rs/bcrypt'
import { type Asker, createHashLine } from './hash-line.ts'

export const bcryptCost = 12

/** bcrypt reads 72 bytes: the digest lets every byte of a longer password count. */
const digest = (password: string) => createHash('sha256').update(password.normalize('NFKC')).digest('base64')

/** Native bcrypt leaves the event loop alone; the process has one line for its cores. */
const line = createHashLine()

/** `salt`: that of a provisional account. @throws overloaded */
export const hashPassword = (password: string, asker: Asker, salt?: Buffer): Promise<string> => line.run(asker, () => hashOf(password, salt))

const hashOf = (password: string, salt?: Buffer) => hash(digest(password), { cost: bcryptCost, ...(salt && { salt }) })

/** The hash of no password: a sign-in for a user who is not there is compared with it, so that it takes the same time. */
const nobodyHash = hash(digest(crypto.randomUUID()), { cost: bcryptCost })
nobodyHash.catch(() => undefined)

/** A wrong one is held against the address. @throws overloaded */
export async function matchesPassword(password: string, passwordHash: string | undefined, asker: Asker): Promise<boolean> {
  const stored = passwordHash ?? (await nobodyHash)
  const matches = (await line.run(asker, () => verify(digest(password), stored))) && passwordHash !== undefined
  if (!matches) line.guessed(asker.address)
  return matches
}

/** For a sign-in: what was typed, compared with the account of an address and hashed for those that claim it; both, whatever the first said. @throws overloaded */
export async function tryPassword(password: string, passwordHash: string | undefined, asker: Asker, salt: Buffer | undefined) {
  const stored = passwordHash ?? (await nobodyHash)
  return await line.run(asker, async () => {
    const matches = (await verify(digest(password), stored)) && passwordHash !== undefined
    return { matches, claimHash: salt ? await hashOf(password, salt) : null }
  })
}

/** Held against the address. */
export const wrongPassword = (asker: Asker): void => line.guessed(asker.address)

/** A hash in bcrypt's form that no password has: its parts are words. Who has it signs in by another way. */
export const noPassword = '$2b$12$JarvisHasNoPasswordHe.There.is.no.password.like.thise'
