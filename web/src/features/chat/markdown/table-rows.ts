const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** A number as a table has it, with its currency, its percent sign or its thousands; NaN for anything else. */
function numberIn(text: string): number {
  const bare = text
    .replace(/[\s,'’_\u00a0\u202f]|^[~≈<>]/g, '')
    .replace(/^[+]?([-−]?)[$€£¥]?/, '$1')
    .replace(/[%$€£¥]$/, '')
  return /^[-−]?[\d.]+(?:e[+-]?\d+)?$/i.test(bare) ? Number(bare.replace('−', '-')) : NaN
}

/** The places of the rows, sorted by a column: by number where both have one, else as words; what is empty comes last. Equal ones stay as they were. */
export function sortedBy(rows: readonly (readonly string[])[], column: number, down: boolean): number[] {
  const way = down ? -1 : 1
  const keys = rows.map((row) => ({ text: row[column]?.trim() ?? '', number: numberIn(row[column] ?? '') }))
  return rows
    .map((_, index) => index)
    .sort((left, right) => {
      const [a, b] = [keys[left]!, keys[right]!]
      if (!a.text || !b.text) return Number(!a.text) - Number(!b.text)
      if (!Number.isNaN(a.number) && !Number.isNaN(b.number)) return way * (a.number - b.number)
      return way * collator.compare(a.text, b.text)
    })
}

/** RFC 4180. What a spreadsheet would take for a formula is kept a text. */
export const csvOf = (rows: readonly (readonly string[])[]) => rows.map((row) => row.map(csvCell).join(',')).join('\r\n')

function csvCell(text: string): string {
  const isFormula = /^[=@\t\r]/.test(text) || (/^[+-]/.test(text) && Number.isNaN(numberIn(text)))
  const safe = isFormula ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
