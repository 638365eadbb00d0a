import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, isUniqueViolation, openDatabase } from './index.ts'

let dataDir: string
let database: Database

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'jarvis-db-'))
  database = await openDatabase({ dataDir })
})

afterAll(async () => {
  await database[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true, force: true })
})

test('it opens migrated, and answers', async () => {
  await database.ping()
  const { rows } = await database.pool.query('select count(*)::int as count from drizzle.__drizzle_migrations')
  expect(rows[0]).toEqual({ count: expect.any(Number) as number })
})

test('processes that start at once on an empty database migrate it once', async () => {
  await database.pool.query('create database fresh')
  const opened = await Promise.all([1, 2, 3].map(() => openDatabase({ dataDir, url: urlOf('fresh') })))
  const { rows } = await opened[0]!.pool.query('select created_at, count(*)::int as count from drizzle.__drizzle_migrations group by 1')
  expect(rows.every(({ count }) => count === 1)).toBe(true)
  for (const each of opened) await each[Symbol.asyncDispose]()
})

test('a server that goes away in the middle of a transaction fails it, and not the process', async () => {
  const broken = database.db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ pid: number }>('select pg_backend_pid() as pid')
    await database.pool.query('select pg_terminate_backend($1, 10000)', [rows[0]!.pid])
    await tx.execute('select 1')
  })
  await expect(broken).rejects.toThrow()
  await database.ping()
})

test('a database that does not exist is told at once, in a sentence', async () => {
  await expect(openDatabase({ dataDir, url: urlOf('nope') })).rejects.toMatchObject({
    code: 'unavailable',
    message: 'Cannot connect to DATABASE_URL: database "nope" does not exist',
  })
})

test('an unfinished statement is ended by its time limit', async () => {
  const { rows } = await database.pool.query('show statement_timeout')
  expect(rows).toEqual([{ statement_timeout: '30s' }])
})

test('a second row under a unique name is told apart from other failures', async () => {
  await database.pool.query('create table names (name text constraint names_once unique)')
  const insert = () => database.db.execute(`insert into names values ('a')`)
  await insert()
  const error = await insert().catch((reason: unknown) => reason)
  expect(isUniqueViolation(error)).toBe(true)
  expect(isUniqueViolation(error, 'names_once')).toBe(true)
  expect(isUniqueViolation(error, 'another')).toBe(false)
  expect(isUniqueViolation(await database.db.execute('select nonsense').catch((reason: unknown) => reason))).toBe(false)
  expect(isUniqueViolation(undefined)).toBe(false)
})

function urlOf(name: string): string {
  return `postgresql://jarvis@localhost/${name}?host=${encodeURIComponent(database.connection.host!)}`
}
