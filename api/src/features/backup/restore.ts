import type { ClientBase } from 'pg'
import { AppError } from '#lib/app-error.ts'
import type { Vectors } from '#ports/vectors/index.ts'
import { readArchive, type Store } from './archive.ts'
import type { Head, Source, Stores } from './back-up.ts'
import { createItemWriter } from './collections.ts'
import { createFileWriter } from './files.ts'
import { advanceSequences, type Checksum, createRowWriter, tablesOf } from './rows.ts'

/**
 * Fills an empty installation from a backup, which was read once already: `head` is what `verify` returned. An older one is put into the schema
 * of its time and migrated from there. @throws conflict when there is anything already, or a server runs
 */
export async function restore(stores: Stores, source: Source, head: Head): Promise<Checksum[]> {
  const { pool, migrate, migrationsKnown } = stores
  if (head.migrations > migrationsKnown) {
    throw new AppError(
      'conflict',
      `This backup was made by version ${head.version}, which is newer than this one. Restore it with that version or a later one.`,
    )
  }
  const client = await pool.connect()
  let isBegun = false
  try {
    await requireEmpty(client, stores.vectors)
    isBegun = true
    await client.query('drop schema if exists drizzle cascade; drop schema public cascade; create schema public')
    await migrate(head.migrations)
    await client.query('set statement_timeout = 0')
    await client.query('begin')
    await client.query(`set local jarvis.restoring = 'on'`)
    await clearSeeds(client)
    const restored = await fill(client, stores, source)
    await advanceSequences(client)
    await client.query('commit')
    await migrate()
    return restored
  } catch (error) {
    // It was empty before, and is again; files of nobody are swept at night.
    if (isBegun) for (const name of await stores.vectors.collections()) await stores.vectors.drop(name)
    throw error
  } finally {
    client.release(true)
  }
}

type RowWriter = { write(row: string): Promise<void>; flush(): Promise<void> }

async function fill(client: ClientBase, { vectors, blobs }: Stores, { name, read }: Source): Promise<Checksum[]> {
  const writers: Record<Store, (name: string) => RowWriter> = {
    table: (name) => createRowWriter(client, name),
    collection: (name) => createItemWriter(vectors, name),
    files: () => createFileWriter(blobs),
  }
  const restored: Checksum[] = []
  let open: { name: string; writer: RowWriter } | undefined
  for await (const line of readArchive(read(), name)) {
    if ('row' in line) {
      await open!.writer.write(line.row)
      continue
    }
    const { note } = line
    if (note.kind === 'part') open = { name: note.name, writer: writers[note.store](note.name) }
    if (note.kind !== 'end of part') continue
    await open!.writer.flush()
    restored.push({ name: open!.name, rows: note.rows, sum: note.sha256 })
  }
  return restored
}

export async function requireStopped(client: Pick<ClientBase, 'query'>): Promise<void> {
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
