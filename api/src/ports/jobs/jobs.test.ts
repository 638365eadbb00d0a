import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres, type PostgresServer } from '#test/engines/postgres.ts'
import { startRedis, type RedisServer } from '#test/engines/redis.ts'
import { startSilentProxy } from '#test/engines/silent-proxy.ts'
import type { Whose } from '#ports/access/index.ts'
import { type Database, openDatabase } from '#ports/database/index.ts'
import { users } from '#ports/database/tables.ts'
import { openJobs, type JobsOptions } from './bullmq.ts'
import { nextAfter } from './schedules.ts'

let redis: RedisServer
let postgres: PostgresServer
let database: Database

const ours = { owner: 'installation' } as const
const urlOf = ({ connection: { host, user, database } }: PostgresServer) =>
  `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(host)}`

beforeAll(async () => {
  ;[redis, postgres] = await Promise.all([startRedis(), startPostgres()])
  database = await openDatabase({ url: urlOf(postgres), dataDir: '/nowhere' })
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  await redis.stop()
  await postgres.stop()
})

async function newPerson(): Promise<string> {
  const id = randomUUID()
  await database.db.insert(users).values({ id, email: `${id}@example.org`, name: 'Ada', passwordHash: '', role: 'user' })
  return id
}

/** Collects what a handler was given and lets a test wait for it. */
function inbox<T>() {
  const seen: T[] = []
  const waiting: [number, () => void][] = []
  return {
    seen,
    put: (item: T) => {
      seen.push(item)
      for (const [count, resolve] of waiting) if (seen.length >= count) resolve()
    },
    until: (count: number) => new Promise<void>((resolve) => (seen.length >= count ? resolve() : waiting.push([count, resolve]))),
  }
}

