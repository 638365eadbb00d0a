import { rm } from 'node:fs/promises'
import type { ClientBase, Pool } from 'pg'
import { AppError } from '#lib/app-error.ts'
import type { Vectors } from '#ports/vectors/index.ts'
import { type Line, type Note, readArchive, writeArchive } from './archive.ts'
import { checksumOfItems, createItemWriter, readItems } from './collections.ts'
import { advanceSequences, type Checksum, checksumOf, createRowWriter, readRows, tablesOf } from './rows.ts'

export type { Checksum } from './rows.ts'

/** An installation's stores. `migrate` brings the schema to the state after so many migrations, to the newest when none is given. */
export type Stores = { pool: Pool; vectors: Vectors; migrate(stepsMax?: number): Promise<void>; migrationsKnown: number }

/**
 * Writes the whole installation into one file while it runs: all tables as of one moment, then the memories. A memory that is written
 * meanwhile may be in it without the row that led to it, never the other way round. Waiting background jobs are not part of it.
 */
export async function backUp({ pool, vectors }: Stores, file: string, version: string): Promise<Checksum[]> {
  const written: Checksum[] = []
  const client = await pool.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    await client.query(`set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0`)
    await writeArchive(file, parts())
    await client.query('commit')
  } finally {
    // In the middle of a failed transaction it is of no use to anyone else.
    client.release(true)
  }
  return written

  async function* parts(): AsyncGenerator<Line> {
    const migrations = await migrationsOf(client)
    yield { note: { kind: 'backup', format: 1, version, migrations, at: new Date().toISOString() } }
    for (const table of await tablesOf(client)) yield* part('table', table, readRows(client, table))
    for (const name of await vectors.collections()) yield* part('collection', name, asRows(readItems(vectors, name)))
    yield { note: { kind: 'end', parts: written.length } }
  }

  async function* part(store: 'table' | 'collection', name: string, rows: AsyncIterable<string>): AsyncGenerator<Line> {
    yield { note: { kind: 'part', store, name } }
    let count = 0
    for await (const row of rows) {
      count++
      yield { row }
    }
    yield { note: { kind: 'end of part', rows: 0, sha256: '' } }
    written.push({ name, rows: count, sum: '' })
  }
}

/**
 * Fills an empty installation from a backup, which is read twice: it is held against its hashes before anything is written. An older one is
 * put into the schema of its time and migrated from there. @throws conflict when there is anything already, or a server runs
 */
export async function restore(stores: Stores, file: string): Promise<Checksum[]> {
  const { pool, migrate, migrationsKnown } = stores
  let head: Extract<Note, { kind: 'backup' }> | undefined
  for await (const line of readArchive(file)) if ('note' in line && line.note.kind === 'backup') head = line.note
  if (head!.migrations > migrationsKnown) {
    throw new AppError(
      'conflict',
      `This backup was made by version ${head!.version}, which is newer than this one. Restore it with that version or a later one.`,
    )
  }
  const client = await pool.connect()
  let isBegun = false
  try {
    await requireEmpty(client, stores.vectors)
    isBegun = true
    await client.query('drop schema if exists drizzle cascade; drop schema public cascade; create schema public')
    await migrate(head!.migrations)
    await client.query('set statement_timeout = 0')
    await client.query('begin')
    await client.query(`set local jarvis.restoring = 'on'`)
    await clearSeeds(client)
    const restored = await fill(client, stores.vectors, file)
    await advanceSequences(client)
    await client.query('commit')
    await migrate()
    return restored
  } catch (error) {
    // It was empty before, and is again.
    if (isBegun) for (const name of await stores.vectors.collections()) await stores.vectors.drop(name)
    throw error
  } finally {
    client.release(true)
  }
}

async function fill(client: ClientBase, vectors: Vectors, file: string): Promise<Checksum[]> {
  const restored: Checksum[] = []
  let open: { name: string; writer: ReturnType<typeof createRowWriter> } | undefined
  for await (const line of readArchive(file)) {
    if ('row' in line) {
      await open!.writer.write(line.row)
      continue
    }
    const { note } = line
    if (note.kind === 'part') {
      open = { name: note.name, writer: note.store === 'table' ? createRowWriter(client, note.name) : createItemWriter(vectors, note.name) }
    }
    if (note.kind !== 'end of part') continue
    await open!.writer.flush()
    restored.push({ name: open!.name, rows: note.rows, sum: note.sha256 })
  }
  return restored
}

export type Compared = { name: string; source: Checksum | undefined; target: Checksum | undefined; isSame: boolean }

/**
 * Moves an installation to empty stores: copies everything, then holds rows and hashes of both sides against each other. The source stays as
 * it is, and is to be stopped: what is written meanwhile would be missing. `file` is where the copy stands in between; it is removed.
 */
export async function promote(source: Stores, target: Stores, file: string, version: string): Promise<Compared[]> {
  await requireStopped(source.pool)
  await source.migrate()
  try {
    await backUp(source, file, version)
    await restore(target, file)
  } finally {
    await rm(file, { force: true })
  }
  const [before, after] = [await checksumsOf(source), await checksumsOf(target)]
  const names = new Set([...before, ...after].map(({ name }) => name))
  return [...names].map((name) => {
    const [from, to] = [before, after].map((sums) => sums.find((sum) => sum.name === name))
    return { name, source: from, target: to, isSame: from?.rows === to?.rows && from?.sum === to?.sum }
  })
}

/** The same figures of two installations are the same installation. */
export async function checksumsOf({ pool, vectors }: Stores): Promise<Checksum[]> {
  const client = await pool.connect()
  try {
    await client.query('set statement_timeout = 0')
    const sums: Checksum[] = []
    for (const table of await tablesOf(client)) sums.push(await checksumOf(client, table))
    for (const name of (await vectors.collections()).toSorted()) sums.push(await checksumOfItems(vectors, name))
    return sums
  } finally {
    client.release(true)
  }
}

async function requireStopped(client: Pick<ClientBase, 'query'>): Promise<void> {
  const { rows } = await client.query(
    `select from pg_stat_activity where application_name ~ '^jarvis( |$)' and datname = current_database() and pid <> pg_backend_pid() limit 1`,
  )
  if (rows.length > 0) throw new AppError('conflict', 'A server uses this database. Stop it first.')
}

async function requireEmpty(client: ClientBase, vectors: Vectors): Promise<void> {
  await requireStopped(client)
  const tables = await tablesOf(client)
  for (const table of signsOfUse.filter((name) => tables.includes(name))) {
    const { rows } = await client.query(`select from ${table} limit 1`)
    if (rows.length > 0) {
      throw new AppError(
        'conflict',
        `The database is not empty: ${table} has rows. Restore into an empty one: another DATABASE_URL, or another DATA_DIR.`,
      )
    }
  }
  if ((await vectors.collections()).length > 0) throw new AppError('conflict', 'Chroma holds memories already. Restore into an empty one.')
}

/** Rows that migrations make are in the backup too. */
async function clearSeeds(client: ClientBase): Promise<void> {
  for (const table of await tablesOf(client)) await client.query(`delete from "${table}"`)
}

/** Other rows come with a start that nobody signed up on. */
const signsOfUse = ['users', 'ledger', 'audit']

async function migrationsOf(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ count: string }>('select count(*) from drizzle.__drizzle_migrations')
  return Number(rows[0]!.count)
}

async function* asRows(items: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const item of items) yield JSON.stringify(item)
}
