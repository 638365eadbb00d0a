import { writeFileSync } from 'node:fs'
import { conceptsByUnit, kindOf, shapeOf, unitFeatures } from '#features/guard/model/features.ts'
import { splitUnits } from '#features/guard/model/units.ts'
import { type GuardModel, modelFile, weightsFile } from '#features/guard/model/weights.ts'
import { windowsOf } from '#features/guard/model/windows.ts'
import { scan } from '#features/guard/rules/scan.ts'
import { readings } from '#features/guard/text/views.ts'
import { fit, type Linear, type ReadRow, type ReadUnit, windowLogOdds } from './fit.ts'
import { type Random, seededRandom } from '#lib/seeded-random.ts'
import { embed, generatedRows, payload, type TrainingRow } from './generate.ts'
import { obfuscate } from './obfuscate.ts'

const generated = 500
const obfuscatedShare = 0.25
const seed = 7
const lengthPenalty = 0.4
/** The share of honest texts that stay below the offset. */
const honestShare = { user: 0.99, tool_output: 0.98 }
const slope = { user: 0.8, tool_output: 0.9 }
/** Groups of sources that are held back in turn to find the offset: on rows that it was fitted to, a model is too sure. */
const folds = 4

/** The model from labelled rows and the templates. The same rows give the same model. */
export function trainGuard(rows: TrainingRow[]): GuardModel {
  const model = quantised(fitted(rows))
  return { ...model, slope, lengthPenalty, offset: honestOffsets(rows) }
}

function fitted(rows: TrainingRow[]): Linear {
  const random = seededRandom(seed)
  return fit([...rows, ...extraRows(rows, random)].map(readRow), random)
}

export function writeGuardModel({ weights, ...settings }: GuardModel): void {
  writeFileSync(weightsFile, weights)
  writeFileSync(modelFile, `${JSON.stringify(settings, null, 2)}\n`)
}

/** What the data lacks: the templates, payloads in the data's own honest pages, and odd spellings of both kinds. */
function extraRows(rows: TrainingRow[], random: Random): TrainingRow[] {
  const fromTemplates = generatedRows(generated, random)
  const pages = rows.filter((row) => row.channel === 'tool_output' && row.label === 'benign')
  const embedded = pages.map((page) => {
    const pieces = page.text.split(/(?<=[\n.] ?)/)
    return embed(pieces, Math.floor(random() * (pieces.length + 1)), payload(random).text, `in ${page.source}`, random)[0]
  })
  const odd = [...rows, ...fromTemplates]
    .filter((row) => !row.span && random() < obfuscatedShare)
    .map((row) => ({ ...row, text: obfuscate(row.text, random), source: `odd ${row.source}` }))
  return [...fromTemplates, ...embedded, ...odd]
}

function readRow(row: TrainingRow): ReadRow {
  const units: ReadUnit[] = []
  for (const view of readings(row.text).views.slice(0, 6)) {
    const pieces = splitUnits(view.text)
    const concepts = conceptsByUnit(scan(view.text).mentions, pieces)
    const kinds = Uint8Array.from(pieces, (unit) => kindOf(view.text, unit))
    pieces.forEach((unit, at) => {
      const grams: number[] = []
      const ideas: number[] = []
      const shape = shapeOf(view.text, pieces, at, kinds, row.channel)
      unitFeatures(
        view.text,
        unit,
        concepts[at]!,
        shape,
        row.channel,
        (index) => grams.push(index),
        (index) => ideas.push(index),
      )
      const [start, end] = view.origin(unit.start, unit.end)
      units.push({ grams: Int32Array.from(grams), ideas: Int32Array.from(ideas), isAttack: isAttack(row, start, end) })
    })
  }
  return { row, units }
}

function isAttack({ label, span }: TrainingRow, start: number, end: number): boolean | undefined {
  if (label === 'benign') return false
  if (!span) return undefined
  const shared = Math.min(end, span[1]) - Math.max(start, span[0])
  if (shared <= 0) return false
  return shared > 0.5 * Math.min(end - start, span[1] - span[0]) ? true : undefined
}

/** Nearly every weight is small: the few beyond the 99.9th percentile are cut to it. */
function quantised(linear: Linear): Pick<GuardModel, 'weights' | 'scale' | 'bias'> {
  const sizes = linear.weights.map(Math.abs).filter(Boolean).sort()
  const scale = sizes[Math.floor(0.999 * sizes.length)]! / 127
  const weights = Int8Array.from(linear.weights, (weight) => Math.max(-127, Math.min(127, Math.round(weight / scale))))
  return { weights, scale, bias: linear.bias }
}

function honestOffsets(rows: TrainingRow[]): GuardModel['offset'] {
  const sources = [...new Set(rows.map(({ source }) => family(source)))].sort()
  const foldOf = new Map(sources.map((source, at) => [source, at % folds]))
  const found: Record<TrainingRow['channel'], number[]> = { user: [], tool_output: [] }
  for (let fold = 0; fold < folds; fold++) {
    const linear = fitted(rows.filter(({ source }) => foldOf.get(family(source)) !== fold))
    for (const row of rows)
      if (row.label === 'benign' && foldOf.get(family(row.source)) === fold) found[row.channel].push(worstLogOdds(linear, readRow(row)))
  }
  const offset = (scores: number[], share: number) => scores.sort((a, b) => a - b)[Math.floor(share * scores.length)] ?? 0
  return { user: offset(found.user, honestShare.user), tool_output: offset(found.tool_output, honestShare.tool_output) }
}

/** Collections that share texts or a maker are held back together: `bipia_ctx` and `bipia_text`. */
export const family = (source: string): string => source.replace(/_.*/, '')

function worstLogOdds(linear: Linear, { units }: ReadRow): number {
  const scores = windowsOf(units.length).map(([from, to]) => windowLogOdds(linear, units, from, to))
  return Math.max(-20, ...scores) - lengthPenalty * Math.log(1 + Math.min(units.length, 200))
}
