import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startRedis, type RedisServer } from '#test/engines/redis.ts'
import { openRedis, type RedisConnection } from '#ports/redis/index.ts'
import { createInProcessRunLog } from './in-process.ts'
import type { LogEntry, RunLog } from './index.ts'
import { createRedisRunLog } from './redis.ts'

let server: RedisServer
let redis: RedisConnection
let redis2: RedisConnection

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

const never = new AbortController().signal
const event = (seq: number) => JSON.stringify({ type: 'TEXT_MESSAGE_CONTENT', delta: `δ\n${seq}` })
const events = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => event(first + i))
const entries = (first: number, last: number) => events(first, last).map((json, i) => ({ seq: first + i, json }))

async function collect(log: RunLog, runId: string, after: number, signal = never): Promise<LogEntry[]> {
  return (await Array.fromAsync(log.follow(runId, after, signal))).flat()
}

/** Follows and tells, before it returns, that `count` entries have come. */
function start(log: RunLog, runId: string, after: number, signal = never) {
  const seen: LogEntry[] = []
  const waiting: [number, () => void][] = []
  const done = (async () => {
    for await (const batch of log.follow(runId, after, signal)) {
      seen.push(...batch)
      for (const [count, resolve] of waiting) if (seen.length >= count) resolve()
    }
  })()
  return { seen, done, until: (count: number) => new Promise<void>((resolve) => (seen.length >= count ? resolve() : waiting.push([count, resolve]))) }
}

