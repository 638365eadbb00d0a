import { setTimeout as wait } from 'node:timers/promises'
import { Client, type ClientConfig, type DatabaseError } from 'pg'

const triesMax = 30
const tryMs = 1000
const walFilesMax = 200
const busy = '55P03'

/** `rows`: how many were ever deleted, as far as the server has counted since `since`. */
export type Deleted = { table: string; rows: number; since: Date }

/** What was deleted stays in the files of a server for a while; here it is counted, and taken out of them. */
export type DatabaseFiles = {
  deleted(): Promise<Deleted[]>
  /** Writes these tables anew and begins a new write-ahead log. Returns those that were done: one that is in use all the time is left. */
  rewrite(tables: string[], triesMax?: number): Promise<string[]>
}

/**
 * A plain vacuum leaves the bytes in their pages, so a table is written anew, which locks it while that lasts; so are the planner's statistics,
 * which quote columns. It is begun only when nobody has the table: nobody queues behind it for a lock. The write-ahead log then begins a new
 * file, and a checkpoint removes those before it: with `wal_recycle=off` none is kept under another name.
 */
export function createDatabaseFiles(owner: ClientConfig): DatabaseFiles {
  async function connect(): Promise<Client> {
    const client = new Client({ ...owner, application_name: 'jarvis upkeep' })
    client.on('error', () => {})
    await client.connect()
    return client
  }

  return {
    async deleted() {
      const client = await connect()
      try {
        const { rows } = await client.query<{ table: string; rows: string; since: Date }>(`
          select format('%I.%I', schemaname, relname) as table, n_tup_del as rows, stats_reset as since
          from pg_stat_user_tables, pg_stat_wal order by 1`)
        return rows.map((row) => ({ ...row, rows: Number(row.rows) }))
      } finally {
        await client.end()
      }
    },

    async rewrite(tables, tries = triesMax) {
      const client = await connect()
      try {
        await client.query(`set lock_timeout = '5s'`)
        const done: string[] = []
        for (const table of tables) if (await rewrite(client, table, tries)) done.push(table)
        if (done.length === 0) return []
        if (!(await rewriteFree(client, 'pg_catalog.pg_statistic', tries))) return []
        await dropOldLog(client)
        return done
      } finally {
        await client.end()
      }
    },
  }
}

async function rewrite(client: Client, table: string, tries: number): Promise<boolean> {
  if (!(await rewriteFree(client, table, tries))) return false
  // Of a table that is empty now, ANALYZE would keep what it quoted of the rows before.
  await client.query('delete from pg_catalog.pg_statistic where starelid = $1::regclass', [table])
  // Reading and writing do not queue behind its lock.
  await client.query(`analyze ${table}`)
  return true
}

async function rewriteFree(client: Client, table: string, tries: number): Promise<boolean> {
  for (let n = 1; ; n++) {
    if (await vacuumFull(client, table)) return true
    if (n >= tries) return false
    await wait(tryMs)
  }
}

/** `skip_locked` takes the lock at once or not at all, and says which by a warning. */
async function vacuumFull(client: Client, table: string): Promise<boolean> {
  let isSkipped = false
  const notice = ({ code }: { code?: string | undefined }) => void (isSkipped ||= code === busy)
  client.on('notice', notice)
  try {
    await client.query(`vacuum (full, skip_locked) ${table}`)
    return !isSkipped
  } catch (error) {
    if ((error as DatabaseError).code !== busy) throw error
    return false
  } finally {
    client.off('notice', notice)
  }
}

async function dropOldLog(client: Client): Promise<void> {
  await client.query('checkpoint')
  // Files that an earlier version kept for reuse are written over one by one.
  for (let file = 0; file < walFilesMax; file++) {
    await client.query(`select pg_logical_emit_message(false, 'jarvis', '')`)
    await client.query('select pg_switch_wal()')
    const ahead = await client.query(`
      select from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$' and name > pg_walfile_name(pg_current_wal_insert_lsn()) limit 1`)
    if (ahead.rowCount === 0) break
  }
  await client.query('checkpoint')
}
