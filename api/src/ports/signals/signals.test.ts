import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres, type PostgresServer } from '#test/engines/postgres.ts'
import { startSilentProxy } from '#test/engines/silent-proxy.ts'
import type { Signals } from './index.ts'
import { openSignals } from './postgres.ts'

let server: PostgresServer
let here: Signals
let there: Signals

beforeAll(async () => {
  server = await startPostgres()
  here = await openSignals(server.connection)
  there = await openSignals(server.connection)
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
  await there[Symbol.asyncDispose]()
  await server.stop()
})

/** The next `count` payloads of a topic; it listens from the moment it is called. */
function next(signals: Signals, topic: string, count = 1): Promise<string[]> {
  return new Promise((resolve) => {
    const seen: string[] = []
    const stop = signals.subscribe(topic, (payload) => {
      seen.push(payload)
      if (seen.length < count) return
      stop()
      resolve(seen)
    })
  })
}

test('a signal reaches every process, the sender too', async () => {
  const arrivals = [next(here, 'session.revoked'), next(there, 'session.revoked')]
  here.publish('session.revoked', 'id with "quotes" and ünïcode')
  expect(await Promise.all(arrivals)).toEqual([['id with "quotes" and ünïcode'], ['id with "quotes" and ünïcode']])
})

test('signals of one sender arrive in order', async () => {
  const arrival = next(there, 'order', 200)
  const sent = Array.from({ length: 200 }, (_, i) => String(i))
  for (const payload of sent) here.publish('order', payload)
  expect(await arrival).toEqual(sent)
})

test('topics are apart, and who unsubscribed hears nothing', async () => {
  const heard: string[] = []
  there.subscribe('other', (payload) => heard.push(payload))
  const stop = there.subscribe('topic', (payload) => heard.push(payload))
  stop()
  stop()
  const last = next(there, 'topic')
  here.publish('topic', 'x')
  await last
  expect(heard).toEqual([])
})

test('a handler that throws does not keep the others from hearing', async () => {
  const stop = there.subscribe('throws', () => {
    throw new Error('a handler failed')
  })
  const arrival = next(there, 'throws')
  here.publish('throws', 'x')
  expect(await arrival).toEqual(['x'])
  stop()
})

test('over 4 kB is refused and not cut', () => {
  expect(() => here.publish('big', 'é'.repeat(2100))).toThrow(RangeError)
})

test('a broken connection is opened again, and signals pass as before', async () => {
  const admin = new Client(server.connection)
  await admin.connect()
  const killed = await admin.query<{ pid: number }>(
    "select pid, pg_terminate_backend(pid) from pg_stat_activity where application_name = 'jarvis-signals'",
  )
  expect(killed.rowCount).toBe(2)
  // A killed one may still stand there for a moment. The first thing that a new one does is to listen.
  const listening =
    "select 1 from pg_stat_activity where application_name = 'jarvis-signals' and query <> '' and state = 'idle' and not pid = any($1)"
  await expect.poll(async () => (await admin.query(listening, [killed.rows.map(({ pid }) => pid)])).rowCount).toBe(2)
  await admin.end()

  const arrivals = [next(here, 'again'), next(there, 'again')]
  here.publish('again', '1')
  expect(await Promise.all(arrivals)).toEqual([['1'], ['1']])
})

test('in the middle of traffic a connection may break or a handler throw: nothing fails, the order stays, and the last signal arrives', async () => {
  const admin = new Client(server.connection)
  await admin.connect()
  const heard: number[] = []
  const last = new Promise<void>((resolve) => {
    here.subscribe('traffic', (payload) => {
      heard.push(Number(payload))
      if (payload === '100') throw new Error('once')
      if (payload === '299') resolve()
    })
  })
  for (let sent = 0; sent < 300; sent++) {
    here.publish('traffic', String(sent))
    if (sent === 150) await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'jarvis-signals'")
  }
  await last
  await admin.end()
  expect(heard).toEqual(heard.toSorted((a, b) => a - b))
})

test('on a path that swallows packets nobody waits, and signals pass again soon after it is whole', async () => {
  await using proxy = await startSilentProxy({ path: `${server.connection.host}/.s.PGSQL.5432` })
  await using own = await openSignals({ ...server.connection, host: proxy.host, port: proxy.port })
  for (const lose of [proxy.halfOpen, proxy.swallow]) {
    lose()
    const late = next(there, 'late')
    own.publish('late', 'x')
    await expect.poll(() => proxy.connections()).toBeGreaterThan(1)
    proxy.heal()
    expect(await late).toEqual(['x'])
    const back = next(own, 'back')
    // Until its new connection listens it hears nothing.
    const sending = setInterval(() => there.publish('back', 'y'), 50)
    expect(await back).toEqual(['y'])
    clearInterval(sending)
  }
})

test('a database that is away is told, nobody waits for it, and closing does not hang', async () => {
  await expect(openSignals({ host: '/nowhere', user: 'jarvis' })).rejects.toMatchObject({ code: 'unavailable' })
  const own = await startPostgres()
  const told: unknown[] = []
  const signals = await openSignals(own.connection, (error) => told.push(error))
  await own.stop()
  signals.publish('topic', 'x')
  await expect.poll(() => told.length).toBeGreaterThan(0)
  await signals[Symbol.asyncDispose]()
})
