import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#lib/ids.ts'
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
  await asOwner('create database fresh')
  const opened = await Promise.all([1, 2, 3].map(() => openDatabase({ dataDir, url: urlOf('fresh') })))
  const { rows } = await opened[0]!.pool.query('select created_at, count(*)::int as count from drizzle.__drizzle_migrations group by 1')
  expect(rows.length).toBeGreaterThan(10)
  expect(rows.filter(({ count }) => count !== 1)).toEqual([])
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
  await database.pool.query('create schema other; create table other.names (name text constraint names_once unique)')
  const insert = () => database.db.execute(`insert into other.names values ('a')`)
  await insert()
  const error = await insert().catch((reason: unknown) => reason)
  expect(isUniqueViolation(error)).toBe(true)
  expect(isUniqueViolation(error, 'names_once')).toBe(true)
  expect(isUniqueViolation(error, 'another')).toBe(false)
  expect(isUniqueViolation(await database.db.execute('select nonsense').catch((reason: unknown) => reason))).toBe(false)
  expect(isUniqueViolation(undefined)).toBe(false)
})

test.each([
  `update audit set action = 'nothing' where id = 1`,
  'update audit set address = null, address_salt = null',
  'delete from audit',
  'truncate audit',
  `insert into audit (id, at, action, details, hash) values (9, now(), 'made.up', '{}', 'x')`,
  `update audit_outbox set action = 'nothing'`,
  'delete from audit_outbox',
  'truncate audit_outbox',
  'alter table audit disable trigger all',
  'drop trigger audit_is_kept on audit',
  'drop table audit',
  'alter table audit owner to jarvis_app',
  'create or replace function keep_audit() returns trigger language plpgsql as $$ begin return old; end $$',
  `create function public.rtrim(text, text) returns text language sql as $$ select '' $$`,
  'drop function link_audit(integer)',
  `set session_replication_role = 'replica'`,
  'grant jarvis to jarvis_app',
])('the application adds to the audit of the embedded server and may do nothing else: %s', async (statement) => {
  const record = () => database.db.execute(`insert into audit_outbox (action, details) values ('linked', '{}'); select link_audit(10)`)
  await record()
  await record()
  await database.db.execute(`insert into audit_outbox (action, details) values ('waiting', '{}')`)
  const before = await auditRows()
  await expect(database.pool.query(statement)).rejects.toMatchObject({ code: '42501' })
  expect(await auditRows()).toEqual(before)
})

test('the owner of the tables cannot change the audit by a plain statement either', async () => {
  await database.db.execute(`insert into audit_outbox (action, details) values ('linked', '{}'); select link_audit(10)`)
  for (const table of ['audit', 'audit_outbox']) {
    await database.db.execute(`insert into audit_outbox (action, details) values ('waiting', '{}')`)
    for (const statement of [`update ${table} set action = 'nothing'`, `delete from ${table}`, `truncate ${table}`])
      await expect(asOwner(statement)).rejects.toMatchObject({ code: '42501' })
  }
})

test('the role that the operator’s page makes for a server starts, records and links, and cannot change the audit', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../../docs/operations.md'), 'utf8')
  const statements = /## The audit on a server of your own[\s\S]*?```sql\n([\s\S]*?)```/.exec(page)![1]!
  await asOwner(statements)
  const url = `postgresql://jarvis_server@localhost/jarvis?host=${encodeURIComponent(database.connection.host!)}`
  await using server = await openDatabase({ url, dataDir })
  await server.pool.query(`insert into audit_outbox (action, details) values ('linked', '{}')`)
  await server.pool.query('select link_audit(100)')
  for (const statement of [`update audit set action = 'nothing'`, 'delete from audit', 'truncate audit', 'drop trigger audit_is_kept on audit'])
    await expect(server.pool.query(statement)).rejects.toMatchObject({ code: '42501' })
})

test('of somebody who is gone the addresses go, in the chain and before it; of nobody else', async () => {
  const [gone, other] = [newId(), newId()]
  const record = (actorId: string) =>
    database.db.execute(
      sql`insert into audit_outbox (action, actor_id, address, address_salt, address_digest, details) values ('seen', ${actorId}, '192.0.2.1', 's', 'd', '{}')`,
    )
  for (const id of [gone, other]) {
    await database.db.execute(
      sql`insert into users (id, email, name, password_hash, role) values (${id}, ${`${id}@example.org`}, 'Ada', 'x', 'user')`,
    )
    await record(id)
  }
  await database.db.execute('select link_audit(10)')
  await record(gone)
  await database.db.execute(sql`delete from users where id = ${gone}`)
  const { rows } = await database.pool.query(
    `select distinct actor_id, address, address_salt, address_digest from (select * from audit_outbox union all
       select outbox_id, action, actor_id, target, address, address_salt, address_digest, request_id, details, at from audit) a where action = 'seen'`,
  )
  expect(rows).toHaveLength(2)
  expect(rows).toContainEqual({ actor_id: gone, address: null, address_salt: null, address_digest: 'd' })
  expect(rows).toContainEqual({ actor_id: other, address: '192.0.2.1', address_salt: 's', address_digest: 'd' })
  await expect(asOwner(`update audit set address = null, address_salt = null where actor_id = '${other}'`)).rejects.toMatchObject({ code: '42501' })
})

async function auditRows(): Promise<unknown[]> {
  return [
    (await database.pool.query('select * from audit order by id')).rows,
    (await database.pool.query('select * from audit_outbox order by id')).rows,
    (await database.pool.query(`select tgname, tgenabled, tgfoid::regproc from pg_trigger where tgrelid = 'audit'::regclass order by 1`)).rows,
  ]
}

async function asOwner(statement: string): Promise<void> {
  const client = new Client(database.owner)
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function urlOf(name: string): string {
  return `postgresql://jarvis@localhost/${name}?host=${encodeURIComponent(database.connection.host!)}`
}
