import { writeFileSync } from 'node:fs'
import { seededRandom } from '#lib/seeded-random.ts'
import { needFile, needStep } from './need.ts'
import { needBuckets, wordBuckets } from './need-features.ts'

/** What a strong and a weak model scored on one prompt, 0 to 1. */
export type RouterRow = { prompt: string; strong: number; weak: number; source: string }

const epochs = 4
const rate = 0.02
const shrinkage = 0.01
/** A source with more rows than this counts for less a row. */
const sourceRows = 600
/** Where the weak model fails says half as much as where the strong one is better. */
const failureShare = 0.5

/** Weights of words, in steps of a byte. The same rows give the same weights. */
export function trainRouter(rows: RouterRow[]): Int8Array {
  const buckets = rows.map(({ prompt }) => Int32Array.from(wordBuckets(prompt)))
  const gain = fit(rows, buckets, ({ strong, weak }) => strong - weak)
  const failure = fit(rows, buckets, ({ weak }) => 1 - weak)
  return Int8Array.from(gain, (weight, at) => Math.max(-127, Math.min(127, Math.round((weight + failureShare * failure[at]!) / needStep))))
}

export const writeRouterModel = (weights: Int8Array): void => writeFileSync(needFile, weights)

/** Least squares by AdaGrad, what is usual in a source taken off; scaled so that scores spread by 1. */
function fit(rows: RouterRow[], buckets: Int32Array[], targetOf: (row: RouterRow) => number): Float64Array {
  const random = seededRandom(5)
  const weights = new Float64Array(needBuckets)
  const squares = new Float64Array(needBuckets).fill(0.02)
  const sources = Map.groupBy(rows, ({ source }) => source)
  const usual = new Map(Array.from(sources, ([source, group]) => [source, group.reduce((sum, row) => sum + targetOf(row), 0) / group.length]))
  const score = (at: number) => {
    let sum = 0
    for (const bucket of buckets[at]!) sum += weights[bucket]!
    return sum / Math.sqrt(buckets[at]!.length + 1)
  }
  const order = rows.map((_, at) => at)
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = order.length - 1; i > 0; i--) {
      const other = Math.floor(random() * (i + 1))
      ;[order[i], order[other]] = [order[other]!, order[i]!]
    }
    for (const at of order) {
      const row = rows[at]!
      const weight = Math.min(1, Math.sqrt(sourceRows / sources.get(row.source)!.length))
      const step = ((score(at) - targetOf(row) + usual.get(row.source)!) * weight) / Math.sqrt(buckets[at]!.length + 1)
      for (const bucket of buckets[at]!) {
        const gradient = step + shrinkage * weights[bucket]!
        squares[bucket]! += gradient * gradient
        weights[bucket]! -= (rate * gradient) / Math.sqrt(squares[bucket]!)
      }
    }
  }
  const scores = rows.map((_, at) => score(at))
  const mean = scores.reduce((sum, value) => sum + value, 0) / scores.length
  const spread = Math.sqrt(scores.reduce((sum, value) => sum + (value - mean) ** 2, 0) / scores.length)
  return weights.map((weight) => weight / spread)
}
