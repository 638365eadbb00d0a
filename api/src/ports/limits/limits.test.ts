import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis, type RedisServer } from '#test/engines/redis.ts'
import { openRedis, type RedisConnection } from '#ports/redis/index.ts'
import type { Limits, Waits } from './index.ts'
import { createInProcessLimits } from './in-process.ts'
import { createRedisLimits } from './redis.ts'

let server: RedisServer
let redis: RedisConnection
let redis2: RedisConnection
let keys = 0

const key = () => `key-${++keys}`
/** A second or more may pass between two calls. */
const aMinute = expect.closeTo(60, -1)
const admit = async (limits: Limits, key: string, requestsMax: number, windowSeconds: number) =>
  (await limits.admit([{ key, requestsMax, windowSeconds }]))[0]!

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
    const answers = await Promise.all(Array.from({ length: 2000 }, (_, i) => admit(i % 2 ? a : b, k, 100, 60)))
    expect(answers.filter((answer) => answer.admitted)).toHaveLength(100)
    const remaining = answers.filter((answer) => answer.admitted).map((answer) => answer.remaining)
    expect(remaining.sort((x, y) => x - y)).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })

  test('what is forgotten begins anew, and nothing else', async () => {
    const [a, b] = create()
    const [k, other] = [key(), key()]
    const once = { ...waits, failuresFree: 1 }
    for (const name of [k, other]) {
      expect(await admit(a, name, 1, 60)).toMatchObject({ admitted: true })
      expect(await a.attempt(name, once)).toMatchObject({ allowed: true })
    }
    await b.forget([])
    await b.forget([k, key()])
    expect(await a.attempt(other, once)).toMatchObject({ allowed: false })
    expect(await admit(a, other, 1, 60)).toMatchObject({ admitted: false })
    expect(await a.attempt(k, once)).toMatchObject({ allowed: true })
    expect(await admit(a, k, 1, 60)).toMatchObject({ admitted: true })
  })

  test('keys do not share a window', async () => {
    const [limits] = create()
    const [k1, k2] = [key(), key()]
    expect(await admit(limits, k1, 1, 60)).toMatchObject({ admitted: true })
    expect(await admit(limits, k1, 1, 60)).toMatchObject({ admitted: false })
    expect(await admit(limits, k2, 1, 60)).toMatchObject({ admitted: true })
  })

  test('an answer tells what is left and when the window ends', async () => {
    const [limits] = create()
    const k = key()
    expect(await admit(limits, k, 2, 60)).toEqual({ admitted: true, remaining: 1, retryAfterSeconds: 0, resetSeconds: aMinute })
    expect(await admit(limits, k, 2, 60)).toEqual({ admitted: true, remaining: 0, retryAfterSeconds: 0, resetSeconds: aMinute })
    expect(await admit(limits, k, 2, 60)).toEqual({ admitted: false, remaining: 0, retryAfterSeconds: aMinute, resetSeconds: aMinute })
  })

  test('refused requests do not extend the window', async () => {
    const [limits] = create()
    const k = key()
    const start = performance.now()
    await admit(limits, k, 1, 2)
    let refused = 0
    while (!(await admit(limits, k, 1, 2)).admitted) refused++
    expect(performance.now() - start).toBeGreaterThanOrEqual(1995)
    expect(refused).toBeGreaterThan(0)
  })

  test('a lowered limit counts what was admitted before, a raised one gives room at once', async () => {
    const [limits] = create()
    const k = key()
    for (let i = 0; i < 5; i++) await admit(limits, k, 5, 60)
    expect(await admit(limits, k, 2, 60)).toMatchObject({ admitted: false, retryAfterSeconds: aMinute })
    expect(await admit(limits, k, 7, 60)).toMatchObject({ admitted: true, remaining: 1 })
  })

  test('a limit of nothing admits nothing', async () => {
    const [limits] = create()
    expect(await admit(limits, key(), 0, 60)).toEqual({ admitted: false, remaining: 0, retryAfterSeconds: aMinute, resetSeconds: aMinute })
  })

  test('a request that one of its windows refuses is spent in none, also when many come at once', async () => {
    const [a, b] = create()
    const [wide, narrow] = [key(), key()]
    const both = [
      { key: wide, requestsMax: 10, windowSeconds: 60 },
      { key: narrow, requestsMax: 3, windowSeconds: 60 },
    ]
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => (i % 2 ? a : b).admit(both)))
    expect(answers.filter((windows) => windows.every(({ admitted }) => admitted))).toHaveLength(3)
    expect(await a.look(both)).toEqual([
      { admitted: true, remaining: 7, retryAfterSeconds: 0, resetSeconds: aMinute },
      { admitted: false, remaining: 0, retryAfterSeconds: aMinute, resetSeconds: aMinute },
    ])
  })

  test('a look spends nothing', async () => {
    const [limits] = create()
    const window = { key: key(), requestsMax: 1, windowSeconds: 60 }
    for (let i = 0; i < 3; i++) expect(await limits.look([window])).toMatchObject([{ admitted: true, remaining: 1 }])
    expect(await limits.admit([window])).toMatchObject([{ admitted: true, remaining: 0 }])
  })

  test('of many tries at once only the free ones and one more are allowed', async () => {
    const [a, b] = create()
    const k = key()
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 ? a : b).attempt(k, waits)))
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(waits.failuresFree)
    expect(await a.attempt(k, waits)).toEqual({ allowed: false, retryAfterSeconds: expect.closeTo(10, -1) })
  })

  test('a success clears what failed before it, and one key’s failures are no other’s', async () => {
    const [a, b] = create()
    const [k, other] = [key(), key()]
    for (let i = 0; i < 5; i++) await a.attempt(k, waits)
    expect(await b.attempt(other, waits)).toMatchObject({ allowed: true })
    await b.succeeded(k)
    expect(await a.attempt(k, waits)).toMatchObject({ allowed: true })
  })
})

