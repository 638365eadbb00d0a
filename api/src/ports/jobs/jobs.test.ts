import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres, type PostgresServer } from '#test/engines/postgres.ts'
import { startRedis, type RedisServer } from '#test/engines/redis.ts'
import { openJobs, type JobsOptions } from './bullmq.ts'

let redis: RedisServer
let postgres: PostgresServer

beforeAll(async () => {
  ;[redis, postgres] = await Promise.all([startRedis(), startPostgres()])
})
afterAll(async () => {
  await redis.stop()
  await postgres.stop()
})

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
  ['Redis', (): JobsOptions => ({ redisUrl: redis.url })],
  ['PostgreSQL', (): JobsOptions => ({ postgres: postgres.connection })],
])('jobs on %s', (_name, store) => {
  test('a job runs once, in whichever process works on its name', async () => {
    await using producer = await openJobs(store())
    await using worker = await openJobs(store())
    const { seen, put, until } = inbox<unknown>()
    worker.work('greet', async (payload) => put(payload))
    for (let i = 0; i < 10; i++) await producer.add('greet', { i })
    await until(10)
    await producer.add('greet', 'last')
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
    await jobs.add('flaky', {})
    await until(1)
    expect(attempts).toBe(3)
    expect(failures).toEqual([1, 2].map((attempt) => [`attempt ${attempt}`, { name: 'flaky', attempt, final: false }]))
  })

  test('the same id is queued once, also when the first has finished; another name has its own ids', async () => {
    await using jobs = await openJobs(store())
    const { seen, put, until } = inbox<unknown>()
    for (let i = 0; i < 5; i++) await jobs.add('once', i, { id: 'a-run' })
    jobs.work('once', async (payload) => put(payload))
    jobs.work('another', async (payload) => put(payload))
    await until(1)
    await jobs.add('once', 'again', { id: 'a-run' })
    await jobs.add('another', 'its own', { id: 'a-run' })
    await until(2)
    await jobs.add('once', 'last')
    await until(3)
    expect(seen).toEqual([0, 'its own', 'last'])
    for (const id of ['17', 'a:b', '']) await expect(jobs.add('once', null, { id })).rejects.toThrow(TypeError)
  })

  test('a job without a handler here waits for a process that has one', async () => {
    await using older = await openJobs(store())
    await using newer = await openJobs(store())
    const { seen, put, until } = inbox<unknown>()
    older.work('old', async (payload) => put(payload))
    await older.add('new-in-this-release', 'kept')
    await older.add('old', 'old')
    await until(1)
    newer.work('new-in-this-release', async (payload) => put(payload))
    await until(2)
    expect(seen).toEqual(['old', 'kept'])
  })

  test('closing waits for a running handler, then aborts it, and takes no longer than 5 s', async () => {
    const jobs = await openJobs(store())
    const { put, until } = inbox<string>()
    let outcome = ''
    jobs.work('long', async (_payload, signal) => {
      put('started')
      await once(signal, 'abort')
      outcome = 'aborted'
    })
    jobs.work('stubborn', async () => {
      put('started')
      await new Promise(() => {})
    })
    await jobs.add('long', {})
    await jobs.add('stubborn', {})
    await until(2)
    const start = performance.now()
    await jobs[Symbol.asyncDispose]()
    expect(performance.now() - start).toBeLessThan(6000)
    expect(outcome).toBe('aborted')
  })

  test('the job of a process that was killed is done by another', async () => {
    const killed = fork(fileURLToPath(new URL('stuck-worker.fixture.ts', import.meta.url)), [JSON.stringify(store())], { stdio: 'inherit' })
    const message = once(killed, 'message')
    await using jobs = await openJobs({ ...store(), lockMs: 1000 })
    await jobs.add('survivor', 'payload')
    expect((await message)[0]).toBe('started')
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    const { seen, put, until } = inbox<unknown>()
    jobs.work('survivor', async (payload) => put(payload))
    await until(1)
    expect(seen).toEqual(['payload'])
  })
})

test('a store that is away is told at once', async () => {
  const gone = await startRedis()
  await gone.stop()
  await expect(openJobs({ redisUrl: gone.url })).rejects.toMatchObject({ code: 'unavailable' })
  await expect(openJobs({ postgres: { host: '/nowhere', user: 'jarvis' } })).rejects.toMatchObject({ code: 'unavailable' })
})

test.each(['gone', 'hanging'])('closing does not wait for a Redis that is %s', { timeout: 20_000 }, async (state) => {
  await using leaving = await startRedis()
  const jobs = await openJobs({ redisUrl: leaving.url })
  const { put, until } = inbox<unknown>()
  jobs.work('before', async (payload) => put(payload))
  await jobs.add('before', 1)
  await until(1)
  if (state === 'gone') await leaving.stop()
  else leaving.pause()
  const start = performance.now()
  await jobs[Symbol.asyncDispose]()
  expect(performance.now() - start).toBeLessThan(8000)
  leaving.resume()
})

test('a database that goes away is asked again, but not without a pause; once it is back, jobs are done', async () => {
  await using leaving = await startPostgres()
  const errors = inbox<unknown>()
  const done = inbox<unknown>()
  await using jobs = await openJobs({ postgres: leaving.connection, onError: errors.put })
  jobs.work('before', async (payload) => done.put(payload))
  const back = leaving.restart(3000)
  await errors.until(1)
  // Its first connection fails.
  jobs.work('meanwhile', async (payload) => done.put(payload))
  await back
  expect(errors.seen.length).toBeLessThan(50)
  await jobs.add('before', 1)
  await done.until(1)
  await jobs.add('meanwhile', 2)
  await done.until(2)
})