describe.each([
  ['Redis', (): JobsOptions => ({ redisUrl: redis.url, db: database.db })],
  ['PostgreSQL', (): JobsOptions => ({ postgres: postgres.connection, db: database.db })],
])('jobs on %s', (_name, store) => {
  test('a job runs once, in whichever process works on its name', async () => {
    await using producer = await openJobs(store())
    await using worker = await openJobs(store())
    const { seen, put, until } = inbox<unknown>()
    worker.work('greet', async (payload) => put(payload))
    for (let i = 0; i < 10; i++) await producer.add('greet', { i }, ours)
    await until(10)
    await producer.add('greet', 'last', ours)
    await until(11)
    expect(seen).toHaveLength(11)
    expect(seen).toEqual(expect.arrayContaining(Array.from({ length: 10 }, (_, i) => ({ i }))))
  })

  test('a failed job is tried again, and what it said is reported', async () => {
    const failures: unknown[] = []
    await using jobs = await openJobs({ ...store(), onError: (error, job) => failures.push([(error as Error).message, job]) })
    const { put, until } = inbox<number>()
    let attempts = 0
    jobs.work('flaky', async () => {
      if (++attempts < 3) throw new Error(`attempt ${attempts}`)
      put(attempts)
    })
    await jobs.add('flaky', {}, ours)
    await until(1)
    expect(attempts).toBe(3)
    expect(failures).toEqual([1, 2].map((attempt) => [`attempt ${attempt}`, { name: 'flaky', attempt, final: false }]))
  })

  test('the same id is queued once, also when the first has finished; another name has its own ids', async () => {
    await using jobs = await openJobs(store())
    const { seen, put, until } = inbox<unknown>()
    for (let i = 0; i < 5; i++) await jobs.add('once', i, { ...ours, id: 'a-run' })
    jobs.work('once', async (payload) => put(payload))
    jobs.work('another', async (payload) => put(payload))
    await until(1)
    await jobs.add('once', 'again', { ...ours, id: 'a-run' })
    await jobs.add('another', 'its own', { ...ours, id: 'a-run' })
    await until(2)
    await jobs.add('once', 'last', ours)
    await until(3)
    expect(seen).toEqual([0, 'its own', 'last'])
    for (const id of ['17', 'a:b', '']) await expect(jobs.add('once', null, { ...ours, id })).rejects.toThrow(TypeError)
  })

  test('a job without a handler here waits for a process that has one', async () => {
    await using older = await openJobs(store())
    await using newer = await openJobs(store())
    const { seen, put, until } = inbox<unknown>()
    older.work('old', async (payload) => put(payload))
    await older.add('new-in-this-release', 'kept', ours)
    await older.add('old', 'old', ours)
    await until(1)
    newer.work('new-in-this-release', async (payload) => put(payload))
    await until(2)
    expect(seen).toEqual(['old', 'kept'])
  })

  test('closing waits for a running handler, then aborts it, and waits no longer for one that goes on all the same', async () => {
    const jobs = await openJobs(store())
    const { put, until } = inbox<string>()
    let outcome = ''
    jobs.work('long', async (_payload, _owner, signal) => {
      put('started')
      await once(signal, 'abort')
      outcome = 'aborted'
    })
    jobs.work('stubborn', async () => {
      put('started')
      await new Promise(() => {})
    })
    await jobs.add('long', {}, ours)
    await jobs.add('stubborn', {}, ours)
    await until(2)
    await jobs[Symbol.asyncDispose]()
    expect(outcome).toBe('aborted')
  })

  test('the job of a process that was killed is done by another', async () => {
    const { db: _, ...places } = store()
    const killed = fork(fileURLToPath(new URL('stuck-worker.fixture.ts', import.meta.url)), [JSON.stringify({ ...places, url: urlOf(postgres) })], {
      stdio: 'ignore',
    })
    const message = once(killed, 'message')
    await using jobs = await openJobs({ ...store(), lockMs: 1000 })
    await jobs.add('survivor', 'payload', ours)
    expect((await message)[0]).toBe('started')
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    const { seen, put, until } = inbox<unknown>()
    jobs.work('survivor', async (payload) => put(payload))
    await until(1)
    expect(seen).toEqual(['payload'])
  })

  test('the job of somebody who is gone, or is being erased, never starts; one who goes while it works ends it, once', async () => {
    const { seen, put, until } = inbox<string>()
    const erased = inbox<unknown>()
    const started: string[] = []
    {
      await using jobs = await openJobs(store())
      const [gone, leaving, staying] = [randomUUID(), await newPerson(), await newPerson()]
      jobs.work('write', async (content, owner) => {
        const payload = content as string
        started.push(payload)
        if (payload === 'leaves') {
          await database.pool.query('insert into erasures (user_id) values ($1)', [leaving])
          erased.put(payload)
        }
        await owner.requireThere()
        put(payload)
      })
      await jobs.add('write', 'gone', { owner: { userId: gone } })
      await jobs.add('write', 'leaves', { owner: { userId: leaving } })
      await erased.until(1)
      await jobs.add('write', 'has left', { owner: { userId: leaving } })
      await jobs.add('write', 'stays', { owner: { userId: staying } })
      await jobs.add('write', 'ours', ours)
      await until(2)
      // Four are at work at a time, so the last may be done before an earlier one: closing waits for all of them.
    }
    expect(seen.toSorted()).toEqual(['ours', 'stays'])
    expect(started.toSorted()).toEqual(['leaves', 'ours', 'stays'])
  })

  test('a job of a disabled person is dropped, also one that is at work', async () => {
    const [closed, leaving] = [await newPerson(), await newPerson()]
    await database.pool.query('update users set disabled_at = now() where id = $1', [closed])
    const held = new Map<string, (whose: Whose) => void>()
    const hold = ({ userId }: { userId: string }, end: (whose: Whose) => void) => (held.set(userId, end), () => void held.delete(userId))
    const { seen, put, until } = inbox<unknown>()
    {
      await using jobs = await openJobs({ ...store(), hold })
      jobs.work('long', async (payload, _owner, signal) => {
        put(payload)
        if (payload !== 'at work') return
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      })
      await jobs.add('long', 'not begun', { owner: { userId: closed } })
      await jobs.add('long', 'at work', { owner: { userId: leaving } })
      await until(1)
      held.get(leaving)!('person')
      await jobs.add('long', 'ours', ours)
      await until(2)
    }
    expect(seen).toEqual(['at work', 'ours'])
    expect(held.size).toBe(0)
  })

  test('a scheduled job is done when its time has come, once over all processes; what is unscheduled is not done', async () => {
    await using jobs = await openJobs(store())
    await using other = await openJobs(store())
    const { seen, put, until } = inbox<unknown>()
    for (const process of [jobs, other]) process.work('ring', async (payload, { userId }) => put([payload, userId]))
    const person = await newPerson()
    const now = new Date()
    await jobs.schedule('never', { at: now }, { name: 'ring', payload: 'never', ...ours })
    await jobs.unschedule('never')
    await jobs.schedule('once', { at: now }, { name: 'ring', payload: 'once', owner: { userId: person } })
    await until(1)
    await jobs.schedule('again', { everySeconds: 1 }, { name: 'ring', payload: 'again', ...ours })
    await until(3)
    expect(seen.slice(0, 3)).toEqual([
      ['once', person],
      ['again', null],
      ['again', null],
    ])
    const left = await database.pool.query('delete from schedules returning id')
    expect(left.rows).toEqual([{ id: 'again' }])
  })
})

