import { bias, weights } from './weights.ts'

/** What the ranker weighs of one turn; all of it is about 0 to 1. */
export type Features = number[]

/** 0 to 1: how well a turn answers the question. */
export const rank = (features: Features): number => 1 / (1 + Math.exp(-features.reduce((total, value, at) => total + value * weights[at]!, bias)))

/** How much of what a question is about a turn has, by its words: 0 to 1. */
export const coverage = (features: Features): number => features[1]!

const coveredMin = 0.3
const cosineMin = 0.3
const alikeMin = 0.45

/** Whether a turn has to do with the question at all: the best of a few may have nothing in common with it. */
export const isRelevant = (features: Features): boolean => coverage(features) >= coveredMin || features[7]! >= cosineMin || features[16]! >= alikeMin
