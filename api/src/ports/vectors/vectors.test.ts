import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { ChromaClient } from 'chromadb'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startSilentProxy } from '#test/engines/silent-proxy.ts'
import { type BundledChroma, openBundledChroma } from './bundled-chroma.ts'
import { openVectors } from './chroma.ts'
import type { VectorItem, Vectors } from './index.ts'

let dataDir: string
let chroma: BundledChroma
let vectors: Vectors
let name: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'jarvis-vectors-'))
  chroma = await openBundledChroma({ dataDir })
  vectors = await openVectors({ url: chroma.url, dataDir })
})

afterAll(async () => {
  await chroma[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true, force: true })
})

beforeEach(() => {
  name = `test-${randomUUID()}`
})

describe('a collection', () => {
  test('that does not exist reads as empty, and may be emptied and dropped', async () => {
    expect(await vectors.query(name, 'ada', [1, 0], 5)).toEqual([])
    expect(await vectors.export(name, { limit: 5, offset: 0 })).toEqual([])
    expect(await vectors.ownersAmong(name, ['ada'])).toEqual([])
    await vectors.removeAllOf(name, 'ada')
    await vectors.remove(name, 'ada', ['a'])
    await vectors.drop(name)
  })

  test('gives the nearest first, with its cosine similarity', async () => {
    await vectors.upsert(name, [item('across', [0, 3]), item('along', [2, 0]), item('against', [-1, 0]), item('between', [0.6, 0.8])])
    const matches = await vectors.query(name, 'ada', [5, 0], 10)
    expect(matches.map(({ id }) => id)).toEqual(['along', 'between', 'across', 'against'])
    expect(matches.map(({ score }) => Number(score.toFixed(5)))).toEqual([1, 0.6, 0, -1])
    expect(await vectors.query(name, 'ada', [5, 0], 1)).toHaveLength(1)
    expect(await vectors.query(name, 'ada', [5, 0], 0)).toEqual([])
  })

  test('replaces an item whole, its metadata too', async () => {
    await vectors.upsert(name, [{ id: 'a', owner: 'ada', vector: [1, 0], text: 'first', metadata: { old: 1, pinned: true } }])
    await vectors.upsert(name, [{ id: 'a', owner: 'ada', vector: [0, 1], text: 'second', metadata: {} }])
    expect(await vectors.query(name, 'ada', [0, 1], 5)).toEqual([{ id: 'a', text: 'second', metadata: {}, score: expect.closeTo(1) as number }])
  })

  test('is shared: with a canary of each of a hundred people in it, nobody finds or removes what is another’s', async () => {
    const people = Array.from({ length: 100 }, () => randomUUID())
    await vectors.upsert(
      name,
      people.map((owner, index) => ({ ...item(`canary-${index}`, [1, index / 100]), owner })),
    )
    for (const [index, owner] of people.entries())
      expect((await vectors.query(name, owner, [1, 0.5], 100)).map(({ id }) => id)).toEqual([`canary-${index}`])
    const [first, second, ...rest] = people
    await vectors.remove(name, first!, ['canary-1', 'canary-0'])
    expect(await vectors.query(name, first!, [1, 0], 100)).toEqual([])
    expect(await vectors.query(name, second!, [1, 0], 100)).toHaveLength(1)
    await vectors.removeAllOf(name, second!)
    expect(await vectors.ownersAmong(name, [...people, randomUUID()])).toEqual(rest)
    await expect(vectors.query(name, '', [1, 0], 100)).rejects.toThrow()
    await expect(vectors.removeAllOf(name, '')).rejects.toThrow()
    expect(await vectors.export(name, { limit: 1000, offset: 0 })).toHaveLength(98)
  })

  test('is searched in some groups of an owner alone, and loses one without the others; another owner’s group of that name stays', async () => {
    const grouped = (id: string, group: string, owner = 'ada') => ({ ...item(id, [1, 0]), text: '', owner, group })
    await vectors.upsert(name, [grouped('a', 'one'), grouped('b', 'two'), grouped('c', 'three'), grouped('d', 'one', 'bob'), item('e', [1, 0])])
    const found = async (owner: string, groups?: string[]) =>
      (await vectors.query(name, owner, [1, 0], 9, undefined, groups)).map(({ id }) => id).toSorted()
    expect(await found('ada', ['one', 'three'])).toEqual(['a', 'c'])
    expect(await found('ada')).toEqual(['a', 'b', 'c', 'e'])
    await vectors.removeAllOf(name, 'ada', 'one')
    expect([await found('ada'), await found('bob', ['one'])]).toEqual([['b', 'c', 'e'], ['d']])
    expect(await vectors.export(name, { limit: 1, offset: 0 })).toMatchObject([{ text: '', group: 'two' }])
  })

  test('keeps a batch of any size, and lists it page by page', async () => {
    await vectors.upsert(
      name,
      Array.from({ length: 1_234 }, (_, index) => item(`id-${index}`, [index, 1])),
    )
    const pages = await Promise.all([0, 500, 1_000, 1_500].map((offset) => vectors.export(name, { limit: 500, offset })))
    expect(pages.map((page) => page.length)).toEqual([500, 500, 234, 0])
    expect(new Set(pages.flat().map(({ id }) => id)).size).toBe(1_234)
  })

  test('forgets what is removed', async () => {
    await vectors.upsert(name, [item('a', [1, 0]), item('b', [0, 1])])
    await vectors.remove(name, 'ada', ['a', 'nothing'])
    await vectors.remove(name, 'ada', [])
    expect((await vectors.export(name, { limit: 10, offset: 0 })).map(({ id }) => id)).toEqual(['b'])
  })

  test('that another process dropped reads as empty, and is made anew by the next write', async () => {
    await vectors.upsert(name, [item('a', [1, 0])])
    await dropElsewhere()
    expect(await vectors.query(name, 'ada', [1, 0], 5)).toEqual([])
    await vectors.upsert(name, [item('b', [1, 0])])
    await dropElsewhere()
    await vectors.upsert(name, [item('c', [1, 0])])
    expect((await vectors.query(name, 'ada', [1, 0], 5)).map(({ id }) => id)).toEqual(['c'])
  })
})

