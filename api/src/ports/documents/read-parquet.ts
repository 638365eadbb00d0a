import { refusal } from '#lib/refusal.ts'
import type { Isolation } from '#ports/sandbox/index.ts'
import { queryTables } from './query-tables.ts'
import type { ReadFile } from './read-file.ts'

/** So many rows are its text: what it holds, not all of it. */
const sampleRows = 100

/** What a Parquet file holds: its columns, and its first rows. @throws invalid_request when it is none, overloaded when too many wait */
export async function readParquet(isolation: Isolation, bytes: Buffer, signal: AbortSignal): Promise<ReadFile> {
  const sources = [{ name: 'table', format: 'parquet' as const, bytes }]
  const { tables } = await queryTables(isolation, { sources, sql: null, sampleRows, rowsMax: 1, charactersMax: 1 }, signal)
  const [table] = tables
  if (!table) throw refusal('invalid_request.file_unreadable')
  const names = table.columns.map(({ name, type }) => `${name} (${type})`).join(', ')
  const rows = table.sample.map((row) => row.map((cell) => cell ?? '').join(' | '))
  const text = [`A table of ${table.rows} rows.`, `Columns: ${names}`, ...rows].join('\n')
  return { sections: [{ page: null, heading: null, text }], pages: null, emptyPages: [] }
}
