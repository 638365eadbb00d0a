import { randomBytes } from 'node:crypto'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { expect, test } from 'vitest'
import { AppError } from '#lib/app-error.ts'
import { seal, unseal } from './seal.ts'

const pieceBytes = 64 * 1024 + 16

async function* of(bytes: Uint8Array, size = 10_000) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const whole = async (bytes: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(bytes))

test('what a passphrase, an identity or a recipient sealed is opened by the same secret, and by no other', async () => {
  const content = randomBytes(300_000)
  const identity = await generateIdentity()
  const cases = [
    ['a long passphrase', 'a long passphrase'],
    [identity, identity],
    [await identityToRecipient(identity), identity],
  ] as const
  for (const [key, opener] of cases) {
    const sealed = await whole(seal(of(content), key))
    expect(sealed.includes(content.subarray(0, 32))).toBe(false)
    expect(await whole(unseal(of(sealed, 7), opener))).toEqual(content)
    for (const other of [undefined, 'another passphrase', await generateIdentity(), await identityToRecipient(identity)]) {
      await expect(whole(unseal(of(sealed), other))).rejects.toMatchObject({ code: 'invalid_request' })
    }
  }
})

test('what is cut, changed, or put into another order does not open; what was never sealed passes', async () => {
  const key = await generateIdentity()
  const sealed = await whole(seal(of(randomBytes(300_000)), key))
  const head = sealed.indexOf('\n', sealed.indexOf('\n---') + 1) + 1 + 16
  const piece = (index: number) => sealed.subarray(head + index * pieceBytes, head + (index + 1) * pieceBytes)
  const flipped = Buffer.from(sealed)
  flipped[head + 70_000]! ^= 1
  const faulty = [
    sealed.subarray(0, sealed.length - 1),
    sealed.subarray(0, head + 2 * pieceBytes),
    sealed.subarray(0, head),
    Buffer.concat([sealed, Buffer.of(0)]),
    Buffer.concat([sealed.subarray(0, head), piece(1), piece(0), sealed.subarray(head + 2 * pieceBytes)]),
    flipped,
  ]
  for (const bytes of faulty) await expect(whole(unseal(of(bytes), key))).rejects.toThrow()
  for (const plain of [Buffer.of(), Buffer.from('age'), randomBytes(100)]) expect(await whole(unseal(of(plain), undefined))).toEqual(plain)
})

test('a store that fails while the beginning is read is not taken for a wrong key', async () => {
  const sealed = await whole(seal(of(randomBytes(100)), 'a long passphrase'))
  const failure = new AppError('unavailable', 'The file store fell silent.')
  async function* broken() {
    yield sealed.subarray(0, 30)
    throw failure
  }
  await expect(whole(unseal(broken(), 'a long passphrase'))).rejects.toBe(failure)
})
