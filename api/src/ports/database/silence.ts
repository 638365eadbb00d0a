import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type ClientConfig, DatabaseError, type Pool, type PoolClient } from 'pg'

/** How long a statement may go without a word before somebody asks, and how long the asking may take. */
const silentMs = 2000
const askingMs = 1500
const betweenAsksMs = 300
/** The server cancels a statement long before; this is for one whose process there is stopped. */
const longestMs = 15 * 60_000

/** `unknown`: it answers, and cannot say more. */
type Answer = 'away' | 'unknown' | { workingOn: Set<number> }

/**
 * A path that swallows packets answers nothing and reports nothing. A statement without a word for two seconds is asked about on a connection
 * of its own: unless the server says there that it is at work on it, the statement's connection is destroyed, and whatever waits on it fails
 * as an outage. While the server is away nothing is sent to it, so that everybody has an answer at once.
 */
export function destroySilentConnections(pool: Pool, connection: ClientConfig): void {
  let asking: Promise<Answer> | undefined
  let away: Promise<void> | undefined

  const ask = () => (asking ??= askServer(connection).finally(() => (asking = undefined)))

  async function untilBack(): Promise<void> {
    while (!pool.ending && (await ask()) === 'away') await sleep(betweenAsksMs, undefined, { ref: false })
    away = undefined
  }

  async function isAtWork(pid: number): Promise<boolean> {
    const answer = away ? 'away' : await ask()
    if (answer === 'away') away ??= untilBack()
    return answer === 'unknown' || (answer !== 'away' && answer.workingOn.has(pid))
  }

  pool.on('connect', (client) => watch(client, isAtWork))
  refuseWhile(() => away !== undefined, pool)
}

/** What pg keeps to itself: the connection below a client, and the number of its process on the server. */
type Inside = { connection: { stream: Socket }; processID: number }

function watch(client: PoolClient, isAtWork: (pid: number) => Promise<boolean>): void {
  const { connection, processID } = client as unknown as Inside
  const { stream } = connection
  let timer: NodeJS.Timeout | undefined
  let since = 0
  // Answered and asked again: what was found out of the time before says nothing of now.
  let period = 0

  async function look(bytesThen: number): Promise<void> {
    const isAlive = () => stream.bytesRead !== bytesThen
    const asked = period
    if (isAlive()) since = performance.now()
    const isLate = performance.now() - since > longestMs
    const isWell = !isLate && (isAlive() || (await isAtWork(processID)) || isAlive())
    if (asked !== period) return
    if (isWell) return wait()
    stream.destroy(Object.assign(new Error('The database does not answer.'), { code: 'ETIMEDOUT' }))
  }
  function wait(): void {
    const bytesNow = stream.bytesRead
    timer = setTimeout(() => void look(bytesNow), silentMs).unref()
  }
  function rest(): void {
    clearTimeout(timer)
    timer = undefined
    period++
  }

  client.on('drain', rest).on('end', rest)
  const query = client.query.bind(client) as (...args: unknown[]) => unknown
  const watched = (...args: unknown[]) => {
    if (!timer) {
      since = performance.now()
      wait()
    }
    return query(...args)
  }
  client.query = watched as typeof client.query
}

type Connected = (error: Error | undefined, client: PoolClient | undefined, release: (release?: unknown) => void) => void

function refuseWhile(isAway: () => boolean, pool: Pool): void {
  const connect = pool.connect.bind(pool) as (callback?: Connected) => unknown
  const guarded = (callback?: Connected) => {
    if (!isAway()) return connect(callback)
    const error = Object.assign(new Error('The database does not answer.'), { code: 'ETIMEDOUT' })
    return callback ? process.nextTick(callback, error, undefined, () => {}) : Promise.reject(error)
  }
  pool.connect = guarded as typeof pool.connect
}

async function askServer(connection: ClientConfig): Promise<Answer> {
  const client = new Client({ ...connection, application_name: 'jarvis-asks', connectionTimeoutMillis: askingMs })
  client.on('error', () => {})
  // One deadline for all of it; what is on its way fails with the connection.
  const deadline = setTimeout(() => (client as unknown as Inside).connection.stream.destroy(), askingMs)
  try {
    await client.connect()
    const { rows } = await client.query<{ pid: number; own: number }>(
      `select pid, pg_backend_pid() as own from pg_stat_activity where state <> 'idle' and datname = current_database()`,
    )
    // A pooler in between gives numbers of its own.
    if (rows.some(({ own }) => own !== (client as unknown as Inside).processID)) return 'unknown'
    return { workingOn: new Set(rows.map(({ pid }) => pid)) }
  } catch (error) {
    // It is going down, or coming up: for a statement that is the same as being away.
    return error instanceof DatabaseError && !error.code?.startsWith('57P') ? 'unknown' : 'away'
  } finally {
    clearTimeout(deadline)
    client.end().catch(() => {})
  }
}
