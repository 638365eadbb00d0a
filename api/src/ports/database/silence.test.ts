import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
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
  await expect.poll(() => outcome(database.ping())).toBe('done')
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

/** Like a pooler in session mode: what the server says of its process numbers is replaced by numbers of its own. */
async function startPooler(path: string) {
  const pooler = createServer((near) => {
    const far = connect(path)
    near.pipe(far)
    far.on('data', (chunk) => {
      const at = chunk.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]))
      if (at >= 0) chunk.writeInt32BE(1_000_000, at + 5)
      near.write(chunk)
    })
    for (const end of [near, far]) end.on('error', () => {}).on('close', () => [near, far].forEach((other) => other.destroy()))
  }).listen(0, '127.0.0.1')
  await once(pooler, 'listening')
  return { port: (pooler.address() as AddressInfo).port, [Symbol.dispose]: () => void pooler.close() }
}

test('behind a pooler that hides the numbers of processes, a statement that takes long is not taken for a lost one', async () => {
  const { host, user, database } = server.connection
  using pooler = await startPooler(`${host}/.s.PGSQL.5432`)
  await using opened = await openDatabase({ url: `postgresql://${user}@127.0.0.1:${pooler.port}/${database}`, dataDir: '/nowhere', asIs: true })
  expect(await outcome(opened.pool.query('select pg_sleep(5)'))).toBe('done')
})
