import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { Client, type ClientConfig } from 'pg'

const migrationsFolder = join(import.meta.dirname, '../../../migrations')
const migrationLock = 7_208_914_411

/** Brings the schema up to date. Safe when several processes start at once: the others wait, then find nothing to do. */
export async function migrateDatabase(connection: ClientConfig): Promise<void> {
  const client = new Client(connection)
  client.on('error', () => {})
  await client.connect()
  try {
    // The end of the session frees the lock.
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    await migrate(drizzle(client), { migrationsFolder })
  } finally {
    await client.end()
  }
}
