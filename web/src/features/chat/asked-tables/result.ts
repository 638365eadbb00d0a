import { parseArgs } from '#features/chat/thread/tool-title.ts'

export type Column = { name: string; type: string }
export type Cell = string | number | boolean | null
export type Chart = { kind: 'bar' | 'line' | 'area' | 'point' | 'pie'; x: string; y: string; series?: string; title?: string }
/** `more`: there were more rows than these. */
export type Result = { columns: Column[]; rows: Cell[][]; more: boolean }

/** What `query_data` returned, as far as it is a table; what was withheld or cut on its way is none. */
export function readResult(text: string | null): Result | null {
  const { columns, rows, more } = parseArgs(text ?? '') as Partial<Result>
  const isTable = Array.isArray(columns) && Array.isArray(rows) && columns.every((one) => typeof one?.name === 'string') && rows.every(Array.isArray)
  return isTable && columns.length > 0 ? { columns, rows, more: more === true } : null
}

export const textOf = (cell: Cell): string => (cell === null ? '' : String(cell))

const isNumber = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U\w+INT|FLOAT|DOUBLE|DECIMAL.*)$/
export const isNumeric = ({ type }: Column) => isNumber.test(type)
const isTime = ({ type }: Column) => type.startsWith('DATE') || type.startsWith('TIMESTAMP')

/** So many bars stand side by side under names of their own. */
const namesMax = 40

/** A chart of a result as a specification of Vega-Lite; null where it names a column that is not there. Columns go by their place, for a dot in a name would mean more. */
export function specOf({ kind, x, y, series, title }: Chart, { columns, rows }: Result): string | null {
  const at = (name: string) => columns.findIndex((column) => column.name === name)
  const places = [x, y, ...(series === undefined ? [] : [series])].map(at)
  if (places.includes(-1)) return null
  const [xAt, yAt, seriesAt] = places as [number, number, number | undefined]
  const values = rows.map((row) => Object.fromEntries(places.map((place) => [`c${place}`, valueOf(row[place]!, columns[place]!)])))
  const number = { field: `c${yAt}`, type: 'quantitative', title: y }
  const names = { field: `c${xAt}`, type: 'nominal', title: x, sort: null }
  const colour = seriesAt === undefined ? {} : { color: { field: `c${seriesAt}`, type: 'nominal', title: series, sort: null } }
  const shared = { ...(title !== undefined && { title }), data: { values } }
  if (kind === 'pie') return JSON.stringify({ ...shared, mark: 'arc', encoding: { theta: { ...number, stack: true }, color: names } })
  const isFew = new Set(rows.map((row) => row[xAt])).size <= namesMax
  const along = kind === 'bar' && isFew ? names : axisOf(columns[xAt]!, names)
  return JSON.stringify({ ...shared, mark: kind, encoding: { x: along, y: number, ...colour } })
}

function axisOf(column: Column, names: object): object {
  if (isTime(column)) return { ...names, type: 'temporal', scale: { type: 'utc' } }
  return isNumeric(column) ? { ...names, type: 'quantitative' } : names
}

/** Days and times without a zone are of none: as UTC they stay what they are. */
function valueOf(cell: Cell, column: Column): Cell {
  if (typeof cell !== 'string') return cell
  if (isNumeric(column)) return Number(cell)
  return isTime(column) && cell.includes(' ') ? `${cell.slice(0, 19).replace(' ', 'T')}Z` : cell
}
