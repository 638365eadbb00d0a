import type { Table, TableRow } from 'mdast'
import { ArrowDown, ArrowUp, ArrowUpDown, Download } from 'lucide-react'
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import { csvOf } from '#lib/csv.ts'
import { saveText } from '#lib/save-text.ts'
import { IconButton } from '#ui/button.tsx'
import { CopyButton } from '#ui/copy-button.tsx'
import { directionOf } from './direction.ts'
import { plainText } from './node.ts'
import { sortedBy } from './table-rows.ts'
import { say } from '#words/say.ts'

type Order = { column: number; down: boolean }
type TableProps = { node: Table; cell: (cell: TableRow['children'][number]) => ReactNode }

/** Rows as the answer has them, until one sorts by a column; a second time the other way round, a third time as they were. */
export function DataTable({ node, cell }: TableProps) {
  const [head, ...rows] = node.children
  const [order, setOrder] = useState<Order | null>(null)
  const texts = rows.map((row) => row.children.map(plainText))
  const shown = order ? sortedBy(texts, order.column, order.down).map((index) => rows[index]!) : rows
  const csv = () => csvOf([head?.children.map(plainText) ?? [], ...shown.map((row) => row.children.map(plainText))])
  const { ref, scrolls } = useScrolls()
  const style = (index: number) => (node.align?.[index] ? { textAlign: node.align[index] } : undefined)
  return (
    <figure>
      <div
        ref={ref}
        className="sideways"
        role="group"
        aria-label={say('Table')}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <table dir={directionOf(node)}>
          <thead>
            <tr>
              {head?.children.map((name, index) => (
                // oxlint-disable-next-line react/no-array-index-key -- columns have no other name
                <th key={index} style={style(index)} aria-sort={order?.column === index ? (order.down ? 'descending' : 'ascending') : undefined}>
                  {/* The button stays beside the name, of however many lines it is. */}
                  <span className="inline-flex items-center">
                    <span dir="auto">{cell(name)}</span>
                    {rows.length > 1 && (
                      <SortButton name={plainText(name)} order={order?.column === index ? order : null} onSort={() => setOrder(next(order, index))} />
                    )}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, at) => (
              // oxlint-disable-next-line react/no-array-index-key -- nor have rows
              <tr key={at}>
                {row.children.map((value, index) => (
                  // oxlint-disable-next-line react/no-array-index-key -- nor have cells
                  <td key={index} style={style(index)} className={isFigure(plainText(value)) ? 'whitespace-nowrap' : undefined}>
                    {cell(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <figcaption className="flex items-center justify-end text-[0.8125rem] text-muted">
        {scrolls && <span className="grow">{say('Scroll sideways for more columns.')}</span>}
        <CopyButton text={csv()} label={say('Copy table as CSV')} />
        <IconButton small label={say('Download table as CSV')} onClick={() => saveText('table.csv', `\uFEFF${csv()}`, 'text/csv;charset=utf-8')}>
          <Download className="size-4" />
        </IconButton>
      </figcaption>
    </figure>
  )
}

/** A number with its sign, its unit: one word, with or without a blank in it. */
const isFigure = (text: string) => text.length <= 16 && /^\D{0,4}\d[\d.,\s]*\D{0,4}$/.test(text)

function next(order: Order | null, column: number): Order | null {
  if (order?.column !== column) return { column, down: false }
  return order.down ? null : { column, down: true }
}

function SortButton({ name, order, onSort }: { name: string; order: Order | null; onSort: () => void }) {
  const label = name ? say('Sort by {name}', { name }) : say('Sort by this column')
  const Icon = order ? (order.down ? ArrowDown : ArrowUp) : ArrowUpDown
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onSort}
      className="ms-1 inline-flex size-6 shrink-0 items-center touch:-ms-0.5 touch:-me-2 [th:last-child_&]:me-0 justify-center rounded-md align-middle text-faint hover:bg-hover hover:text-ink touch:size-8"
    >
      <Icon className="size-3.5" />
    </button>
  )
}

/** Whether there is more of it than can be seen at once. */
function useScrolls() {
  const ref = useRef<HTMLDivElement>(null)
  const [scrolls, setScrolls] = useState(false)
  useLayoutEffect(() => {
    const place = ref.current!
    const observer = new ResizeObserver(() => setScrolls(place.scrollWidth > place.clientWidth + 1))
    observer.observe(place)
    return () => observer.disconnect()
  }, [])
  return { ref, scrolls }
}