test('a schedule of somebody who is erased goes with them, and none is taken in for them', async () => {
  await using jobs = await openJobs({ redisUrl: redis.url, db: database.db })
  const person = await newPerson()
  const job = { name: 'ring', payload: null, owner: { userId: person } }
  await jobs.schedule('theirs', { cron: '0 9 * * *', zone: 'Europe/Berlin' }, job)
  await database.pool.query('delete from users where id = $1', [person])
  expect((await database.pool.query('select from schedules')).rowCount).toBe(0)
  await expect(jobs.schedule('late', { everySeconds: 60 }, job)).rejects.toMatchObject({ cause: { code: 'JV001' } })
})

test('a schedule that is the same keeps its time, another pattern begins anew, and what is no time is refused', async () => {
  await using jobs = await openJobs({ redisUrl: redis.url, db: database.db })
  const job = { name: 'ring', payload: null, ...ours }
  const nextAt = async () => (await database.pool.query(`select next_at from schedules where id = 'hourly'`)).rows[0].next_at as Date
  await jobs.schedule('hourly', { everySeconds: 3600 }, job)
  const first = await nextAt()
  await jobs.schedule('hourly', { everySeconds: 3600 }, job)
  expect(await nextAt()).toEqual(first)
  await jobs.schedule('hourly', { everySeconds: 7200 }, job)
  expect((await nextAt()).getTime()).toBeGreaterThan(first.getTime())
  await jobs.unschedule('hourly')
  for (const when of [{ cron: 'nonsense', zone: 'UTC' }, { cron: '0 9 * * *', zone: 'Mars/Olympus' }, { everySeconds: 0 }])
    await expect(jobs.schedule('wrong', when, job)).rejects.toThrow(TypeError)
})

const at = (iso: string) => new Date(iso)
const daily = { everySeconds: null, cron: '30 2 * * *', zone: 'Europe/Berlin' }

test.each([
  [
    'every hour from when it was due',
    { everySeconds: 3600, cron: null, zone: null },
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:00:05Z',
    '2026-01-01T01:00:00Z',
  ],
  [
    'hours that were missed are one',
    { everySeconds: 3600, cron: null, zone: null },
    '2026-01-01T00:00:00Z',
    '2026-01-01T07:10:00Z',
    '2026-01-01T08:00:00Z',
  ],
  ['a pattern in its zone, in winter', daily, '2026-01-10T01:30:00Z', '2026-01-10T01:30:01Z', '2026-01-11T01:30:00Z'],
  ['and in summer', daily, '2026-07-10T00:30:00Z', '2026-07-10T00:30:01Z', '2026-07-11T00:30:00Z'],
  // On 29 March 2026 there is no 02:30 in Berlin.
  ['a time that the clocks jump over comes as soon as they have', daily, '2026-03-28T01:30:00Z', '2026-03-28T01:30:01Z', '2026-03-29T01:00:00Z'],
])('%s', (_name, timing, last, now, next) => {
  expect(nextAfter(timing, at(last), at(now))).toEqual(at(next))
})

