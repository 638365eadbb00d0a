import { and, desc, inArray } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { Blobs } from '#ports/blobs/index.ts'
import type { Database } from '#ports/database/index.ts'
import { files } from '#ports/database/tables.ts'
import type { TableQuestion, TableReply, TableSource } from '#ports/documents/index.ts'
import { tableFormatOf, tableTypes } from './media-type.ts'
import { filesSeenBy } from './owned.ts'
import { attachedTo } from './search.ts'

export type TablesDeps = Pick<Database, 'db'> & {
  blobs: Pick<Blobs, 'get'>
  /** In a process of its own. */
  queryTables(question: TableQuestion, signal: AbortSignal): Promise<TableReply>
  /** Undefined: as many as fit. */
  tableRowsShown: number | undefined
}
type Row = typeof files.$inferSelect
type Asked = { readerId: string; conversationId: string; sql: string | null; signal: AbortSignal }
/** `file` is the one that a table is from; `left` are files that were too large to be asked along with the others. */
type Table = Omit<TableReply['tables'][number], 'source'> & { file: string }
export type TableAnswer = Omit<TableReply, 'tables' | 'broken'> & { tables: Table[]; broken: string[]; left: string[] }

/** So many of a person's newest tables, where a conversation has none. */
const tablesMax = 20
/** Of all that one question is about. */
const bytesMax = 64 * 1024 * 1024
const sampleRows = 3
const [rowsMax, charactersMax] = [200, 16_000]

/** Tables among the files that a person may see, asked in SQL: those of the conversation or, where it has none, the newest. */
export function createTables({ db, blobs, queryTables, tableRowsShown }: TablesDeps) {
  async function tablesFor(readerId: string, conversationId: string): Promise<Row[]> {
    const mine = and(filesSeenBy(readerId), inArray(files.mediaType, [...tableTypes]))
    const own = await attachedTo(db, conversationId)
    const newest = db.select().from(files).orderBy(desc(files.id)).limit(tablesMax)
    const attached = own.length > 0 ? await newest.where(and(mine, inArray(files.id, own))) : []
    return attached.length > 0 ? attached : await db.select().from(files).where(mine).orderBy(desc(files.id)).limit(tablesMax)
  }

  async function sourceOf({ blobKey, mediaType }: Row, name: string): Promise<TableSource[]> {
    const content = await blobs.get(blobKey)
    // It was deleted meanwhile.
    return content ? [{ name, format: tableFormatOf(mediaType)!, bytes: Buffer.concat(await Array.fromAsync(content)) }] : []
  }

  return {
    /** Whether a person has any. */
    any: async (readerId: string): Promise<boolean> => {
      const mine = and(filesSeenBy(readerId), inArray(files.mediaType, [...tableTypes]))
      return (await db.select({ id: files.id }).from(files).where(mine).limit(1)).length > 0
    },

    /** @throws not_found where there is no table, invalid_request when it took too much */
    async ask({ readerId, conversationId, sql, signal }: Asked): Promise<TableAnswer> {
      const found = named(await tablesFor(readerId, conversationId))
      if (found.size === 0) throw new AppError('not_found', 'There is no table among the files: none is CSV, Excel, OpenDocument, Parquet or JSON.')
      const fileNames = new Map([...found].map(([name, row]) => [name, row.name]))
      const sources: TableSource[] = []
      const left: string[] = []
      let bytes = 0
      for (const [name, row] of mentioned(found, sql)) {
        if (bytes + row.bytes > bytesMax) left.push(row.name)
        else {
          bytes += row.bytes
          sources.push(...(await sourceOf(row, name)))
        }
      }
      const asked = { sources, sql, sampleRows: tableRowsShown ?? sampleRows, rowsMax, charactersMax }
      const { tables, broken, ...answer } = await queryTables(asked, signal)
      return {
        ...answer,
        tables: tables.map(({ source, ...table }) => ({ file: fileNames.get(source)!, ...table })),
        broken: broken.map((source) => fileNames.get(source)!),
        left,
      }
    },
  }
}

/** By the names that they have in SQL: those of the files in small letters, digits and underscores. */
function named(rows: readonly Row[]): Map<string, Row> {
  const found = new Map<string, Row>()
  for (const row of rows) {
    const plain = tableName(row.name)
    let name = plain
    for (let count = 2; found.has(name); count++) name = `${plain}_${count}`
    found.set(name, row)
  }
  return found
}

function tableName(fileName: string): string {
  const plain = fileName
    .replace(/\.[^.]*$/, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '_')
    .replace(/^_|_$/g, '')
    .slice(0, 60)
  return /^\p{L}/u.test(plain) ? plain : `t_${plain}`
}

/** Those that a question names, for each has to be loaded; all of them where it names none. */
function mentioned(found: Map<string, Row>, sql: string | null): [string, Row][] {
  const text = sql?.normalize('NFC').toLowerCase()
  const asked = text === undefined ? [] : [...found].filter(([name]) => text.includes(name))
  return asked.length > 0 ? asked : [...found]
}
