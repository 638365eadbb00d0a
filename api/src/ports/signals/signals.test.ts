import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres, type PostgresServer } from '#test/engines/postgres.ts'
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
  await here.publish('session.revoked', 'id with "quotes" and ünïcode')
  expect(await Promise.all(arrivals)).toEqual([['id with "quotes" and ünïcode'], ['id with "quotes" and ünïcode']])
})

test('signals of one sender arrive in order', async () => {
  const arrival = next(there, 'order', 200)
  const sent = Array.from({ length: 200 }, (_, i) => String(i))
  await Promise.all(sent.map((payload) => here.publish('order', payload)))
  expect(await arrival).toEqual(sent)
})

test('topics are apart, and who unsubscribed hears nothing', async () => {
  const heard: string[] = []
  there.subscribe('other', (payload) => heard.push(payload))
  const stop = there.subscribe('topic', (payload) => heard.push(payload))
  stop()
  stop()
  const last = next(there, 'topic')
  await here.publish('topic', 'x')
  await last
  expect(heard).toEqual([])
})

test('a handler that throws does not keep the others from hearing', async () => {
  const stop = there.subscribe('throws', () => {
    throw new Error('a handler failed')
  })
  const arrival = next(there, 'throws')
  await here.publish('throws', 'x')
  expect(await arrival).toEqual(['x'])
  stop()
})

test('over 4 kB is refused and not cut', async () => {
  await expect(here.publish('big', 'é'.repeat(2100))).rejects.toThrow(RangeError)
})

test('a broken connection is opened again, and signals pass as before', async () => {
  const admin = new Client(server.connection)
  await admin.connect()
  const killed = await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'jarvis-signals'")
  expect(killed.rowCount).toBe(2)
  const listening = "select 1 from pg_stat_activity where application_name = 'jarvis-signals' and query like 'LISTEN%' and state = 'idle'"
  await expect.poll(async () => (await admin.query(listening)).rowCount).toBe(2)
  await admin.end()

  const arrivals = [next(here, 'again'), next(there, 'again')]
  await here.publish('again', '1')
  expect(await Promise.all(arrivals)).toEqual([['1'], ['1']])
})

test('a database that is away is told, and closing does not hang', async () => {
  await expect(openSignals({ host: '/nowhere', user: 'jarvis' })).rejects.toMatchObject({ code: 'unavailable' })
  const own = await startPostgres()
  const signals = await openSignals(own.connection)
  await own.stop()
  await expect(signals.publish('topic', 'x')).rejects.toMatchObject({ code: 'unavailable' })
  await signals[Symbol.asyncDispose]()
})
