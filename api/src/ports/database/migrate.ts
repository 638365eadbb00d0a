import { readFileSync } from 'node:fs'
import { cp, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { Client, type ClientConfig } from 'pg'

const migrationsFolder = join(import.meta.dirname, '../../../migrations')
const migrationLock = 7_208_914_411

type Journal = { entries: { tag: string }[] }
const journal = JSON.parse(readFileSync(join(migrationsFolder, 'meta/_journal.json'), 'utf8')) as Journal
export const migrationsKnown = journal.entries.length

/**
 * Brings the schema up to date, or to what it was after the first `stepsMax` migrations. Safe when several processes start at once: the others
 * wait, then find nothing to do.
 */
export async function migrateDatabase(connection: ClientConfig, stepsMax = migrationsKnown): Promise<void> {
  const client = new Client(connection)
  client.on('error', () => {})
  await client.connect()
  try {
    // The end of the session frees the lock.
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    await migrate(drizzle(client), { migrationsFolder: stepsMax < migrationsKnown ? await firstMigrations(stepsMax) : migrationsFolder })
  } finally {
    await client.end()
  }
}

/** The migrator takes a folder whole: one with the first few only. */
async function firstMigrations(count: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'jarvis-migrations-'))
  await cp(migrationsFolder, folder, { recursive: true })
  await writeFile(join(folder, 'meta/_journal.json'), JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }))
  return folder
}
