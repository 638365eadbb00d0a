import type { ToolCall } from '@jarvis/contracts/parts.ts'
import type { Table, TableCell } from 'mdast'
import { useMemo } from 'react'
import { CodeBlock } from '#features/chat/markdown/code-block.tsx'
import { DataTable } from '#features/chat/markdown/data-table.tsx'
import { Chart } from '#features/chat/markdown/drawing.tsx'
import { plainText } from '#features/chat/markdown/node.ts'
import { parseArgs } from '#features/chat/thread/tool-title.ts'
import { say, sayCount } from '#words/say.ts'
import { type Chart as AskedChart, isNumeric, readResult, type Result, specOf, textOf } from './result.ts'

/** What a question to tables returned: a chart, where one was asked for, with its data and its SQL behind a click. */
export function DataResult({ call }: { call: ToolCall }) {
  const result = useMemo(() => readResult(call.result), [call.result])
  const { sql, chart } = useMemo(() => parseArgs(call.args) as { sql?: string; chart?: AskedChart }, [call.args])
  const spec = useMemo(() => result && chart && specOf(chart, result), [result, chart])
  const table = useMemo(() => result && tableOf(result), [result])
  if (!result || !table) return null
  return (
    <div className="answer my-2">
      {spec && chart && <Chart code={spec} alt={chart.title ?? say('Chart: {y} by {x}', { x: chart.x, y: chart.y })} />}
      <details open={!spec} className="text-sm">
        <summary>
          {sayCount(result.rows.length, '{n} row', '{n} rows')}
          {result.more && <span className="text-muted"> · {say('There are more than these.')}</span>}
        </summary>
        <div className="max-h-[24rem] overflow-y-auto">
          <DataTable node={table} cell={plainText} />
        </div>
      </details>
      {sql !== undefined && (
        <details className="text-sm">
          <summary>SQL</summary>
          <CodeBlock code={sql} language="sql" />
        </details>
      )}
    </div>
  )
}

/** As an answer would have written it, so that it looks, sorts and downloads like any table. */
function tableOf({ columns, rows }: Result): Table {
  const cell = (value: string): TableCell => ({ type: 'tableCell', children: [{ type: 'text', value }] })
  return {
    type: 'table',
    align: columns.map((column) => (isNumeric(column) ? 'right' : null)),
    children: [columns.map(({ name }) => name), ...rows.map((row) => row.map(textOf))].map((texts) => ({
      type: 'tableRow',
      children: texts.map(cell),
    })),
  }
}
