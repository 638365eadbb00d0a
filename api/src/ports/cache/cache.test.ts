import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis, type RedisServer } from '#test/engines/redis.ts'
import { openRedis, type RedisConnection } from '#ports/redis/index.ts'
import { createInProcessCache } from './in-process.ts'
import type { Cache, CacheBounds } from './index.ts'
import { createRedisCache } from './redis.ts'

let server: RedisServer
let redis: RedisConnection
let redis2: RedisConnection
let names = 0
beforeAll(async () => {
  server = await startRedis()
  redis = await openRedis(server.url)
  redis2 = await openRedis(server.url)
})
afterAll(async () => {
  await redis[Symbol.asyncDispose]()
  await redis2[Symbol.asyncDispose]()
  await server.stop()
})

const bounds = { bytesMax: 10_000, entryBytesMax: 5_000, keptSeconds: 3600 }
const adapters: [string, (bounds: CacheBounds) => [Cache, Cache]][] = [
  [
    'in process',
    (bounds) => {
      const cache = createInProcessCache(bounds)
      return [cache, cache]
    },
  ],
  [
    'on Redis, from two clients',
    (bounds) => {
      const name = `test-${++names}`
      return [createRedisCache(redis, name, bounds), createRedisCache(redis2, name, bounds)]
    },
  ],
]

describe.each(adapters)('cache %s', (_name, create) => {
  test('what one sets the other gets; the newest counts', async () => {
    const [one, two] = create(bounds)
    expect(await two.get('key')).toBeNull()
    await one.set('key', 'välue', 'ada')
    await one.set('key', 'newer', 'ada')
    expect(await two.get('key')).toBe('newer')
  })

  test('all of it stays within its bytes, the oldest goes first, and one that is too long is not kept', async () => {
    const [one, two] = create(bounds)
    for (let at = 0; at < 40; at++) await (at % 2 ? one : two).set(`key ${at}`, 'é'.repeat(350), 'ada')
    const kept = (await Promise.all(Array.from({ length: 40 }, async (_, at) => ((await one.get(`key ${at}`)) === null ? [] : [at])))).flat()
    // 700 bytes, and some three hundred to keep them.
    expect(kept.length).toBeGreaterThan(7)
    expect(kept.length).toBeLessThan(11)
    expect(kept).toEqual(Array.from(kept, (_, at) => 40 - kept.length + at))
    await one.set('long', 'x'.repeat(5000), 'ada')
    expect(await one.get('long')).toBeNull()
    // Its room is free again.
    for (let at = 0; at < 40; at++) await one.set('same', 'x'.repeat(700), 'ada')
    expect(await one.get(`key ${kept.at(-1)}`)).not.toBeNull()
  })

  test('what is an owner’s is forgotten with them, and nothing else', async () => {
    const [one, two] = create(bounds)
    for (let at = 0; at < 10; at++) await one.set(`key ${at}`, 'text', at % 2 ? 'ada' : 'bob')
    await two.forget('ada')
    const left = await Promise.all(Array.from({ length: 10 }, (_, at) => one.get(`key ${at}`)))
    expect(left.map((value) => value !== null)).toEqual(Array.from({ length: 10 }, (_, at) => at % 2 === 0))
  })

  test('it is kept for its time', async () => {
    const [one] = create({ ...bounds, keptSeconds: 0.2 })
    await one.set('key', 'text', 'ada')
    await expect.poll(() => one.get('key')).toBeNull()
    await one.set('key', 'again', 'ada')
    await one.set('other', 'x', 'ada')
  })
})

test('on Redis all of it is gone after its time, and what is counted is what is there', async () => {
  const cache = createRedisCache(redis, 'counted', bounds)
  for (let at = 0; at < 30; at++) await cache.set(`key ${at}`, 'x'.repeat(700), at % 2 ? 'ada' : 'bob')
  await cache.forget('ada')
  await cache.forget('bob')
  const part = (name: string) => `jarvis:cache:{counted}:${name}`
  expect(await redis.get(part('bytes'))).toBe('0')
  expect(await redis.exists(part('values'), part('owners'), part('times'))).toBe(0)
  await cache.set('last', 'x', 'ada')
  for (const name of ['values', 'owners', 'times', 'bytes']) expect(await redis.pttl(part(name))).toBeGreaterThan(0)
})
