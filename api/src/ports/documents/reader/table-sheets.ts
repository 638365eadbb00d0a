import { openArchive } from './archive.ts'

/** A sheet as texts in their columns, each with the type that all of them have; null where a cell is empty. */
export type Sheet = {
  name: string
  columns: { name: string; type: 'DOUBLE' | 'TIMESTAMP' | 'DATE' | 'BOOLEAN' | 'VARCHAR' }[]
  rows: (string | null)[][]
}

const rowsMax = 200_000
const columnsMax = 500

/** Of Excel and of OpenDocument: numbers as they are kept, not as they are shown. The first row that has anything in it names the columns. */
export async function sheetsOf(data: Buffer): Promise<Sheet[]> {
  await openArchive(data)
  const { read, utils } = await import('@e965/xlsx')
  const book = read(data, { type: 'buffer', dense: true, cellDates: true, UTC: true, sheetRows: rowsMax, cellFormula: false, cellHTML: false })
  return book.SheetNames.flatMap((name) => {
    const [head, ...rows] = utils.sheet_to_json<unknown[]>(book.Sheets[name]!, { header: 1, raw: true, defval: null, blankrows: false, UTC: true })
    return head ? [{ name, ...columnsOf(head.slice(0, columnsMax), rows) }] : []
  })
}

function columnsOf(head: unknown[], rows: unknown[][]): Omit<Sheet, 'name'> {
  const columns = head.map((cell, at) => ({ name: textOf(cell)?.trim() || `column${at + 1}`, type: typeOf(rows.map((row) => row[at])) }))
  return { columns, rows: rows.map((row) => columns.map((_, at) => textOf(row[at]))) }
}

function textOf(cell: unknown): string | null {
  if (cell === null || cell === undefined || cell === '') return null
  if (cell instanceof Date) return cell.toISOString().slice(0, 19)
  return typeof cell === 'string' ? cell : JSON.stringify(cell)
}

function typeOf(cells: unknown[]): Sheet['columns'][number]['type'] {
  const filled = cells.filter((cell) => textOf(cell) !== null)
  const all = (is: (cell: unknown) => boolean) => filled.length > 0 && filled.every(is)
  if (all((cell) => typeof cell === 'number')) return 'DOUBLE'
  if (all((cell) => typeof cell === 'boolean')) return 'BOOLEAN'
  if (!all((cell) => cell instanceof Date)) return 'VARCHAR'
  return all((cell) => (cell as Date).toISOString().includes('T00:00:00')) ? 'DATE' : 'TIMESTAMP'
}