describe('a server', () => {
  test('that does not answer in time is unavailable', async () => {
    await using server = await silentServer()
    const slow = await openVectors({ url: server.url, dataDir, timeoutMs: 50 })
    await expect(slow.ping()).rejects.toMatchObject({ code: 'unavailable', cause: { name: 'TimeoutError' } })
    await expect(slow.query(name, 'ada', [1], 5)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('whose connections are half open is asked on new ones', async () => {
    await using proxy = await startSilentProxy({ host: '127.0.0.1', port: Number(new URL(chroma.url).port) })
    const lossy = await openVectors({ url: `http://127.0.0.1:${proxy.port}`, dataDir, timeoutMs: 2000 })
    await lossy.ping()
    proxy.halfOpen()
    await expect
      .poll(() =>
        lossy.ping().then(
          () => 'answers',
          () => 'silent',
        ),
      )
      .toBe('answers')
  })

  test('that is not there is unavailable', async () => {
    const nowhere = await openVectors({ url: 'http://127.0.0.1:1', dataDir })
    await expect(nowhere.upsert(name, [item('a', [1])])).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('is let go when the caller gives up: its request ends with the reason of the caller', async () => {
    await using server = await silentServer()
    const slow = await openVectors({ url: server.url, dataDir })
    const giveUp = new AbortController()
    const asked = slow.query(name, 'ada', [1], 5, giveUp.signal)
    const [request] = (await once(server.http, 'request')) as [NodeJS.EventEmitter]
    const ended = new Promise((resolve) => request.on('error', () => {}).on('close', resolve))
    giveUp.abort(new Error('the user left'))
    await expect(asked).rejects.toThrow('the user left')
    await ended
  })
})

function item(id: string, vector: number[]): VectorItem {
  return { id, owner: 'ada', vector, text: `text of ${id}`, metadata: {} }
}

async function dropElsewhere(): Promise<void> {
  await new ChromaClient({ host: '127.0.0.1', port: Number(new URL(chroma.url).port) }).deleteCollection({ name })
}

async function silentServer(): Promise<{ http: Server; url: string } & AsyncDisposable> {
  const http = createServer(() => {})
  await once(http.listen(0, '127.0.0.1'), 'listening')
  return {
    http,
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
