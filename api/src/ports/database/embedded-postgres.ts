import { join } from 'node:path'
import type { Client, ClientConfig, DatabaseError } from 'pg'
import { makeDataFolder } from '#ports/children/data-folder.ts'
import { shareEngine } from '#ports/children/engine.ts'
import { onceServed } from './once-served.ts'
import { createPostgresServer } from './postgres-server.ts'

const startMsMax = 60_000

export type EmbeddedPostgres = { connection: { host: string; port: number; user: string; database: string; ssl: false } } & AsyncDisposable

/**
 * PostgreSQL 16 as a child process, reached by a unix socket in a folder that only its owner may enter: no password,
 * no port. It outlives a kill -9 of ours and is adopted by the next start. `port` and `ssl` are given so that PGPORT and PGSSLMODE do not count.
 * @throws unavailable with a sentence for the operator: no binary, a data folder that cannot be written, a server that does not start.
 */
export async function openEmbeddedPostgres(options: { dataDir: string; onProgress?: (line: string) => void }): Promise<EmbeddedPostgres> {
  const { dataDir, onProgress = () => {} } = options
  // Others may enter, not read: as root the server runs as another user, and what is in it is closed to all but that one.
  const folder = await makeDataFolder(join(dataDir, 'postgres'), 0o711)
  const server = await createPostgresServer(folder, onProgress)
  const engine = await shareEngine(server, onProgress)

  try {
    const connection = { host: server.socketFolder(), port: 5432, user: 'jarvis', database: 'jarvis', ssl: false } as const
    await createDatabase(connection)
    return { connection, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() }
  } catch (error) {
    await engine[Symbol.asyncDispose]()
    throw error
  }
}

async function createDatabase(connection: ClientConfig & { database: string }): Promise<void> {
  const create = async (client: Client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [connection.database])
    if (rowCount === 0) await client.query(`create database ${connection.database}`)
  }
  // The server that was adopted may be dying: the next one is on its way then.
  await onceServed({ ...connection, database: 'postgres' }, create, startMsMax).catch((error: DatabaseError) => {
    // Another process of ours may have been quicker: 42P04 duplicate_database, 23505 when both were in the act.
    if (!['42P04', '23505'].includes(error.code ?? '')) throw error
  })
}
