import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis, type RedisServer } from '#test/engines/redis.ts'
import { openRedis, type RedisConnection } from '#ports/redis/index.ts'
import type { Limits } from './index.ts'
import { createInProcessLimits } from './in-process.ts'
import { createRedisLimits } from './redis.ts'

let server: RedisServer
let redis: RedisConnection
let redis2: RedisConnection
let keys = 0

const key = () => `key-${++keys}`

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

const adapters: [string, () => [Limits, Limits]][] = [
  [
    'in process',
    () => {
      const limits = createInProcessLimits()
      return [limits, limits]
    },
  ],
  ['on Redis, from two clients', () => [createRedisLimits(redis), createRedisLimits(redis2)]],
]

describe.each(adapters)('limits %s', (_name, create) => {
  test('of 2,000 concurrent calls exactly the limit is admitted', async () => {
    const [a, b] = create()
    const k = key()
    const answers = await Promise.all(Array.from({ length: 2000 }, (_, i) => (i % 2 ? a : b).admit(k, 100, 60)))
    expect(answers.filter((answer) => answer.admitted)).toHaveLength(100)
    const remaining = answers.filter((answer) => answer.admitted).map((answer) => answer.remaining)
    expect(remaining.sort((x, y) => x - y)).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })

  test('keys do not share a window', async () => {
    const [limits] = create()
    const [k1, k2] = [key(), key()]
    expect(await limits.admit(k1, 1, 60)).toMatchObject({ admitted: true })
    expect(await limits.admit(k1, 1, 60)).toMatchObject({ admitted: false })
    expect(await limits.admit(k2, 1, 60)).toMatchObject({ admitted: true })
  })

  test('an answer tells what is left and when the window ends', async () => {
    const [limits] = create()
    const k = key()
    expect(await limits.admit(k, 2, 60)).toEqual({ admitted: true, remaining: 1, retryAfterSeconds: 0, resetSeconds: 60 })
    expect(await limits.admit(k, 2, 60)).toEqual({ admitted: true, remaining: 0, retryAfterSeconds: 0, resetSeconds: 60 })
    expect(await limits.admit(k, 2, 60)).toEqual({ admitted: false, remaining: 0, retryAfterSeconds: 60, resetSeconds: 60 })
  })

  test('refused requests do not extend the window', async () => {
    const [limits] = create()
    const k = key()
    const start = performance.now()
    await limits.admit(k, 1, 0.4)
    let refused = 0
    while (!(await limits.admit(k, 1, 0.4)).admitted) refused++
    expect(performance.now() - start).toBeGreaterThanOrEqual(395)
    expect(refused).toBeGreaterThan(1)
  })

  test('a lowered limit counts what was admitted before, a raised one gives room at once', async () => {
    const [limits] = create()
    const k = key()
    for (let i = 0; i < 5; i++) await limits.admit(k, 5, 60)
    expect(await limits.admit(k, 2, 60)).toMatchObject({ admitted: false, retryAfterSeconds: 60 })
    expect(await limits.admit(k, 7, 60)).toMatchObject({ admitted: true, remaining: 1 })
  })

  test('a limit of nothing admits nothing', async () => {
    const [limits] = create()
    expect(await limits.admit(key(), 0, 60)).toEqual({ admitted: false, remaining: 0, retryAfterSeconds: 60, resetSeconds: 60 })
  })
})

test('waiting as long as a refusal says is enough, and the moment before is not', async () => {
  let ms = 0
  const limits = createInProcessLimits({ now: () => ms })
  await limits.admit('k', 2, 10)
  ms = 3000
  await limits.admit('k', 2, 10)
  expect(await limits.admit('k', 2, 10)).toMatchObject({ admitted: false, retryAfterSeconds: 7, resetSeconds: 7 })
  ms = 9999
  expect(await limits.admit('k', 2, 10)).toMatchObject({ admitted: false, retryAfterSeconds: 1 })
  ms = 10_000
  expect(await limits.admit('k', 2, 10)).toMatchObject({ admitted: true, resetSeconds: 3 })
})

test('in any window at most the limit is admitted, and a refusal is never needless', async () => {
  const calls = fc.array(fc.nat({ max: 400 }), { maxLength: 200 })
  await fc.assert(
    fc.asyncProperty(calls, fc.integer({ min: 1, max: 5 }), async (gaps, max) => {
      let ms = 0
      const limits = createInProcessLimits({ now: () => ms })
      const admitted: number[] = []
      for (const gap of gaps) {
        ms += gap
        const inWindow = admitted.filter((time) => time > ms - 1000).length
        const answer = await limits.admit('k', max, 1)
        expect(answer.admitted).toBe(inWindow < max)
        if (answer.admitted) admitted.push(ms)
      }
      for (const time of admitted) expect(admitted.filter((other) => other >= time && other < time + 1000).length).toBeLessThanOrEqual(max)
    }),
  )
})

test('memory holds the live keys, not every key ever seen', async () => {
  let ms = 0
  const limits = createInProcessLimits({ now: () => ms })
  for (let i = 0; i < 100_000; i++) {
    ms += 1
    await limits.admit(`visitor-${i}`, 10, 1)
  }
  expect(limits.size).toBeLessThan(5000)
})

test('on Redis a key is gone when its window is', async () => {
  const limits = createRedisLimits(redis)
  await limits.admit('short', 5, 60)
  const left = await redis.pttl('jarvis:limit:short')
  expect(left).toBeGreaterThan(55_000)
  expect(left).toBeLessThanOrEqual(60_000)
})

test('a Redis that is down is told at once', async () => {
  const doomed = await startRedis()
  await using connection = await openRedis(doomed.url)
  const limits = createRedisLimits(connection)
  await limits.admit('k', 1, 60)
  await doomed.kill()
  const start = performance.now()
  await expect(limits.admit('k', 1, 60)).rejects.toMatchObject({ code: 'unavailable' })
  expect(performance.now() - start).toBeLessThan(2500)
})
