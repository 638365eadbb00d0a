const number = /^[-−]?(\d[\d.,]*|[.,]\d+)(?:e[+-]?\d+)?$/i

/** What is a number in a table, without its currency, its percent sign and the spaces of its thousands; null for anything else. */
export function bareNumber(text: string): string | null {
  const bare = text
    .replace(/[\s'’_\u00a0\u202f]|^[~≈<>]/g, '')
    .replace(/^[+]?([-−]?)[$€£¥]?/, '$1')
    .replace(/[%$€£¥]$/, '')
  return number.test(bare) ? bare : null
}

/** RFC 4180. What a spreadsheet would take for a formula is kept a text. */
export const csvOf = (rows: readonly (readonly string[])[]) => rows.map((row) => row.map(csvCell).join(',')).join('\r\n')

function csvCell(text: string): string {
  const isFormula = /^[=@\t\r]/.test(text) || (/^[+-]/.test(text) && bareNumber(text) === null)
  const safe = isFormula ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
