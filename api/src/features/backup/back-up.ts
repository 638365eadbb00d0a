import type { ClientBase, Pool } from 'pg'
import { AppError } from '#lib/app-error.ts'
import type { Blobs } from '#ports/blobs/index.ts'
import type { Vectors } from '#ports/vectors/index.ts'
import { type Line, type Note, readArchive, type Store, toArchive } from './archive.ts'
import { readItems } from './collections.ts'
import { readFiles } from './files.ts'
import { type Checksum, readRows, tablesOf } from './rows.ts'

/** An installation's stores. `migrate` brings the schema to the state after so many migrations, to the newest when none is given. */
export type Stores = { pool: Pool; vectors: Vectors; blobs: Blobs; migrate(stepsMax?: number): Promise<void>; migrationsKnown: number }

/** Over all processes; taken by no other feature. */
export const backupLock = 7_265_341

export class AnotherBackupError extends AppError {
  constructor() {
    super('conflict', 'Another backup is being made. Wait until it is done.')
  }
}

/**
 * Hands the whole installation, while it runs, to `keep` as one stream: all tables as of one moment, then the memories, then the files. What
 * is written meanwhile may be in it without the row that led to it, never the other way round. Waiting background jobs are not part of it.
 * @throws conflict while another backup is made
 */
export async function backUp<Kept>(
  { pool, vectors, blobs }: Pick<Stores, 'pool' | 'vectors' | 'blobs'>,
  version: string,
  keep: (bytes: AsyncIterable<Uint8Array>) => Promise<Kept>,
): Promise<{ parts: Checksum[]; kept: Kept }> {
  const written: Checksum[] = []
  const client = await pool.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    await client.query(`set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0`)
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [backupLock])
    if (!rows[0]!.mine) throw new AnotherBackupError()
    const kept = await keep(toArchive(parts()))
    await client.query('commit')
    return { parts: written, kept }
  } finally {
    // In the middle of a failed transaction it is of no use to anyone else.
    client.release(true)
  }

  async function* parts(): AsyncGenerator<Line> {
    const migrations = await migrationsOf(client)
    yield { note: { kind: 'backup', format: 2, version, migrations, at: new Date().toISOString() } }
    for (const table of await tablesOf(client)) yield* part('table', table, readRows(client, table))
    for (const name of await vectors.collections()) yield* part('collection', name, asRows(readItems(vectors, name)))
    for (const ownerId of await blobs.owners()) yield* part('files', ownerId, readFiles(blobs, ownerId))
    yield { note: { kind: 'end', parts: written.length } }
  }

  async function* part(store: Store, name: string, rows: AsyncIterable<string>): AsyncGenerator<Line> {
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

/** A backup that is kept somewhere, to be read as often as it takes. */
export type Source = { name: string; read(): AsyncIterable<Uint8Array> }

/** What a backup says of itself. */
export type Head = Extract<Note, { kind: 'backup' }>

/** Reads all of a backup. @throws invalid_request when it is cut, changed, or no backup at all */
export async function verify({ name, read }: Source): Promise<Head> {
  let head: Head | undefined
  for await (const line of readArchive(read(), name)) if ('note' in line && line.note.kind === 'backup') head = line.note
  return head!
}

async function migrationsOf(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ count: string }>('select count(*) from drizzle.__drizzle_migrations')
  return Number(rows[0]!.count)
}

async function* asRows(items: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const item of items) yield JSON.stringify(item)
}