const waits: Waits = { failuresFree: 5, firstSeconds: 10, longestSeconds: 900, forgetSeconds: 3600 }

test.each([
  ['in process', inProcessWaits],
  ['on Redis', redisWaits],
])('waits %s double with each failure up to the longest; a try that comes too early is not counted', async (_name, create) => {
  const { limits, pass } = create()
  for (let i = 0; i < waits.failuresFree; i++) expect(await limits.attempt('doubling', waits)).toEqual({ allowed: true, retryAfterSeconds: 0 })
  const waited: number[] = []
  for (let i = 0; i < 9; i++) {
    const refused = await limits.attempt('doubling', waits)
    expect(await limits.attempt('doubling', waits)).toEqual(refused)
    waited.push(refused.retryAfterSeconds)
    await pass(refused.retryAfterSeconds)
    expect(await limits.attempt('doubling', waits)).toMatchObject({ allowed: true })
  }
  expect(waited).toEqual([10, 20, 40, 80, 160, 320, 640, 900, 900])
})

function inProcessWaits() {
  let ms = 0
  return { limits: createInProcessLimits({ now: () => ms }), pass: async (seconds: number) => void (ms += seconds * 1000) }
}

/** Redis has no clock to set: the wait itself is ended. */
function redisWaits() {
  return { limits: createRedisLimits(redis), pass: async () => void (await redis.hset('jarvis:attempt:doubling', 'until', 0)) }
}

test('what failed is forgotten after its time', async () => {
  let ms = 0
  const limits = createInProcessLimits({ now: () => ms })
  for (let i = 0; i < 5; i++) await limits.attempt('k', waits)
  ms = 3_600_000
  for (let i = 0; i < 5; i++) expect(await limits.attempt('k', waits)).toMatchObject({ allowed: true })
  await createRedisLimits(redis).attempt('forgotten', waits)
  expect(await redis.pttl('jarvis:attempt:forgotten')).toBeGreaterThan(3_590_000)
})

test('waiting as long as a refusal says is enough, and the moment before is not', async () => {
  let ms = 0
  const limits = createInProcessLimits({ now: () => ms })
  await admit(limits, 'k', 2, 10)
  ms = 3000
  await admit(limits, 'k', 2, 10)
  expect(await admit(limits, 'k', 2, 10)).toMatchObject({ admitted: false, retryAfterSeconds: 7, resetSeconds: 7 })
  ms = 9999
  expect(await admit(limits, 'k', 2, 10)).toMatchObject({ admitted: false, retryAfterSeconds: 1 })
  ms = 10_000
  expect(await admit(limits, 'k', 2, 10)).toMatchObject({ admitted: true, resetSeconds: 3 })
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
        const answer = await admit(limits, 'k', max, 1)
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
    await admit(limits, `visitor-${i}`, 10, 1)
  }
  expect(limits.size).toBeLessThan(5000)
})

test('on Redis a key is gone when two of its windows are', async () => {
  const limits = createRedisLimits(redis)
  await admit(limits, 'short', 5, 60)
  const left = await redis.pttl('jarvis:limit:short')
  expect(left).toBeGreaterThan(60_000)
  expect(left).toBeLessThanOrEqual(120_000)
})

test('a Redis that is down is reported', async () => {
  const doomed = await startRedis()
  await using connection = await openRedis(doomed.url)
  const limits = createRedisLimits(connection)
  await admit(limits, 'k', 1, 60)
  await doomed.kill()
  await expect(admit(limits, 'k', 1, 60)).rejects.toMatchObject({ code: 'unavailable' })
})
