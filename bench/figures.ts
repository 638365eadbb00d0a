export type Row = Record<string, string | number>

export function median(values: number[]): number {
  return percentile(values, 0.5)
}

/** Nearest rank. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

export const rounded = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(3)) : value)
export const ratio = (value: number, baseline: number) => `${rounded(value / baseline)}×`

/** A Markdown table, so that what is printed is what is documented. */
export function printTable(title: string, rows: Row[]): void {
  const names = Object.keys(rows[0] ?? {})
  const cells = [names, ...rows.map((row) => names.map((name) => String(row[name])))]
  const widths = names.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)))
  const line = (values: string[]) => `| ${values.map((value, column) => value.padEnd(widths[column]!)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  console.log(`\n${title}\n\n${[line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n')}`)
}

/** A figure with a target. `values` are those of the rounds, each a ratio or a difference to the baseline of the same round. */
export type Claim = { claim: string; says: string; target: number; unit: string; values: number[]; atLeast?: boolean }

export const isMet = ({ target, values, atLeast = false }: Claim) => (atLeast ? median(values) >= target : median(values) <= target)

export function printClaims(title: string, claims: Claim[]): void {
  printTable(
    title,
    claims.map((each) => ({
      claim: each.says,
      target: `${each.atLeast ? '≥' : '≤'} ${each.target}${each.unit}`,
      now: `${rounded(median(each.values))}${each.unit}`,
      rounds: each.values.length > 1 ? each.values.map(rounded).join(' ') : '',
      '': isMet(each) ? 'met' : 'missed',
    })),
  )
}