/** Stands before Redis and, when told to, breaks all connections instead of passing the next answer on. */
async function startProxy(port: number) {
  const sockets = new Set<Socket>()
  let losing = false
  let lost = 0
  const proxy = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}).on('close', () => (client.destroy(), upstream.destroy())))
    client.on('data', (chunk) => upstream.write(chunk))
    upstream.on('data', (chunk) => {
      if (!losing) {
        client.write(chunk)
        return
      }
      losing = false
      lost++
      for (const socket of sockets) socket.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    url: `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    loseNextAnswer: () => void (losing = true),
    get lost() {
      return lost
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      proxy.close()
    },
  }
}

type Retention = { retentionSeconds?: number }
const adapters: [string, (options?: Retention) => [writer: RunLog, reader: RunLog], number][] = [
  [
    'in process',
    (options) => {
      const log = createInProcessRunLog(options)
      return [log, log]
    },
    200,
  ],
  ['on Redis, from two processes', (options) => [createRedisRunLog(redis, options), createRedisRunLog(redis2, options)], 30],
]

describe.each(adapters)('the run log %s', (_name, create, propertyRuns) => {
  let log: RunLog
  let reader: RunLog
  let runId: string
  beforeEach(() => {
    ;[log, reader] = create()
    runId = randomUUID()
  })
  afterEach(async () => {
    await log[Symbol.asyncDispose]()
    await reader[Symbol.asyncDispose]()
  })

  test('a follower gets every entry once and in order, and finishes at the end', async () => {
    expect(await log.open(runId, 1)).toBe(0)
    const follower = start(reader, runId, 0)
    expect(await log.append(runId, 1, events(1, 3))).toBe(true)
    await follower.until(3)
    expect(await log.append(runId, 1, events(4, 4))).toBe(true)
    expect(await log.end(runId, 1)).toBe(true)
    await follower.done
    expect(follower.seen).toEqual(entries(1, 4))
  })

  test('a dropped log is gone at once: its followers finish and its writer is refused', async () => {
    await log.open(runId, 1)
    await log.append(runId, 1, events(1, 2))
    const follower = start(reader, runId, 0)
    await follower.until(2)
    await log.drop(runId)
    await follower.done
    expect(await log.append(runId, 1, events(3, 3))).toBe(false)
    await expect.poll(() => log.has(runId)).toBe(false)
  })

  test('who comes after the end gets the rest from any point, and nothing beyond it', async () => {
    await log.open(runId, 1)
    await log.append(runId, 1, events(1, 5))
    await log.append(runId, 1, events(6, 7))
    await log.end(runId, 1)
    for (let after = 0; after <= 9; after++) expect(await collect(reader, runId, after)).toEqual(entries(after + 1, 7))
  })

  test('any follower that joins anywhere during any appends gets exactly what is after its seq', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ append: fc.integer({ min: 0, max: 4 }) }) },
      { weight: 3, arbitrary: fc.record({ join: fc.double({ min: 0, max: 1, noNaN: true }) }) },
      { weight: 2, arbitrary: fc.constant('turn' as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const run = randomUUID()
        let last = 0
        const followers: [number, Promise<LogEntry[]>][] = [[0, collect(reader, run, 0)]]
        const writes: Promise<boolean>[] = [log.open(run, 1).then(() => true)]
        for (const step of steps) {
          if (step === 'turn') {
            await new Promise(setImmediate)
          } else if ('append' in step) {
            writes.push(Promise.resolve(log.append(run, 1, events(last + 1, last + step.append))))
            last += step.append
          } else {
            const after = Math.floor(step.join * (last + 1))
            followers.push([after, collect(step.join > 0.5 ? log : reader, run, after)])
          }
        }
        writes.push(log.end(run, 1))
        expect(await Promise.all(writes)).not.toContain(false)
        for (const [after, got] of followers) expect(await got).toEqual(entries(after + 1, last))
      }),
      { numRuns: propertyRuns },
    )
  })

  test('a follower that reads slowly misses nothing', async () => {
    await log.open(runId, 1)
    const seen: LogEntry[] = []
    const slow = (async () => {
      for await (const batch of reader.follow(runId, 0, never)) {
        seen.push(...batch)
        for (let i = 0; i < 20; i++) await new Promise(setImmediate)
      }
    })()
    for (let i = 0; i < 300; i++) await log.append(runId, 1, events(i * 2 + 1, i * 2 + 2))
    await log.end(runId, 1)
    await slow
    expect(seen).toEqual(entries(1, 600))
  })

  test('a follower of a log that is not open yet waits for it', async () => {
    const early = start(reader, runId, 0)
    const gone = new AbortController()
    const leaves = start(reader, runId, 0, gone.signal)
    gone.abort()
    await leaves.done
    expect(await reader.has(runId)).toBe(false)
    await log.open(runId, 1)
    expect(await reader.has(runId)).toBe(true)
    await log.append(runId, 1, events(1, 2))
    await log.end(runId, 1)
    await early.done
    expect(early.seen).toEqual(entries(1, 2))
  })

  test('aborting stops one follower and no other', async () => {
    await log.open(runId, 1)
    const leaving = new AbortController()
    const leaver = start(reader, runId, 0, leaving.signal)
    const stayer = start(reader, runId, 0)
    await log.append(runId, 1, events(1, 2))
    await Promise.all([leaver.until(2), stayer.until(2)])
    leaving.abort()
    await leaver.done
    await log.append(runId, 1, events(3, 3))
    await log.end(runId, 1)
    await stayer.done
    expect(leaver.seen).toEqual(entries(1, 2))
    expect(stayer.seen).toEqual(entries(1, 3))
    expect(await collect(reader, runId, 0, AbortSignal.abort())).toEqual([])
  })

  test('a newer attempt goes on where the log is and fences the older one', async () => {
    expect(await log.open(runId, 1)).toBe(0)
    await log.append(runId, 1, events(1, 3))
    expect(await reader.open(runId, 2)).toBe(3)
    expect(await log.append(runId, 1, ['late'])).toBe(false)
    expect(await log.end(runId, 1)).toBe(false)
    expect(await log.open(runId, 1)).toBe(3)
    expect(await log.append(runId, 1, ['late'])).toBe(false)
    expect(await reader.append(runId, 2, events(4, 4))).toBe(true)
    expect(await reader.end(runId, 2)).toBe(true)
    expect(await collect(log, runId, 0)).toEqual(entries(1, 4))
  })

  test('a later attempt on a lost log starts far above, so that seq only grows', async () => {
    const follower = start(reader, runId, 17)
    expect(await log.open(runId, 2)).toBe(1_000_000)
    await log.append(runId, 2, ['{}'])
    await log.end(runId, 2)
    await follower.done
    expect(follower.seen).toEqual([{ seq: 1_000_001, json: '{}' }])
  })

  test('nothing is written before the open or after the end', async () => {
    expect(await log.append(runId, 1, events(1, 1))).toBe(false)
    expect(await log.end(runId, 1)).toBe(false)
    await log.open(runId, 1)
    expect(await log.append(runId, 1, [])).toBe(true)
    expect(await log.end(runId, 1)).toBe(true)
    expect(await log.append(runId, 1, events(1, 1))).toBe(false)
    expect(await log.end(runId, 1)).toBe(false)
    expect(await collect(reader, runId, 0)).toEqual([])
  })

  test('an ended log is forgotten when its retention is over', async () => {
    const [brief] = create({ retentionSeconds: 2 })
    await using _ = brief
    await brief.open(runId, 1)
    await brief.append(runId, 1, events(1, 1))
    await brief.end(runId, 1)
    expect(await brief.has(runId)).toBe(true)
    await expect.poll(() => brief.has(runId)).toBe(false)
  })

  test('closing ends every follower', async () => {
    await log.open(runId, 1)
    const follower = start(reader, runId, 0)
    await log.append(runId, 1, events(1, 1))
    await follower.until(1)
    await reader[Symbol.asyncDispose]()
    await follower.done
    expect(follower.seen).toEqual(entries(1, 1))
  })
})

describe('the run log on Redis', () => {
  test('connections that break again and again lose nothing and double nothing', async () => {
    await using log = createRedisRunLog(redis)
    await using reader = createRedisRunLog(redis2)
    await using killer = await openRedis(server.url)
    const runId = randomUUID()
    await log.open(runId, 1)
    const followers = [start(reader, runId, 0), start(reader, runId, 0), start(log, runId, 0)]
    for (let i = 0; i < 200; i++) {
      const write = log.append(runId, 1, events(i + 1, i + 1))
      if (i % 50 === 25) await killer.call('CLIENT', 'KILL', 'TYPE', 'pubsub', 'SKIPME', 'yes')
      if (i % 50 === 40) await killer.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      expect(await write).toBe(true)
    }
    await log.end(runId, 1)
    await Promise.all(followers.map((follower) => follower.done))
    for (const follower of followers) expect(follower.seen).toEqual(entries(1, 200))
  })

  test('a write whose answer was lost is sent again and not written twice', async () => {
    await using proxy = await startProxy(server.port)
    await using connection = await openRedis(proxy.url)
    await using log = createRedisRunLog(connection)
    const runId = randomUUID()
    await log.open(runId, 1)
    await log.append(runId, 1, events(1, 1))
    proxy.loseNextAnswer()
    const writes = [events(2, 3), events(4, 4)].map(async (batch) => await log.append(runId, 1, batch))
    expect(await Promise.all(writes)).toEqual([true, true])
    proxy.loseNextAnswer()
    expect(await log.end(runId, 1)).toBe(true)
    expect(proxy.lost).toBe(2)
    expect(await collect(log, runId, 0)).toEqual(entries(1, 4))
  })

  test('any number of followers takes one connection', async () => {
    await using reader = createRedisRunLog(redis2)
    await using log = createRedisRunLog(redis)
    const leaving = new AbortController()
    const runs = Array.from({ length: 20 }, () => randomUUID())
    const followers = runs.flatMap((runId) => [start(reader, runId, 0, leaving.signal), start(reader, runId, 0, leaving.signal)])
    for (const runId of runs) await log.open(runId, 1)
    for (const runId of runs) await log.append(runId, 1, events(1, 1))
    await Promise.all(followers.map((follower) => follower.until(1)))
    const clients = String(await redis.call('CLIENT', 'LIST', 'TYPE', 'pubsub'))
    expect(clients.trim().split('\n')).toHaveLength(1)
    leaving.abort()
    await Promise.all(followers.map((follower) => follower.done))
    await expect.poll(() => redis.pubsub('CHANNELS', 'jarvis:run:*')).toEqual([])
  })

  test('a log that never ends still expires', async () => {
    await using log = createRedisRunLog(redis)
    const runId = randomUUID()
    await log.open(runId, 1)
    await log.append(runId, 1, events(1, 1))
    for (const key of [`jarvis:run:{${runId}}`, `jarvis:run:{${runId}}:events`]) expect(await redis.ttl(key)).toBeGreaterThan(86_000)
    await log.end(runId, 1)
    for (const key of [`jarvis:run:{${runId}}`, `jarvis:run:{${runId}}:events`]) expect(await redis.ttl(key)).toBeLessThanOrEqual(3600)
  })

  test('a worker whose log was lost with Redis may not write on', async () => {
    const own = await startRedis()
    await using connection = await openRedis(own.url)
    await using log = createRedisRunLog(connection)
    await log.open('run', 1)
    await log.append('run', 1, events(1, 2))
    const follower = start(log, 'run', 0)
    await follower.until(2)
    await own.kill()
    await using _next = await startRedis(own.port)
    expect(await log.append('run', 1, events(3, 3))).toBe(false)
    expect(await log.open('run', 2)).toBe(1_000_000)
    await log.append('run', 2, ['{}'])
    await log.end('run', 2)
    await follower.done
    expect(follower.seen.map((entry) => entry.seq)).toEqual([1, 2, 1_000_001])
  })
})

test('in process, logs that have ended make room by their size, the oldest first; one that is open does not', async () => {
  await using log = createInProcessRunLog({ endedCharactersMax: 250 })
  const event = JSON.stringify({ text: 'x'.repeat(87) })
  await log.open('open', 1)
  await log.append('open', 1, [event, event, event])
  for (const runId of ['first', 'second', 'third']) {
    await log.open(runId, 1)
    await log.append(runId, 1, [event])
    await log.end(runId, 1)
  }
  expect(await Promise.all(['open', 'first', 'second', 'third'].map((runId) => log.has(runId)))).toEqual([true, false, true, true])
  await log.drop('second')
  await log.open('fourth', 1)
  await log.append('fourth', 1, [event])
  await log.end('fourth', 1)
  expect(await Promise.all(['third', 'fourth'].map((runId) => log.has(runId)))).toEqual([true, true])
})
