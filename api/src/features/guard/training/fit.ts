import { featureCount } from '#features/guard/model/features.ts'
import { gramShare, ideaShare, windowsOf } from '#features/guard/model/windows.ts'
import type { Random } from '#lib/seeded-random.ts'
import type { TrainingRow } from './generate.ts'

/** Features of one unit, and whether it belongs to an attack: undefined where only a part of it does. */
export type ReadUnit = { grams: Int32Array; ideas: Int32Array; isAttack: boolean | undefined }
export type ReadRow = { row: TrainingRow; units: ReadUnit[] }
export type Linear = { weights: Float64Array; bias: number }
type Example = { units: ReadUnit[]; from: number; to: number; target: 0 | 1; weight: number }

const epochs = 3
const rate = 0.15
const shrinkage = 1e-3
/** Honest windows that are taken of one text in an epoch. */
const honestWindows = 14
/** A source with more rows than this counts for less a row, so that none decides alone. */
const sourceRows = 40

/** Logistic regression by AdaGrad over windows of units. Deterministic for the same rows and seed. */
export function fit(rows: ReadRow[], random: Random): Linear {
  const squares = new Float64Array(featureCount).fill(0.01)
  const model = { weights: new Float64Array(featureCount), bias: 0 }
  let biasSquares = 1
  const counts = Map.groupBy(rows, ({ row }) => `${row.label} ${row.source}`)
  const weightOf = ({ row }: ReadRow) => Math.min(1, Math.sqrt(sourceRows / counts.get(`${row.label} ${row.source}`)!.length))
  for (let epoch = 0; epoch < epochs; epoch++) {
    const examples = rows.flatMap((row) => examplesOf(row, epoch > 0 ? model : undefined, weightOf(row), random))
    for (const { units, from, to, target, weight } of shuffled(examples, random)) {
      const step = (1 / (1 + Math.exp(-windowLogOdds(model, units, from, to))) - target) * weight
      if (Math.abs(step) < 1e-4) continue
      const { gramCount, ideaCount } = counted(units, from, to)
      const update = (index: number, share: number) => {
        const gradient = step * share + shrinkage * model.weights[index]!
        squares[index]! += gradient * gradient
        model.weights[index]! -= (rate * gradient) / Math.sqrt(squares[index]!)
      }
      for (const unit of units.slice(from, to)) {
        for (const index of unit.grams) update(index, gramShare(gramCount))
        for (const index of unit.ideas) update(index, ideaShare(ideaCount))
      }
      biasSquares += step * step
      model.bias -= (rate * step) / Math.sqrt(biasSquares)
    }
  }
  return model
}

/** Where a payload is marked, its windows are attacks and the others honest; of an unmarked attack the whole, and later its worst window. */
function examplesOf({ row, units }: ReadRow, model: Linear | undefined, weight: number, random: Random): Example[] {
  const windows = windowsOf(units.length)
  const isAttack = row.label === 'injection'
  if (isAttack && !row.span) {
    const whole: Example = { units, from: 0, to: units.length, target: 1, weight: 2 * weight }
    if (!model || windows.length < 2) return [whole]
    const scores = windows.map(([from, to]) => windowLogOdds(model, units, from, to))
    const [from, to] = windows[scores.indexOf(Math.max(...scores))]!
    return [whole, { units, from, to, target: 1, weight: 1.5 * weight }]
  }
  const examples = windows.flatMap(([from, to]): Example[] => {
    const inside = units.slice(from, to)
    if (inside.some((unit) => unit.isAttack)) return [{ units, from, to, target: 1, weight: (3 * weight) / Math.sqrt(1 + to - from) }]
    if (inside.some((unit) => unit.isAttack === undefined) || random() > honestWindows / windows.length) return []
    return [{ units, from, to, target: 0, weight }]
  })
  if (!isAttack && units.length > 1 && units.length < 30) examples.push({ units, from: 0, to: units.length, target: 0, weight })
  return examples
}

function counted(units: ReadUnit[], from: number, to: number): { gramCount: number; ideaCount: number } {
  let [gramCount, ideaCount] = [0, 0]
  for (let at = from; at < to; at++) {
    gramCount += units[at]!.grams.length
    ideaCount += units[at]!.ideas.length
  }
  return { gramCount, ideaCount }
}

export function windowLogOdds({ weights, bias }: Linear, units: ReadUnit[], from: number, to: number): number {
  const { gramCount, ideaCount } = counted(units, from, to)
  let [grams, ideas] = [0, 0]
  for (let at = from; at < to; at++) {
    for (const index of units[at]!.grams) grams += weights[index]!
    for (const index of units[at]!.ideas) ideas += weights[index]!
  }
  return bias + grams * gramShare(gramCount) + ideas * ideaShare(ideaCount)
}

function shuffled<Item>(items: Item[], random: Random): Item[] {
  for (let i = items.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1))
    ;[items[i], items[other]] = [items[other]!, items[i]!]
  }
  return items
}
