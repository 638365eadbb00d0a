import { statfs } from 'node:fs/promises'
import type { EventEmitter } from 'node:events'
import type { Pool } from 'pg'

const roomBytesMin = 32 * 1024 * 1024
const diskFull = '53100'

/**
 * Whether rows can be stored: a standby, and a server whose disk is full, still answer. To try costs a file, so it is tried only for a reason: a
 * statement has met a full disk, or `folder`, where the embedded server keeps its data, is nearly full.
 */
export function createWriteCheck(pool: Pool, folder?: string): () => Promise<void> {
  let isSuspect = false
  pool.on('connect', (client) => {
    const { connection } = client as unknown as { connection: EventEmitter }
    connection.on('errorMessage', ({ code }: { code?: string }) => (isSuspect ||= code === diskFull))
  })

  async function tryToWrite(): Promise<void> {
    const client = await pool.connect()
    try {
      await client.query(`create temp table jarvis_room as select repeat(md5(i::text), 200) from generate_series(1, 40) i`)
      isSuspect = false
    } finally {
      // The table goes with its connection.
      client.release(true)
    }
  }

  return async () => {
    const { rows } = await pool.query<{ refuses: boolean }>(
      `select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as refuses`,
    )
    if (rows[0]?.refuses) throw new Error('The database takes no writes.')
    if (isSuspect || (folder !== undefined && (await isNearlyFull(folder)))) await tryToWrite()
  }
}

async function isNearlyFull(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize < roomBytesMin
}
