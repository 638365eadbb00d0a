import { createHash } from 'node:crypto'
import { hash, verify } from '@node-rs/bcrypt'
import { createSemaphore } from '#lib/semaphore.ts'

export const bcryptCost = 12

/** Native bcrypt leaves the event loop alone, but each hash takes a core for a quarter of a second. */
const bounded = createSemaphore(2, 100, 'overloaded.sign_in')

/** bcrypt reads 72 bytes: the digest lets every byte of a longer password count. */
const digest = (password: string) => createHash('sha256').update(password.normalize('NFKC')).digest('base64')

export const hashPassword = (password: string): Promise<string> => bounded(() => hash(digest(password), { cost: bcryptCost }))

/** The hash of no password: a sign-in for a user who is not there is compared with it, so that it takes the same time. */
const nobodyHash = hash(digest(crypto.randomUUID()), { cost: bcryptCost })
nobodyHash.catch(() => undefined)

export async function matchesPassword(password: string, passwordHash: string | undefined): Promise<boolean> {
  const stored = passwordHash ?? (await nobodyHash)
  const matches = await bounded(() => verify(digest(password), stored))
  return matches && passwordHash !== undefined
}
