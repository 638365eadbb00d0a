import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Client, ClientConfig, Pool } from 'pg'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import { openApplicationRole } from './application-role.ts'
import { openEmbeddedPostgres } from './embedded-postgres.ts'
import { migrateDatabase, migrationsKnown } from './migrate.ts'
import { onceServed } from './once-served.ts'
import { openPool } from './pool.ts'
import { createDatabaseFiles, type DatabaseFiles } from './scrub.ts'
import * as tables from './tables.ts'
import { createWriteCheck } from './write-check.ts'

export type Database = {
  db: NodePgDatabase<typeof tables>
  pool: Pool
  /** For those who need a connection of their own: LISTEN, the job queue. */
  connection: ClientConfig
  /** Its connections are `jarvis` and this in `pg_stat_activity`: others see there whether this process still lives. */
  clientName: string
  /** The role that owns the schema: another one than the application's in the embedded server. */
  owner: ClientConfig
  /** Answers, takes writes, and has room for them. */
  ping(): Promise<void>
  /** Brings the schema to the state after so many of `migrationsKnown` migrations. */
  migrate(stepsMax?: number): Promise<void>
  migrationsKnown: number
  /** Takes what was deleted out of the files. Null where the server is the operator's. */
  files: DatabaseFiles | null
} & AsyncDisposable

export type Transaction = Parameters<Parameters<Database['db']['transaction']>[0]>[0]

const versionMin = 160_000

/** The database at `url`, else an embedded one; migrated, unless `asIs`. @throws unavailable with a sentence for the operator. */
export async function openDatabase(options: {
  url?: string
  dataDir: string
  asIs?: boolean
  onProgress?: (line: string) => void
}): Promise<Database> {
  await using stack = new AsyncDisposableStack()
  const embedded = options.url ? undefined : stack.use(await openEmbeddedPostgres(options)).connection
  const owner = embedded ?? { connectionString: options.url! }
  await checkServer(owner)
  if (!options.asIs) await migrateDatabase(owner)
  const connection = embedded && !options.asIs ? await openApplicationRole(embedded) : owner

  const clientName = newId()
  const pool = openPool({ ...connection, application_name: `jarvis ${clientName}` })
  stack.defer(() => pool.end())

  const resources = stack.move()
  return {
    db: drizzle(pool, { schema: tables, casing: 'snake_case' }),
    pool,
    connection,
    clientName,
    owner,
    ping: createWriteCheck(pool, options.url ? undefined : options.dataDir),
    migrate: (stepsMax) => migrateDatabase(owner, stepsMax),
    migrationsKnown,
    files: embedded ? createDatabaseFiles(embedded) : null,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** Whether a query failed because such a row exists already; `constraint` narrows it to one index. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  // Drizzle wraps the driver's error.
  const { code, constraint: violated } = ((error as Error | undefined)?.cause ?? error ?? {}) as { code?: string; constraint?: string }
  return code === '23505' && (constraint === undefined || constraint === violated)
}

async function checkServer(connection: ClientConfig): Promise<void> {
  const versionOf = async (client: Client) => (await client.query<{ server_version_num: string }>('show server_version_num')).rows[0]
  const row = await onceServed(connection, versionOf).catch((error: NodeJS.ErrnoException) => {
    throw new AppError('unavailable', `Cannot connect to DATABASE_URL: ${error.message || error.code}`, { cause: error })
  })
  const version = Number(row?.server_version_num)
  if (version < versionMin) {
    throw new AppError('unavailable', `PostgreSQL 16 or newer is needed; DATABASE_URL leads to ${Math.floor(version / 10_000)}.`)
  }
}
