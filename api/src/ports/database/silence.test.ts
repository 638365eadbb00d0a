import { sql } from 'drizzle-orm'
import { beforeAll, afterAll, expect, test } from 'vitest'
import { isDatabaseOutage } from '#lib/outage.ts'
import { type PostgresServer, startPostgres } from '#test/engines/postgres.ts'
import { startSilentProxy } from '#test/engines/silent-proxy.ts'
import { openDatabase } from './index.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

async function openThroughProxy() {
  const { host, user, database } = server.connection
  const proxy = await startSilentProxy({ path: `${host}/.s.PGSQL.5432` })
  const opened = await openDatabase({ url: `postgresql://${user}@127.0.0.1:${proxy.port}/${database}`, dataDir: '/nowhere', asIs: true })
  return {
    proxy,
    ...opened,
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
    },
  }
}

const outcome = (work: PromiseLike<unknown>) =>
  Promise.resolve(work).then(
    () => 'done',
    (error: unknown) => (isDatabaseOutage(error) ? 'outage' : error),
  )

test('while packets are swallowed every statement fails as an outage, and all work once the path is whole', async () => {
  await using database = await openThroughProxy()
  // More than the pool has connections, some of them in a transaction.
  const ask = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        outcome(index % 3 ? database.pool.query('select 1') : database.db.transaction((tx) => tx.execute(sql`select 1`))),
      ),
    )
  expect(new Set(await ask(40))).toEqual(new Set(['done']))
  database.proxy.swallow()
  expect(new Set(await ask(40))).toEqual(new Set(['outage']))
  expect(await outcome(database.ping())).toBe('outage')
  database.proxy.heal()
  await expect.poll(() => outcome(database.ping()), { timeout: 5000 }).toBe('done')
  expect(new Set(await ask(40))).toEqual(new Set(['done']))
  // No place of the pool is lost.
  await expect.poll(() => database.pool.totalCount - database.pool.idleCount).toBe(0)
})

test('a connection that is half open is given up, and others are not disturbed', async () => {
  await using database = await openThroughProxy()
  await database.ping()
  database.proxy.halfOpen()
  expect(await outcome(database.ping())).toBe('outage')
  expect(await outcome(database.ping())).toBe('done')
})

test('a statement that takes its time is left alone', async () => {
  await using database = await openThroughProxy()
  expect(await outcome(database.pool.query('select pg_sleep(5)'))).toBe('done')
  expect(database.proxy.connections()).toBeGreaterThan(2)
})
