import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startS3 } from '#test/engines/s3.ts'
import { openFolder } from './folder.ts'
import { type Blobs, createBlobs } from './index.ts'
import { openS3 } from './s3.ts'

type Opened = {
  blobs: Blobs
  /** How many things the store holds, half-written ones included. */
  count(): Promise<number>
} & AsyncDisposable

async function inFolder(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'jarvis-blobs-'))
  const count = async () => (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length
  return { blobs: createBlobs(openFolder(folder)), count, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

async function inBucket(): Promise<Opened> {
  const server = await startS3()
  const place = openS3(server.config)
  return {
    blobs: createBlobs(place),
    count: async () => (await server.objects()).length + (await server.unfinished()),
    async [Symbol.asyncDispose]() {
      place[Symbol.dispose]()
      await server.stop()
    },
  }
}

const bytesMax = 1_000_000

async function* inPieces(content: Uint8Array, size = 7_000) {
  for (let at = 0; at < content.byteLength; at += size) yield content.subarray(at, at + size)
}

const whole = async (content: AsyncIterable<Uint8Array> | null) => (content === null ? null : Buffer.concat(await Array.fromAsync(content)))

// Each adapter has to pass all of it.
describe.each([
  ['a folder', inFolder],
  ['a bucket of S3', inBucket],
])('blobs in %s', (_name, openStore) => {
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
    expect(await whole(await store.blobs.get(blob.key, { first: 100_000, last: 200_000 }))).toEqual(Buffer.of())
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

test('what a process that died left half written in a folder goes when it is old, and nothing else does', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jarvis-blobs-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const blobs = createBlobs(openFolder(folder))
  const owners = [randomUUID(), randomUUID()]
  const keys = await Promise.all(owners.map(async (owner) => (await blobs.put(owner, inPieces(randomBytes(10)), { bytesMax })).key))
  for (const name of [...owners.map((owner) => `${owner}/old.part`), `${owners[0]}/new.part`]) await writeFile(join(folder, name), 'half')
  for (const owner of owners) await utimes(join(folder, owner, 'old.part'), 0, 0)
  await utimes(join(folder, keys[0]!), 0, 0)
  expect(await blobs.removeUnfinished(new Date(Date.now() - 3600_000))).toBe(2)
  expect(new Set(await readdir(join(folder, owners[0]!)))).toEqual(new Set([keys[0]!.split('/')[1], 'new.part']))
  expect(await readdir(join(folder, owners[1]!))).toEqual([keys[1]!.split('/')[1]])
  expect(await blobs.removeUnfinished(new Date(Date.now() - 3600_000))).toBe(0)
})

describe('a bucket', () => {
  test('what is longer than a part goes up in parts, and is one again; broken off or cancelled, no part is left', { timeout: 60_000 }, async () => {
    await using server = await opened()
    const content = randomBytes(25_000_000)
    const { bytes, sha256 } = await server.place.put('long', inPieces(content, 1_000_000))
    expect({ bytes, sha256 }).toEqual({ bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') })
    const hash = createHash('sha256')
    for await (const piece of (await server.place.get('long'))!) hash.update(piece)
    expect(hash.digest('hex')).toBe(sha256)
    expect(await server.place.list('')).toEqual([{ name: 'long', bytes }])

    async function* broken() {
      yield* inPieces(content.subarray(0, 24_000_000), 1_000_000)
      throw new Error('the sender is gone')
    }
    await expect(server.place.put('broken', broken())).rejects.toThrow('the sender is gone')
    const leaving = new AbortController()
    async function* stuck() {
      yield* inPieces(content.subarray(0, 24_000_000), 1_000_000)
      leaving.abort()
      await new Promise(() => {})
    }
    await expect(server.place.put('stuck', stuck(), { signal: leaving.signal })).rejects.toThrow('aborted')
    expect((await server.place.list('')).map(({ name }) => name)).toEqual(['long'])
    expect(await server.unfinished()).toBe(0)
  })

  test('more than a page of names is listed whole, with what is in them', async () => {
    await using server = await opened()
    using place = openS3(server.config, { namesPerPage: 2 })
    const names = Array.from({ length: 5 }, (_, index) => `a ä+${index}`)
    for (const name of names) for (const folder of ['one', 'other', 'third']) await place.put(`${folder}/${name}`, inPieces(Buffer.of(1)))
    expect((await place.list('one')).map(({ name }) => name)).toEqual(names)
    expect(await place.folders()).toEqual(['one', 'other', 'third'])
    for (const folder of await place.folders()) await place.removeFolder(folder)
    expect(await server.objects()).toEqual([])
  })

  test('what a process that died left half sent is taken back when it is old, or with its owner: all of it, and nothing else', async () => {
    await using server = await opened()
    using place = openS3(server.config, { namesPerPage: 2 })
    const blobs = createBlobs(place)
    const [owner, other] = [randomUUID(), randomUUID()]
    const begin = async (name: string, hoursAgo: number) => {
      const key = `${server.config.prefix}${name}`
      const id = await server.begin(key, hoursAgo)
      return { name, isOpen: () => server.isOpen(key, id) }
    }
    const { key } = await blobs.put(owner, inPieces(Buffer.of(1)), { bytesMax })
    // Five of one name are more than two pages of them.
    const old = await Promise.all(Array.from({ length: 5 }, () => begin(`${owner}/same`, 25)))
    const kept = [await begin(`${owner}/new`, 1), await begin(`${other}/new`, 1), await begin('backup', 25)]
    expect(await blobs.owners()).toEqual(expect.arrayContaining([owner, other]))
    expect(await blobs.removeUnfinished(new Date(Date.now() - 24 * 3_600_000))).toBe(old.length)
    const openOf = async (uploads: typeof old) => await Promise.all(uploads.map(({ isOpen }) => isOpen()))
    expect(await openOf(old)).toEqual(old.map(() => false))
    expect(await openOf(kept)).toEqual([true, true, true])

    expect(await place.removeUnfinished('', new Date(Date.now() - 24 * 3_600_000))).toBe(1)
    await blobs.removeAllOf([owner])
    expect(await openOf(kept)).toEqual([false, true, false])
    expect(await blobs.get(key)).toBeNull()
    expect(await server.unfinished()).toBe(1)
  })

  test('a wrong secret, no bucket and no server are unavailable, and say nothing of the secret', async () => {
    await using server = await opened()
    const credentials = { ...server.config.credentials, secretAccessKey: 'another-secret' }
    for (const wrong of [{ credentials }, { bucket: 'not-there' }, { endpoint: 'http://127.0.0.1:1' }]) {
      using place = openS3({ ...server.config, ...wrong })
      const failure = (await place.put('x', inPieces(Buffer.of(1))).catch((error: unknown) => error)) as Error
      expect(failure).toMatchObject({ code: 'unavailable' })
      expect(failure.message).not.toContain('secret')
      await expect(place.list('')).rejects.toMatchObject({ code: 'unavailable' })
    }
  })
})

async function opened() {
  const server = await startS3()
  const place = openS3(server.config)
  return {
    ...server,
    place,
    async [Symbol.asyncDispose]() {
      place[Symbol.dispose]()
      await server.stop()
    },
  }
}
