import { type ClientConfig, Pool, type PoolClient } from 'pg'
import { destroySilentConnections } from './silence.ts'

/** Connections that are shared by all statements of this process. Each statement ends: with its answer, or as an outage. */
export function openPool(connection: ClientConfig): Pool {
  const pool = new Pool({
    ...connection,
    max: 20,
    // Of the five seconds in which everybody has an answer.
    connectionTimeoutMillis: 4_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
  })
  // A server that goes away under a connection must not end the process, be it idle or between two statements; the next query opens another.
  pool.on('error', () => {})
  pool.on('connect', (client) => nameStatements(client.on('error', () => {})))
  destroySilentConnections(pool, connection)
  takeBackWhatBreaks(pool)
  return pool
}

/**
 * Drizzle never gives back a connection whose `begin` failed (drizzle-orm 0.45, node-postgres/session.js), and each outage would take as many
 * places of the pool for ever as there were transactions on their way. So one that breaks while it is in use is taken back.
 */
function takeBackWhatBreaks(pool: Pool): void {
  const inUse = new Set<PoolClient>()
  pool.on('acquire', (client) => inUse.add(client))
  pool.on('release', (_error, client) => inUse.delete(client))
  pool.on('connect', (client) => {
    client.once('end', () => {
      if (!inUse.has(client)) return
      client.release(true)
      // Its holder may still say so as well.
      client.release = () => {}
    })
  })
}

const statementNames = new Map<string, string>()
const statementNamesMax = 200
const statementValuesMax = 30

/** Statements with values are prepared once on each connection: their text is neither sent nor parsed again. */
function nameStatements(client: PoolClient): void {
  type Named = { text?: unknown; name?: string | undefined }
  const query = client.query.bind(client) as (config: Named, values?: unknown, ...rest: unknown[]) => unknown
  const named = (config: Named, values?: unknown, ...rest: unknown[]) => {
    const { text } = config
    if (typeof text === 'string' && Array.isArray(values) && values.length > 0 && values.length <= statementValuesMax) {
      const known = statementNames.get(text)
      // Only so many: lists of values make ever new texts.
      const name = known ?? (statementNames.size < statementNamesMax ? `s${statementNames.size}` : undefined)
      if (!known && name) statementNames.set(text, name)
      if (name) config = { ...config, name }
    }
    return query(config, values, ...rest)
  }
  client.query = named as typeof client.query
}
