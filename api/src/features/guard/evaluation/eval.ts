import { createGuard, type Guard, type GuardChannel } from '#features/guard/guard.ts'
import type { GuardAction } from '#features/guard/score.ts'
import { seededRandom } from '#lib/seeded-random.ts'
import { cleaning, type Cleaning } from './cleaning.ts'
import { longPages } from './long-pages.ts'
import { mentions } from './mentions.ts'
import { obfuscations } from './obfuscations.ts'
import { areaUnderCurve, type Measured, share } from './statistics.ts'

/** A labelled row, as in `guard/dev.jsonl` of the public data. */
export type GuardRow = { text: string; label: 'injection' | 'benign'; channel: GuardChannel; lang: string; source: string; span?: [number, number] }

/** How the guard does at its own thresholds. "Caught" is flagged or blocked. */
export type GuardFigures = {
  injections: number
  benign: number
  recall: Measured
  precision: Measured
  falsePositiveRate: Measured
  blockRecall: Measured
  blockFalsePositiveRate: Measured
  auc: Measured
}
export type GuardEval = {
  all: GuardFigures
  byChannel: Record<string, GuardFigures>
  byLanguage: Record<string, GuardFigures>
  bySource: Record<string, GuardFigures>
  /** Of attacks in plain English: how many are caught in each spelling, beside those that are caught as they stand. */
  bySpelling: { plain: Measured; spellings: Record<string, Measured> }
  /** Honest messages that only mention the words of attacks: how many pass. */
  mentionsPassed: Measured
  cleaning: Cleaning
  /** Of honest pages of 100,000 characters: how many are flagged. */
  longPagesFlagged: Measured
  /** Processor time of a kilobyte of the rows, and of one long page. */
  cost: { msOfKilobyte: number; msOfPage: number }
}

type Judged = GuardRow & { score: number; action: GuardAction; cleaned: string }

/** Languages with fewer rows are counted together: an interval over five rows says nothing. */
const languageRowsMin = 30

/** Judges every row with the product's own guard. Synchronous: about a second for a thousand rows. */
export function guardEval(rows: GuardRow[]): GuardEval {
  const guard = createGuard()
  const judge = (): Judged[] =>
    rows.map((row) => {
      const { score, action, text } = guard.inspect(row.text, row.channel)
      return { ...row, score, action, cleaned: text }
    })
  const [judged, rowsMs] = timed(judge)
  const pages = longPages(rows)
  const [flagged, pagesMs] = timed(() => pages.filter((text) => guard.inspect(text, 'tool_output').action !== 'allow').length)
  const kilobytes = rows.reduce((sum, { text }) => sum + Buffer.byteLength(text) / 1024, 0)
  const ofLanguage = Object.groupBy(judged, (row) => row.lang)
  return {
    all: figures(judged),
    byChannel: figuresBy(judged, (row) => row.channel),
    byLanguage: figuresBy(judged, (row) => (ofLanguage[row.lang]!.length >= languageRowsMin ? row.lang : 'other')),
    bySource: figuresBy(judged, (row) => row.source),
    bySpelling: spelled(guard, rows),
    mentionsPassed: share(mentions.filter((text) => guard.inspect(text, 'user').action === 'allow').length, mentions.length),
    cleaning: cleaning(judged),
    longPagesFlagged: share(flagged, pages.length),
    cost: { msOfKilobyte: rowsMs / kilobytes, msOfPage: pagesMs / pages.length },
  }
}

/** With the processor's time in milliseconds, which others' work does not add to. */
function timed<Result>(work: () => Result): [Result, number] {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return [result, (user + system) / 1000]
}

const spelledCharactersMax = 1500
const spelledRowsMax = 200

