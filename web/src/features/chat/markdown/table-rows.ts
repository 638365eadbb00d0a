import { bareNumber } from '#lib/csv.ts'

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** The mark that must be the decimal one, as in 1.234,5 or 0,25; undefined where there is none, or where 1,234 may be either. */
function decimalMark(bare: string): ',' | '.' | undefined {
  const [digits = ''] = bare.replace(/^[-−]/, '').split(/e/i)
  const [commas, points] = [digits.split(',').length - 1, digits.split('.').length - 1]
  if (commas > 0 && points > 0) return digits.lastIndexOf(',') > digits.lastIndexOf('.') ? ',' : '.'
  if (commas > 1) return '.'
  if (points > 1) return ','
  const mark = commas === 1 ? ',' : '.'
  return commas + points === 0 || /^[1-9]\d{0,2}[.,]\d{3}$/.test(digits) ? undefined : mark
}

/** The numbers of a column, NaN for what is none. Whether a comma marks decimals or thousands, those that can only be read one way decide for all. */
function numbersIn(texts: readonly string[]): number[] {
  const bare = texts.map(bareNumber)
  const marks = bare.map((one) => one && decimalMark(one))
  const [decimal, thousands] = marks.includes(',') && !marks.includes('.') ? ([',', '.'] as const) : (['.', ','] as const)
  return bare.map((one, index) => {
    if (one === null) return NaN
    const own = marks[index] ?? decimal
    return Number(
      one
        .replaceAll(own === decimal ? thousands : decimal, '')
        .replace(own, '.')
        .replace('−', '-'),
    )
  })
}

/** The places of the rows, sorted by a column: by number where both have one, else as words; what is empty comes last. Equal ones stay as they were. */
export function sortedBy(rows: readonly (readonly string[])[], column: number, down: boolean): number[] {
  const way = down ? -1 : 1
  const texts = rows.map((row) => row[column]?.trim() ?? '')
  const numbers = numbersIn(texts)
  const keys = texts.map((text, index) => ({ text, number: numbers[index]! }))
  return rows
    .map((_, index) => index)
    .sort((left, right) => {
      const [a, b] = [keys[left]!, keys[right]!]
      if (!a.text || !b.text) return Number(!a.text) - Number(!b.text)
      if (!Number.isNaN(a.number) && !Number.isNaN(b.number)) return way * (a.number - b.number)
      return way * collator.compare(a.text, b.text)
    })
}
