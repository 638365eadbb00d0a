import { bias, weights } from './weights.ts'

/** What the ranker weighs of one turn; all of it is about 0 to 1. */
export type Features = number[]

/** 0 to 1: how well a turn answers the question. */
export const rank = (features: Features): number => 1 / (1 + Math.exp(-features.reduce((total, value, at) => total + value * weights[at]!, bias)))
