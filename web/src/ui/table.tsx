/* oxlint-disable jsx-a11y/no-redundant-roles, jsx-a11y/no-interactive-element-to-noninteractive-role -- cards are no table to a browser, but for these roles */
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

export type Column<Row> = {
  name: string
  cell: (row: Row) => ReactNode
  numeric?: boolean
  foot?: ReactNode
  /** Its cells say by themselves what they do. */ act?: boolean
}

type TableProps<Row> = { label: string; columns: readonly Column<Row>[]; rows: readonly Row[]; rowKey: (row: Row) => string }

/** A table that becomes a list of cards where there is no room for columns. The first column names the row. */
export function Table<Row>({ label, columns, rows, rowKey }: TableProps<Row>) {
  const feet = columns.some(({ foot }) => foot !== undefined)
  const align = ({ numeric }: Column<Row>) => (numeric ? 'text-end tabular-nums' : 'text-start')
  return (
    <div className="@container">
      <table role="table" aria-label={label} className="w-full border-collapse text-[0.9375rem] @max-2xl:block">
        <thead role="rowgroup" className="@max-2xl:sr-only">
          <tr role="row">
            {columns.map((column) => (
              <th
                key={column.name}
                role="columnheader"
                scope="col"
                className={cx('py-2 pe-4 text-[0.8125rem] font-medium text-muted last:pe-0', align(column))}
              >
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className="@max-2xl:block">
          {rows.map((row) => (
            <Row key={rowKey(row)} columns={columns} cell={(column) => column.cell(row)} align={align} />
          ))}
        </tbody>
        {feet && (
          <tfoot role="rowgroup" className="font-medium @max-2xl:block">
            <Row columns={columns} cell={({ foot }) => foot} align={align} />
          </tfoot>
        )}
      </table>
    </div>
  )
}

type RowProps<Row> = { columns: readonly Column<Row>[]; cell: (column: Column<Row>) => ReactNode; align: (column: Column<Row>) => string }

function Row<Row>({ columns, cell, align }: RowProps<Row>) {
  return (
    <tr role="row" className="border-t border-line @max-2xl:flex @max-2xl:flex-col @max-2xl:gap-1 @max-2xl:py-3">
      {columns.map((column, index) => {
        const className = cx(
          'py-2.5 pe-4 align-middle last:pe-0 @max-2xl:flex @max-2xl:min-w-0 @max-2xl:items-center @max-2xl:justify-between @max-2xl:gap-4 @max-2xl:p-0',
          align(column),
        )
        if (index === 0)
          return (
            <th key={column.name} role="rowheader" scope="row" className={cx(className, 'font-normal [overflow-wrap:anywhere]')}>
              {cell(column)}
            </th>
          )
        return (
          <td key={column.name} role="cell" className={className}>
            {!column.act && (
              <span aria-hidden className="shrink-0 text-sm text-muted @2xl:hidden">
                {column.name}
              </span>
            )}
            <span className="min-w-0">{cell(column)}</span>
          </td>
        )
      })}
    </tr>
  )
}
