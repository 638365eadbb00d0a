import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Blobs } from './index.ts'
import { createFolderBlobs } from './folder.ts'

type Opened = { blobs: Blobs; /** How many things the store holds, half-written ones included. */ count(): Promise<number> } & AsyncDisposable

async function openFolder(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'jarvis-blobs-'))
  const count = async () => (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length
  return { blobs: createFolderBlobs(folder), count, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

const bytesMax = 1_000_000

async function* inPieces(content: Uint8Array, size = 7_000) {
  for (let at = 0; at < content.byteLength; at += size) yield content.subarray(at, at + size)
}

const whole = async (content: AsyncIterable<Uint8Array> | null) => (content === null ? null : Buffer.concat(await Array.fromAsync(content)))

// Each adapter has to pass all of it.
describe.each([['a folder', openFolder]])('blobs in %s', (_name, openStore) => {
  test('what was put is given back, whole and in ranges, with its length and hash', async () => {
    await using store = await openStore()
    const content = randomBytes(100_000)
    const ownerId = randomUUID()
    const blob = await store.blobs.put(ownerId, inPieces(content), { bytesMax: content.byteLength })
    expect(blob).toMatchObject({ bytes: 100_000, sha256: createHash('sha256').update(content).digest('hex') })
    expect(await whole(await store.blobs.get(blob.key))).toEqual(content)
    expect(await whole(await store.blobs.get(blob.key, { first: 0, last: 0 }))).toEqual(content.subarray(0, 1))
    expect(await whole(await store.blobs.get(blob.key, { first: 69_999, last: 70_001 }))).toEqual(content.subarray(69_999, 70_002))
    expect(await whole(await store.blobs.get(blob.key, { first: 99_990, last: 200_000 }))).toEqual(content.subarray(99_990))
    const empty = await store.blobs.put(ownerId, inPieces(Buffer.of()), { bytesMax })
    expect(await whole(await store.blobs.get(empty.key))).toEqual(Buffer.of())
  })

  test('what is too long, fails or is cancelled leaves nothing', async () => {
    await using store = await openStore()
    const put = (content: AsyncIterable<Uint8Array>, signal?: AbortSignal) =>
      store.blobs.put(randomUUID(), content, { bytesMax: 20_000, ...(signal && { signal }) })
    await expect(put(inPieces(randomBytes(20_001)))).rejects.toMatchObject({ code: 'payload_too_large' })
    async function* broken() {
      yield randomBytes(10_000)
      throw new Error('the sender is gone')
    }
    await expect(put(broken())).rejects.toThrow('the sender is gone')
    const leaving = new AbortController()
    async function* cancelled() {
      yield randomBytes(5000)
      leaving.abort()
      yield randomBytes(5000)
    }
    await expect(put(cancelled(), leaving.signal)).rejects.toThrow('aborted')
    expect(await store.count()).toBe(0)
    await put(inPieces(randomBytes(20_000)))
    expect(await store.count()).toBe(1)
  })

  test('each person’s are listed apart, and go one by one or all at once; what is gone is gone for good', async () => {
    await using store = await openStore()
    const [one, other] = [randomUUID(), randomUUID()]
    const put = async (ownerId: string) => (await store.blobs.put(ownerId, inPieces(randomBytes(10)), { bytesMax })).key
    const [a, b, c] = [await put(one), await put(one), await put(other)]
    expect(new Set(await store.blobs.list(one))).toEqual(new Set([a, b]))
    expect(new Set(await store.blobs.owners())).toEqual(new Set([one, other]))
    for (let times = 0; times < 2; times++) await store.blobs.remove(a)
    expect(await store.blobs.get(a)).toBe(null)
    for (let times = 0; times < 2; times++) await store.blobs.removeAllOf([one, randomUUID()])
    expect(await store.blobs.list(one)).toEqual([])
    expect(await store.blobs.owners()).toEqual([other])
    expect(await whole(await store.blobs.get(c))).toHaveLength(10)
  })

  test.each(['', '../../etc/passwd', `${randomUUID()}/../x`, `${randomUUID()}/${randomUUID()}/x`, randomUUID(), `/${randomUUID()}`])(
    'no input names a place: %j is no key',
    async (key) => {
      await using store = await openStore()
      await expect(store.blobs.get(key)).rejects.toThrow(TypeError)
      await expect((async () => await store.blobs.remove(key))()).rejects.toThrow(TypeError)
      await expect(store.blobs.put(`${key}/`, inPieces(Buffer.of(1)), { bytesMax })).rejects.toThrow(TypeError)
    },
  )
})