test('a store that is away is told at once', async () => {
  const gone = await startRedis()
  await gone.stop()
  await expect(openJobs({ redisUrl: gone.url, db: database.db })).rejects.toMatchObject({ code: 'unavailable' })
  await expect(openJobs({ postgres: { host: '/nowhere', user: 'jarvis' }, db: database.db })).rejects.toMatchObject({ code: 'unavailable' })
})

test.each(['gone', 'hanging'])('closing does not wait for a Redis that is %s', async (state) => {
  await using leaving = await startRedis()
  const jobs = await openJobs({ redisUrl: leaving.url, db: database.db })
  const { put, until } = inbox<unknown>()
  jobs.work('before', async (payload) => put(payload))
  await jobs.add('before', 1, ours)
  await until(1)
  if (state === 'gone') await leaving.stop()
  else leaving.pause()
  expect(await jobs[Symbol.asyncDispose]()).toBeUndefined()
  leaving.resume()
})

test('a worker and a queue whose first connection to Redis fails are there once Redis is back', async () => {
  const leaving = await startRedis()
  const { seen, put, until } = inbox<unknown>()
  await using jobs = await openJobs({ redisUrl: leaving.url, db: database.db })
  await leaving.kill()
  jobs.work('meanwhile', async (payload) => put(payload))
  await expect(jobs.add('meanwhile', 1, ours)).rejects.toMatchObject({ code: 'unavailable' })
  await using _back = await startRedis(leaving.port)
  await expect.poll(() => jobs.add('meanwhile', 2, ours).catch(String), { timeout: 15_000 }).toBeUndefined()
  await until(1)
  // The first one found nothing more to do: from here on it waits on a connection of its own.
  await jobs.add('meanwhile', 3, ours)
  await until(2)
  expect(seen).toEqual([2, 3])
})

test('a database that goes away is asked again, but not without a pause; once it is back, jobs are done', async () => {
  await using leaving = await startPostgres()
  const errors = inbox<unknown>()
  const done = inbox<unknown>()
  await using jobs = await openJobs({ postgres: leaving.connection, db: database.db, onError: errors.put })
  jobs.work('before', async (payload) => done.put(payload))
  const back = leaving.restart(3000)
  await errors.until(1)
  // Its first connection fails.
  jobs.work('meanwhile', async (payload) => done.put(payload))
  await back
  expect(errors.seen.length).toBeLessThan(50)
  await jobs.add('before', 1, ours)
  await done.until(1)
  await jobs.add('meanwhile', 2, ours)
  await done.until(2)
})

test.each([
  ['Redis', { port: () => ({ host: '127.0.0.1', port: redis.port }) }],
  ['PostgreSQL', { port: () => ({ path: `${postgres.connection.host}/.s.PGSQL.5432` }) }],
])('a worker whose connections to %s are half open finds it out, and works on', async (name, { port }) => {
  await using proxy = await startSilentProxy(port())
  const { host, port: proxied } = proxy
  const isRedis = name === 'Redis'
  await using worker = await openJobs({
    db: database.db,
    // A job whose handing over was lost on the way comes back when its lock runs out.
    lockMs: 5000,
    ...(isRedis ? { redisUrl: `redis://${host}:${proxied}` } : { postgres: { ...postgres.connection, host, port: proxied } }),
  })
  await using producer = await openJobs({ db: database.db, ...(isRedis ? { redisUrl: redis.url } : { postgres: postgres.connection }) })
  const { seen, put, until } = inbox<unknown>()
  worker.work('lost-and-found', async (payload) => put(payload))
  await producer.add('lost-and-found', 1, ours)
  await until(1)
  proxy.halfOpen()
  await producer.add('lost-and-found', 2, ours)
  await until(2)
  expect(seen).toEqual([1, 2])
})
