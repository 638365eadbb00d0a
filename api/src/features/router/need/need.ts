import { readFileSync } from 'node:fs'
import { difficulty, needBuckets, wordBuckets } from './need-features.ts'

export const needFile = new URL('need-weights.bin', import.meta.url)

/** One byte a weight: what the first and what the last of 255 steps stand for. */
export const needStep = 0.25
const difficultyShare = 0.25

let weights: Int8Array | undefined

/** How much a prompt needs the premium model, 0 to 1: the same prompt has the same need. Well below a millisecond. */
export function premiumNeed(prompt: string): number {
  weights ??= readWeights()
  return need(prompt, weights, needStep)
}

/** The same with other weights, for the training. */
export function need(prompt: string, weights: ArrayLike<number>, step: number): number {
  const buckets = wordBuckets(prompt)
  let sum = 0
  for (const bucket of buckets) sum += weights[bucket]!
  const { reasons, calculates } = difficulty(prompt)
  const score = (step * sum) / Math.sqrt(buckets.size + 1) + difficultyShare * (reasons + calculates)
  return 1 / (1 + Math.exp(-score))
}

function readWeights(): Int8Array {
  const read = new Int8Array(readFileSync(needFile))
  if (read.length !== needBuckets) throw new Error('need-weights.bin does not fit this version: train again')
  return read
}
