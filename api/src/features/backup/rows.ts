import type { ClientBase } from 'pg'

const rowsPerTurn = 500
/** Answers to requests of the last day: of no use to another installation. */
const leftOut = new Set(['idempotent_answers'])

/** Our tables, each after those it refers to. */
export async function tablesOf(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string; needs: string[] }>(`
    select c.relname as name, coalesce(array_agg(distinct f.relname::text) filter (where f.relname is not null and f.oid <> c.oid), '{}') as needs
    from pg_class c
    left join pg_constraint k on k.conrelid = c.oid and k.contype = 'f'
    left join pg_class f on f.oid = k.confrelid
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
    group by c.oid, c.relname order by c.relname`)
  const waiting = new Map(rows.map(({ name, needs }) => [name, needs]))
  const ordered: string[] = []
  while (waiting.size > 0) {
    const [ready] = [...waiting].find(([, needs]) => needs.every((name) => !waiting.has(name)))!
    waiting.delete(ready)
    ordered.push(ready)
  }
  return ordered.filter((name) => !leftOut.has(name))
}

/** Every row as a JSON text, oldest first, so that a row that refers to another of its table comes after it. */
export async function* readRows(client: ClientBase, table: string): AsyncGenerator<string> {
  const { rows: columns } = await client.query<{ name: string }>(
    `select a.attname as name from pg_attribute a
     left join pg_index i on i.indrelid = a.attrelid and i.indisprimary and a.attnum = any(i.indkey)
     where a.attrelid = $1::regclass and (i.indrelid is not null or a.attname = 'position')
     order by a.attname <> 'position', a.attnum`,
    [quoted(table)],
  )
  const order = columns.map(({ name }) => quoted(name)).join(', ') || '1'
  await client.query(`declare backup_rows cursor for select row_to_json(t)::text as row from ${quoted(table)} t order by ${order}`)
  for (;;) {
    const { rows } = await client.query<{ row: string }>(`fetch ${rowsPerTurn} from backup_rows`)
    for (const { row } of rows) yield row
    if (rows.length < rowsPerTurn) break
  }
  await client.query('close backup_rows')
}

/** Puts rows back as they were; columns that they do not name get their defaults. */
export function createRowWriter(client: ClientBase, table: string) {
  let waiting: string[] = []
  const flush = async () => {
    if (waiting.length === 0) return
    const columns = Object.keys(JSON.parse(waiting[0]!) as object)
      .map(quoted)
      .join(', ')
    await client.query(`insert into ${quoted(table)} (${columns}) select ${columns} from json_populate_recordset(null::${quoted(table)}, $1::json)`, [
      `[${waiting.join(',')}]`,
    ])
    waiting = []
  }
  return {
    async write(row: string): Promise<void> {
      waiting.push(row)
      if (waiting.length >= rowsPerTurn) await flush()
    },
    flush,
  }
}

/** Sequences go on after the rows that were put back. */
export async function advanceSequences(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string; sequence: string }>(`
    select c.relname as table, a.attname as column, pg_get_serial_sequence(quote_ident(c.relname), a.attname) as sequence
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and pg_get_serial_sequence(quote_ident(c.relname), a.attname) is not null`)
  for (const { table, column, sequence } of rows) {
    await client.query(`select setval($1, coalesce((select max(${quoted(column)}) from ${quoted(table)}), 0) + 1, false)`, [sequence])
  }
}

export type Checksum = { name: string; rows: number; sum: string }

/** How many rows a table has and a sum of their hashes, whatever their order. */
export async function checksumOf(client: ClientBase, table: string): Promise<Checksum> {
  const { rows } = await client.query<{ rows: string; sum: string }>(
    `select count(*) as rows, coalesce(sum(('x' || substr(md5(row_to_json(t)::text), 1, 15))::bit(60)::bigint), 0)::text as sum from ${quoted(table)} t`,
  )
  return { name: table, rows: Number(rows[0]!.rows), sum: rows[0]!.sum }
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