function spelled(guard: Pick<Guard, 'inspect'>, rows: GuardRow[]): GuardEval['bySpelling'] {
  const random = seededRandom(3)
  const attacks = rows
    .filter(({ label, channel, lang, text }) => label === 'injection' && channel === 'user' && lang === 'en' && text.length < spelledCharactersMax)
    .filter((_, at, all) => at % Math.ceil(all.length / spelledRowsMax) === 0)
  const caught = (write: (text: string) => string) =>
    share(attacks.filter(({ text }) => guard.inspect(write(text), 'user').action !== 'allow').length, attacks.length)
  const spellings = Object.entries(obfuscations).map(([name, write]) => [name, caught((text) => write(text, random))])
  return { plain: caught((text) => text), spellings: Object.fromEntries(spellings) }
}

function figuresBy(rows: Judged[], key: (row: Judged) => string): Record<string, GuardFigures> {
  const groups = Object.entries(Object.groupBy(rows, key)).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(groups.map(([name, group]) => [name, figures(group ?? [])]))
}

function figures(rows: Judged[]): GuardFigures {
  const injections = rows.filter((row) => row.label === 'injection')
  const benign = rows.filter((row) => row.label === 'benign')
  const caught = count(injections, isCaught)
  const falselyCaught = count(benign, isCaught)
  return {
    injections: injections.length,
    benign: benign.length,
    recall: share(caught, injections.length),
    precision: share(caught, caught + falselyCaught),
    falsePositiveRate: share(falselyCaught, benign.length),
    blockRecall: share(count(injections, isBlocked), injections.length),
    blockFalsePositiveRate: share(count(benign, isBlocked), benign.length),
    auc: areaUnderCurve(
      injections.map((row) => row.score),
      benign.map((row) => row.score),
    ),
  }
}

const isCaught = (row: Judged) => row.action !== 'allow'
const isBlocked = (row: Judged) => row.action === 'block'
const count = (rows: Judged[], holds: (row: Judged) => boolean) => rows.filter(holds).length

/** The figures as a table for a terminal, one line per slice. */
export function formatGuardEval(result: GuardEval): string {
  const slices = [
    ['all', result.all],
    ...Object.entries(result.byChannel).map(([name, slice]) => [`channel ${name}`, slice]),
    ...Object.entries(result.byLanguage).map(([name, slice]) => [`language ${name}`, slice]),
    ...Object.entries(result.bySource).map(([name, slice]) => [`source ${name}`, slice]),
  ] as [string, GuardFigures][]
  const header = [
    'slice'.padEnd(30),
    'attacks',
    ' benign',
    ...['recall', 'false positives', 'precision', 'AUC'].map((title) => title.padEnd(20)),
  ].join('  ')
  const { plain, spellings } = result.bySpelling
  const ofPlain = ([name, { value }]: [string, Measured]) => `${name.padEnd(30)}${percent(value / plain.value).padStart(6)} % of plain recall`
  return [
    header,
    ...slices.map(([name, slice]) => formatSlice(name, slice)),
    '',
    `attacks in plain English: ${formatMeasured(plain)} of ${plain.of}; in other spellings:`,
    ...Object.entries(spellings).map(ofPlain),
    '',
    ...Object.entries({
      'honest mentions that pass': result.mentionsPassed,
      'marked payloads removed': result.cleaning.removed,
      'text around them kept': result.cleaning.kept,
      'honest outputs of tools untouched': result.cleaning.untouched,
      'honest pages of 100 kB flagged': result.longPagesFlagged,
    }).map(([name, measured]) => `${name}: ${formatMeasured(measured)} of ${measured.of}`),
    `processor time: ${result.cost.msOfKilobyte.toFixed(2)} ms a kilobyte of the rows, ${result.cost.msOfPage.toFixed(0)} ms a page of 100 kB`,
  ].join('\n')
}

function formatSlice(name: string, slice: GuardFigures): string {
  const counts = [slice.injections, slice.benign].map((rows) => String(rows).padStart(7))
  const measured = [slice.recall, slice.falsePositiveRate, slice.precision, slice.auc].map((value) => formatMeasured(value).padEnd(20))
  return [name.padEnd(30), ...counts, ...measured].join('  ').trimEnd()
}

const percent = (value: number) => (100 * value).toFixed(1)
const formatMeasured = ({ value, low, high }: Measured) => (Number.isNaN(value) ? '-' : `${percent(value)} [${percent(low)}, ${percent(high)}]`)
