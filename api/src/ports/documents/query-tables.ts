import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { parseObject } from '#lib/parse-object.ts'
import { createSemaphore } from '#lib/semaphore.ts'
import type { Isolation } from '#ports/sandbox/index.ts'
import { packages } from './read-file.ts'

export type TableFormat = 'csv' | 'json' | 'parquet' | 'sheets'
/** `name` is what it is called in SQL; of a file with several sheets each is a table, whose name begins with it. */
export type TableSource = { name: string; format: TableFormat; bytes: Buffer }
export type TableQuestion = { sources: TableSource[]; sql: string | null; sampleRows: number; rowsMax: number; charactersMax: number }

const program = fileURLToPath(new URL('./reader/table-reader.ts', import.meta.url))
const limits = { cpuSecondsMax: 40, heapMegabytesMax: 512, dataBytesMax: 1536 * 1024 * 1024, outputBytesMax: 8 * 1024 * 1024 }
/** For one question, once its tables are loaded; and for all of it. */
const millisecondsMax = 10_000
const timeoutMs = 45_000
/** Each may take more than a gigabyte. */
const inTurn = createSemaphore(2, 100, 'overloaded.files')

const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()])
const Column = z.object({ name: z.string(), type: z.string() })
const Table = z.object({ source: z.string(), name: z.string(), rows: z.int(), columns: z.array(Column), sample: z.array(z.array(Cell)) })
const Reply = z.object({
  tables: z.array(Table).max(1000),
  /** Sources that are no tables, whatever their type says. */
  broken: z.array(z.string()),
  result: z.object({ columns: z.array(Column), rows: z.array(z.array(Cell)), more: z.boolean() }).optional(),
  /** Why there is no result. */
  error: z.string().optional(),
})
export type TableReply = z.infer<typeof Reply>

/**
 * The answer to one question in SQL about these tables, and what the tables are, by an isolated process that reaches nothing but them and is killed
 * when it takes too long, too much processor or too much memory.
 * @throws invalid_request when it took too much, overloaded when too many wait
 */
export async function queryTables(isolation: Isolation, { sources, ...question }: TableQuestion, signal: AbortSignal): Promise<TableReply> {
  const asked = { ...question, sources: sources.map(({ name, format }) => ({ name, format })), millisecondsMax }
  const input = Buffer.from(JSON.stringify(asked))
  const files = sources.map(({ bytes }) => bytes)
  const printed = await inTurn(() => isolation.run({ program, reads: [packages], loadsAddons: true, input, files, timeoutMs, signal, ...limits }))
  const reply = Reply.safeParse(printed && parseObject(printed.toString())).data
  if (!reply) throw new AppError('invalid_request', 'The question took too much time or memory and was stopped. Ask for less, or of fewer rows.')
  return reply
}
