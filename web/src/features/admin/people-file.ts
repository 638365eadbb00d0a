import { invitedRowsMax } from '@jarvis/contracts/invitations.ts'
import { dsvFormat } from 'd3-dsv'

/** `row` is as a spreadsheet counts: the header is the first. */
export type FileRow = { row: number; email: string; name: string; role: string; plan: string }
export type FileFault = 'too_big' | 'too_many' | 'no_email' | 'open_quote' | 'no_rows'

const bytesMax = 1_000_000
/** What the server takes of a cell; a longer one is wrong in either case. */
const cellMax = 100
const emailMax = 400
const headers = { email: ['email', 'e-mail', 'mail'], name: ['name'], role: ['role'], plan: ['plan'] } as const

/** The rows of a table of people, or why there are none. Other columns are left alone. */
export async function peopleIn(file: Blob): Promise<FileRow[] | FileFault> {
  if (file.size > bytesMax) return 'too_big'
  // Neither can be in a cell that means something.
  const text = decoded(await file.arrayBuffer())
    .replaceAll('\u0000', '')
    .toWellFormed()
  // Quotes come in pairs, doubled ones too: past one that is open everything would be one cell.
  if (text.split('"').length % 2 === 0) return 'open_quote'
  const [header = [], ...records] = dsvFormat(delimiterOf(text)).parseRows(text)
  const names = header.map((cell) => cell.trim().toLowerCase())
  const columnOf = (wanted: readonly string[]) => names.findIndex((name) => wanted.includes(name))
  const columns = { email: columnOf(headers.email), name: columnOf(headers.name), role: columnOf(headers.role), plan: columnOf(headers.plan) }
  if (columns.email < 0) return 'no_email'
  const rows = records.flatMap((cells, index): FileRow[] => {
    if (cells.every((cell) => cell.trim() === '')) return []
    const cell = (column: number, max = cellMax) => (cells[column] ?? '').trim().slice(0, max).toWellFormed()
    const { email, name, role, plan } = columns
    return [{ row: index + 2, email: cell(email, emailMax), name: cell(name), role: cell(role), plan: cell(plan) }]
  })
  return rows.length === 0 ? 'no_rows' : rows.length > invitedRowsMax ? 'too_many' : rows
}

/** UTF-8, with its mark or without; else what Excel writes: UTF-16 with its mark, or the letters of Western Europe. */
function decoded(bytes: ArrayBuffer): string {
  const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength))
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

/** Where a comma marks decimals, Excel writes semicolons: the header says which of them it is. */
function delimiterOf(text: string): string {
  const header = text.split(/[\r\n]/, 1)[0]!
  const times = (delimiter: string) => header.split(delimiter).length
  return [',', ';', '\t'].reduce((most, delimiter) => (times(delimiter) > times(most) ? delimiter : most))
}
