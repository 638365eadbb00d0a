import { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { AppError } from '#lib/app-error.ts'

const ageHeader = 'age-encryption.org/v1\n'
/** Read where something is sealed or opened: most processes never do. */
const age = () => import('age-encryption')
/** A passphrase that a person chose costs who guesses 64 MB and a tenth of a second for each try. */
const scryptWorkFactor = 16

/** What BACKUP_KEY may be: a passphrase, or of the age format an identity (which opens too) or a recipient (which only seals). */
export const opens = (key: string) => !key.startsWith('age1')

/** Encrypted as age does (age-encryption.org): `age --decrypt` opens it too. A changed, cut or reordered piece does not open. */
export async function* seal(bytes: AsyncIterable<Uint8Array>, key: string): AsyncGenerator<Uint8Array> {
  const { Encrypter, identityToRecipient } = await age()
  const encrypter = new Encrypter()
  if (key.startsWith('AGE-')) encrypter.addRecipient(await identityToRecipient(key))
  else if (key.startsWith('age1')) encrypter.addRecipient(key)
  else {
    encrypter.setScryptWorkFactor(scryptWorkFactor)
    encrypter.setPassphrase(key)
  }
  yield* await encrypter.encrypt(streamOf(bytes))
}

/** What is not sealed passes as it is. @throws invalid_request when the key is missing or does not open it */
export async function* unseal(bytes: AsyncIterable<Uint8Array>, key: string | undefined): AsyncGenerator<Uint8Array> {
  const { first, all } = await peek(bytes, ageHeader.length)
  if (Buffer.from(first).toString('latin1') !== ageHeader) return yield* all
  if (key === undefined) throw new AppError('invalid_request', 'This backup is encrypted. Set BACKUP_KEY to the key that it was made with.')
  if (!opens(key)) throw new AppError('invalid_request', 'BACKUP_KEY is a recipient, which only encrypts. Set it to the identity (AGE-SECRET-KEY-…).')
  const { Decrypter } = await age()
  const decrypter = new Decrypter()
  if (key.startsWith('AGE-')) decrypter.addIdentity(key)
  else decrypter.addPassphrase(key)
  const opened = await decrypter.decrypt(streamOf(all)).catch((cause: unknown) => {
    if (cause instanceof AppError) throw cause
    throw new AppError('invalid_request', 'BACKUP_KEY does not open this backup: it was made with another key, or its beginning was changed.', {
      cause,
    })
  })
  yield* opened
}

// The DOM's type, which age names, lacks what Node's class has.
const streamOf = (bytes: AsyncIterable<Uint8Array>) => NodeReadableStream.from(bytes) as unknown as ReadableStream<Uint8Array>

async function peek(bytes: AsyncIterable<Uint8Array>, length: number) {
  const pieces = bytes[Symbol.asyncIterator]()
  let held = Buffer.alloc(0)
  while (held.length < length) {
    const { done, value } = await pieces.next()
    if (done) break
    held = Buffer.concat([held, value])
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      if (held.length > 0) yield held
      for (let piece = await pieces.next(); !piece.done; piece = await pieces.next()) yield piece.value
    } finally {
      await pieces.return?.()
    }
  }
  return { first: held.subarray(0, length), all: all() }
}
