import { setTimeout as wait } from 'node:timers/promises'
import { Client, type ClientConfig, escapeIdentifier } from 'pg'

const lockTriesMax = 20
const walFilesMax = 200
/** What is not of the server's own catalogs. */
const firstOwnId = 16_384

/**
 * Takes what was deleted out of the files of a server of ours. A plain vacuum leaves the bytes in their pages, so every table is written anew;
 * so are the planner's statistics, which quote columns. The write-ahead log then begins a new file, and a checkpoint removes those before it:
 * with `wal_recycle=off` none is kept under another name. Each table is locked while it is written.
 */
export async function scrubDatabase(owner: ClientConfig): Promise<void> {
  const client = new Client({ ...owner, application_name: 'jarvis upkeep' })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(`set lock_timeout = '2s'`)
    const { rows } = await client.query<{ schema: string; name: string }>(`
      select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`)
    // Of a table that is empty now, ANALYZE would keep what it quoted of the rows before.
    await client.query('delete from pg_catalog.pg_statistic where starelid >= $1', [firstOwnId])
    for (const { schema, name } of rows) await rewrite(client, `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`)
    await rewrite(client, 'pg_catalog.pg_statistic')
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
  } finally {
    await client.end()
  }
}

/** Gives way to a statement that uses the table: nobody waits behind it for longer than the lock's timeout. */
async function rewrite(client: Client, table: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await client.query(`vacuum (full, analyze) ${table}`)
      return
    } catch (error) {
      if ((error as { code?: string }).code !== '55P03' || tries === lockTriesMax) throw error
      await wait(500)
    }
  }
}
