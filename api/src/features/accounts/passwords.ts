import { createHash } from 'node:crypto'
import { hash, verify } from '@node-rs/bcrypt'
import { type Asker, createHashLine } from './hash-line.ts'

export const bcryptCost = 12

/** bcrypt reads 72 bytes: the digest lets every byte of a longer password count. */
const digest = (password: string) => createHash('sha256').update(password.normalize('NFKC')).digest('base64')

/** Native bcrypt leaves the event loop alone; the process has one line for its cores. */
const line = createHashLine()

/** @throws overloaded */
export const hashPassword = (password: string, asker: Asker): Promise<string> => line.run(asker, () => hash(digest(password), { cost: bcryptCost }))

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

/** A hash in bcrypt's form that no password has: its parts are words. Who has it signs in by another way. */
export const noPassword = '$2b$12$JarvisHasNoPasswordHe.There.is.no.password.like.thise'
