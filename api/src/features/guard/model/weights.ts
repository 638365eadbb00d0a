import { readFileSync } from 'node:fs'
import { featureCount } from './features.ts'
import type { Channel } from '#features/guard/rules/families.ts'

/** What the training leaves: a byte for each feature, and how the sums become a weight of evidence. */
export type GuardModel = {
  weights: Int8Array
  scale: number
  bias: number
  /** The log-odds that one honest text in twenty reaches, and how much evidence each step beyond it is, by channel. */
  offset: Record<Channel, number>
  slope: Record<Channel, number>
  /** Taken off by the logarithm of the number of units: among many pieces the worst is bad by chance. */
  lengthPenalty: number
}

export const weightsFile = new URL('guard-weights.bin', import.meta.url)
export const modelFile = new URL('guard-model.json', import.meta.url)

let loaded: GuardModel | undefined

/** Read once for each thread, when the first text comes. */
export function guardModel(): GuardModel {
  if (loaded) return loaded
  const weights = new Int8Array(readFileSync(weightsFile))
  if (weights.length !== featureCount) throw new Error('guard-weights.bin does not fit this version: train again')
  const settings = JSON.parse(readFileSync(modelFile, 'utf8')) as Omit<GuardModel, 'weights'>
  loaded = { ...settings, weights }
  return loaded
}
