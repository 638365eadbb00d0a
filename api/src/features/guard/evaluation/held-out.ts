import { inspect } from '#features/guard/guard.ts'
import type { GuardModel } from '#features/guard/model/weights.ts'
import { flagScore, type GuardAction } from '#features/guard/score.ts'
import type { TrainingRow } from '#features/guard/training/generate.ts'
import { family, trainGuard } from '#features/guard/training/train.ts'
import { seededRandom } from '#lib/seeded-random.ts'
import { cleaning, type Cleaning } from './cleaning.ts'
import { areaUnderCurve, type Measured } from './statistics.ts'

export type HeldOutRow = TrainingRow & { lang: string }
type Judged = HeldOutRow & { score: number; action: GuardAction; cleaned: string }

/** Intervals are of the choice of sources: whole families are drawn again, 200 times. `slices` are recalls at 1 % false positives. */
export type HeldOut = {
  auc: Measured
  recall: Measured
  slices: Record<string, Measured>
  own: { recall: Measured; falsePositives: Measured; blocked: Measured; honestBlocked: Measured }
  cleaning: Cleaning
}

const groups = 6
const resamples = 200
const falseShare = 0.01

/** Sources in whose texts no word gives an attack away. */
const implicit = /^(?:bipia_text|bipia_code|injecagent_base)$/

const slices: Record<string, (row: HeldOutRow) => boolean> = {
  'of a user': ({ channel }) => channel === 'user',
  'in a tool’s output': ({ channel, source }) => channel === 'tool_output' && !implicit.test(source),
  'in a tool’s output, implicit': ({ source }) => implicit.test(source),
  'not English': ({ lang }) => lang !== 'en' && lang !== 'und',
}

/** How the guard does on sources that its model does not know: each group of them is judged by a model of the others. About three minutes of a processor. */
export function heldOut(rows: HeldOutRow[], train: (rows: TrainingRow[]) => GuardModel = trainGuard): HeldOut {
  const judged = groupsOf(rows).flatMap((group) => {
    const model = train(rows.filter((row) => !group.has(family(row.source))))
    return rows
      .filter(({ source }) => group.has(family(source)))
      .map((row): Judged => {
        const { score, action, text } = inspect(row.text, row.channel, { model })
        return { ...row, score, action, cleaned: text }
      })
  })
  const families = [...Map.groupBy(judged, ({ source }) => family(source)).values()]
  const random = seededRandom(11)
  const drawn = Array.from({ length: resamples }, () => families.flatMap(() => families[Math.floor(random() * families.length)]!))
  const measured = (of: (rows: Judged[]) => number, count: number): Measured => {
    const values = drawn
      .map(of)
      .filter((value) => !Number.isNaN(value))
      .sort((a, b) => a - b)
    const at = (share: number) => values[Math.floor(share * values.length)] ?? Number.NaN
    return { value: of(judged), low: at(0.025), high: at(0.975), of: count }
  }
  const attacks = judged.filter(isAttack).length
  const shareOf = (which: (row: Judged) => boolean, holds: (row: Judged) => boolean) =>
    measured((rows) => shareIn(rows.filter(which), holds), judged.filter(which).length)
  return {
    auc: measured((rows) => areaUnderCurve(scores(rows, isAttack), scores(rows, isHonest)).value, judged.length),
    recall: measured((rows) => recallIn(rows, isAttack), attacks),
    slices: Object.fromEntries(
      Object.entries(slices).map(([name, isIn]) => {
        const which = (row: Judged) => isAttack(row) && isIn(row)
        return [name, measured((rows) => recallIn(rows, which), judged.filter(which).length)]
      }),
    ),
    own: {
      recall: shareOf(isAttack, ({ score }) => score >= flagScore),
      falsePositives: shareOf(isHonest, ({ score }) => score >= flagScore),
      blocked: shareOf(({ label, channel }) => label === 'injection' && channel === 'user', isBlocked),
      honestBlocked: shareOf(({ label, channel }) => label === 'benign' && channel === 'user', isBlocked),
    },
    cleaning: cleaning(judged),
  }
}

function groupsOf(rows: HeldOutRow[]): Set<string>[] {
  const families = [...new Set(rows.map(({ source }) => family(source)))].sort()
  return Array.from({ length: groups }, (_, group) => new Set(families.filter((_, at) => at % groups === group))).filter(({ size }) => size > 0)
}

const isAttack = ({ label }: Judged) => label === 'injection'
const isHonest = ({ label }: Judged) => label === 'benign'
const isBlocked = ({ action }: Judged) => action === 'block'
const scores = (rows: Judged[], which: (row: Judged) => boolean) => rows.filter(which).map(({ score }) => score)
const shareIn = (rows: Judged[], holds: (row: Judged) => boolean) => rows.filter(holds).length / rows.length

/** The share of these that score above all but one in a hundred of the honest rows. */
function recallIn(rows: Judged[], which: (row: Judged) => boolean): number {
  const honest = scores(rows, isHonest).sort((a, b) => b - a)
  const threshold = honest[Math.floor(falseShare * honest.length)]
  return threshold === undefined ? Number.NaN : shareIn(rows.filter(which), ({ score }) => score > threshold)
}

const percent = ({ value, low, high, of }: Measured) =>
  `${(100 * value).toFixed(1).padStart(5)} % [${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}] of ${of}`

export function formatHeldOut({ auc, recall, slices, own, cleaning }: HeldOut): string {
  const line = (name: string, measured: Measured) => `${name.padEnd(46)}${percent(measured)}`
  return [
    'Each source is judged by a model that was trained on others; intervals of 95 % are over families of sources.',
    line('AUC', auc),
    line('caught at 1 % false positives', recall),
    ...Object.entries(slices).map(([name, measured]) => line(`· ${name}`, measured)),
    line('caught at its own threshold', own.recall),
    line('honest texts flagged', own.falsePositives),
    line('attacks of users blocked', own.blocked),
    line('honest messages blocked', own.honestBlocked),
    line('marked payloads removed', cleaning.removed),
    line('text around them kept', cleaning.kept),
    line('honest outputs of tools untouched', cleaning.untouched),
  ].join('\n')
}
