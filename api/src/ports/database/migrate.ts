import { readFileSync } from 'node:fs'
import { cp, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import type { Client, ClientConfig } from 'pg'
import { onceServed } from './once-served.ts'

const migrationsFolder = join(import.meta.dirname, '../../../migrations')
const migrationLock = 7_208_914_411
const tableWaitMs = 2_000
const triesMax = 30
const betweenTriesMs = 1_000

type Journal = { entries: { tag: string }[] }
const journal = JSON.parse(readFileSync(join(migrationsFolder, 'meta/_journal.json'), 'utf8')) as Journal
export const migrationsKnown = journal.entries.length

/**
 * Brings the schema up to date, or to what it was after the first `stepsMax` migrations. Safe when several processes start at once: the others
 * wait, then find nothing to do. It is one transaction, and safe beside a version that runs.
 */
export async function migrateDatabase(connection: ClientConfig, stepsMax = migrationsKnown): Promise<void> {
  await onceServed(connection, async (client) => {
    // A role that may only use the schema starts on one that its owner has migrated.
    if (await isMigrated(client, stepsMax)) return
    // The end of the session frees the lock.
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    const folder = stepsMax < migrationsKnown ? await firstMigrations(stepsMax) : migrationsFolder
    // A statement that waits for a table keeps all behind it waiting: give way to a long statement, and try again.
    await client.query(`set lock_timeout = ${tableWaitMs}`)
    for (let tries = 1; ; tries++) {
      try {
        return await migrate(drizzle(client), { migrationsFolder: folder })
      } catch (error) {
        if (tries === triesMax || !isLockTimeout(error)) throw error
        await sleep(betweenTriesMs)
      }
    }
  })
}

async function isMigrated(client: Client, steps: number): Promise<boolean> {
  const { rows } = await client.query<{ name: string | null }>(`select to_regclass('drizzle.__drizzle_migrations') as name`)
  if (rows[0]!.name === null) return false
  const { rows: counted } = await client.query<{ count: string }>('select count(*) from drizzle.__drizzle_migrations')
  return Number(counted[0]!.count) >= steps
}

function isLockTimeout(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? error) as { code?: string }
  return code === '55P03'
}

/** The migrator takes a folder whole: one with the first few only. */
async function firstMigrations(count: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'jarvis-migrations-'))
  await cp(migrationsFolder, folder, { recursive: true })
  await writeFile(join(folder, 'meta/_journal.json'), JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }))
  return folder
}
