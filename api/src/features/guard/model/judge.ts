import { removedMark } from '#features/guard/removed-mark.ts'
import type { Channel } from '#features/guard/rules/families.ts'
import type { Mentions } from '#features/guard/rules/scan.ts'
import { conceptsByUnit, kindOf, shapeOf, unitFeatures } from './features.ts'
import { splitUnits, type Unit } from './units.ts'
import { type GuardModel, guardModel } from './weights.ts'
import { gramShare, ideaShare, type Sums, windowsOf } from './windows.ts'

/** A piece of text that reads like an order, and the weight of that, at [start, end) of the folded text. */
export type Suspicion = { start: number; end: number; weight: number }

/** Less than this is only kept for the worst piece, so that honest texts can be told apart as well. */
const weightMin = 1.2

/** Below the offset it says little, but enough to put texts in order of which nothing else is known. */
const orderShare = 0.02
const orderFrom = 5
const orderRange = 6

/** Judges a folded text piece by piece. Linear in its length. */
export function suspicions(text: string, mentions: Mentions, channel: Channel, model: GuardModel = guardModel()): Suspicion[] {
  const units = splitUnits(text)
  const sums = unitSums(text, units, mentions, channel, model.weights)
  const penalty = model.lengthPenalty * Math.log(1 + Math.min(units.length, 200))
  const found = new Map<number, Suspicion>()
  let worst: Suspicion | undefined
  const logOdds = (from: number, to: number) => model.bias + model.scale * windowScore(sums, from, to)
  const alone = units.map((_, at) => logOdds(at, at + 1))
  for (const [from, to] of windowsOf(units.length)) {
    let best = from
    for (let at = from + 1; at < to; at++) if (alone[at]! > alone[best]!) best = at
    const score = to - from === 1 ? alone[from]! : logOdds(from, to)
    const reads = score - penalty
    const weight = model.slope[channel] * softPlus(reads - model.offset[channel]) + orderShare * Math.max(0, Math.min(orderRange, reads + orderFrom))
    const known = found.get(best)
    if (known && known.weight >= weight) continue
    const suspicion = { ...withoutSpace(text, units[best]!), weight }
    if (weight >= weightMin) found.set(best, suspicion)
    if (!worst || weight > worst.weight) worst = suspicion
  }
  return found.size > 0 ? [...found.values()] : worst ? [worst] : []
}

function unitSums(text: string, units: Unit[], mentions: Mentions, channel: Channel, weights: Int8Array): Sums[] {
  const concepts = conceptsByUnit(mentions, units)
  const kinds = Uint8Array.from(units, (unit) => kindOf(text, unit))
  return units.map((unit, at) => {
    const sums = { grams: 0, gramCount: 0, ideas: 0, ideaCount: 0 }
    if (text.slice(unit.start, unit.end).includes(removedMark)) return sums
    const addGram = (index: number) => {
      sums.grams += weights[index]!
      sums.gramCount++
    }
    const addIdea = (index: number) => {
      sums.ideas += weights[index]!
      sums.ideaCount++
    }
    unitFeatures(text, unit, concepts[at]!, shapeOf(text, units, at, kinds, channel), channel, addGram, addIdea)
    return sums
  })
}

function windowScore(sums: Sums[], from: number, to: number): number {
  let [grams, gramCount, ideas, ideaCount] = [0, 0, 0, 0]
  for (let at = from; at < to; at++) {
    const unit = sums[at]!
    grams += unit.grams
    gramCount += unit.gramCount
    ideas += unit.ideas
    ideaCount += unit.ideaCount
  }
  return grams * gramShare(gramCount) + ideas * ideaShare(ideaCount)
}

function withoutSpace(text: string, { start, end }: Unit): Unit {
  let [from, to] = [start, end]
  while (from < to && text.charCodeAt(from) <= 32) from++
  while (to > from && text.charCodeAt(to - 1) <= 32) to--
  return { start: from, end: to }
}

/** Nearly nothing below the offset, so that it does not push what the rules let pass; the distance beyond it. */
const softPlus = (x: number) => (x > 15 ? x : Math.log1p(Math.exp(2 * x)) / 2)
