import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { defineTool, everyPlan, everyRole } from '#features/agent/tool.ts'

type Column = { name: string; type: string }
type Cell = string | number | boolean | null
type Table = { file: string; name: string; rows: number; columns: Column[]; sample: Cell[][] }
type Answer = {
  tables: Table[]
  broken: string[]
  left: string[]
  result?: { columns: Column[]; rows: Cell[][]; more: boolean } | undefined
  error?: string | undefined
}
type Tables = {
  any(readerId: string): Promise<boolean>
  ask(asked: { readerId: string; conversationId: string; sql: string | null; signal: AbortSignal }): Promise<Answer>
}

const Chart = z.strictObject({
  kind: z.enum(['bar', 'line', 'area', 'point', 'pie']),
  x: z.string().min(1).max(200).describe('The column along the axis; of a pie, the one that names the pieces'),
  y: z.string().min(1).max(200).describe('The column of the numbers'),
  series: z.string().min(1).max(200).optional().describe('The column that tells several lines or colours apart'),
  title: z.string().max(200).optional(),
})

export const queryData = (tables: Tables) =>
  defineTool({
    name: 'query_data',
    title: 'Data',
    description:
      'Answers one question in SQL (the dialect of DuckDB, reading only) about tables: the CSV, Excel, OpenDocument, Parquet and JSON files of this conversation or, where it has none, of this person. Without `sql` it lists the tables with their columns and some rows: do that first. Write names in double quotes. At most 200 rows come back, so let SQL filter and sum. The person sees the result as a table and, with `chart`, as a chart, so do not repeat its rows.',
    args: z.strictObject({ sql: z.string().min(1).max(10_000).optional(), chart: Chart.optional() }),
    risk: 'read',
    roles: everyRole,
    plans: everyPlan,
    timeoutSeconds: 90,
    outputCharactersMax: 60_000,
    untrusted: true,
    leaves: 'nothing',
    hasWork: ({ userId }) => tables.any(userId),
    async execute({ sql = null, chart }, { caller, conversationId, signal }) {
      const answer = await tables.ask({ readerId: caller.userId, conversationId, sql, signal })
      if (answer.error !== undefined) throw new AppError('invalid_request', `${answer.error}\n\n${listed(answer)}`)
      if (!answer.result) return { content: JSON.stringify({ tables: answer.tables, ...notes(answer) }) }
      const missing = [chart?.x, chart?.y, chart?.series].filter(
        (name) => name !== undefined && !answer.result!.columns.some((one) => one.name === name),
      )
      const noted = missing.length > 0 ? { note: `The chart was not drawn: the result has no column ${missing.join(', ')}.` } : {}
      return { content: JSON.stringify({ ...answer.result, ...noted, ...notes(answer) }) }
    },
  })

const notes = ({ broken, left }: Answer) => ({
  ...(broken.length > 0 && { unreadable: broken }),
  ...(left.length > 0 && { tooLarge: left }),
})

/** What could have been asked for, so that the next try can be right. */
const listed = ({ tables, broken, left }: Answer) =>
  [
    ...tables.map(({ name, columns }) => `Table "${name}": ${columns.map((column) => `"${column.name}" ${column.type}`).join(', ')}`.slice(0, 2000)),
    ...broken.map((file) => `${file} is no table that can be read.`),
    ...left.map((file) => `${file} was left out: the tables of one question may have 64 MiB together.`),
  ].join('\n')
