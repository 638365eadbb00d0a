import type { Channel } from '#features/guard/rules/families.ts'
import { concepts } from '#features/guard/rules/lexicon.ts'
import type { Mentions } from '#features/guard/rules/scan.ts'
import { buckets, eachGram, skeleton } from './grams.ts'
import type { Unit } from './units.ts'

const pairsFrom = concepts.length
const perChannel = pairsFrom + concepts.length ** 2
const shapesFrom = buckets + 2 * perChannel
const lineKinds = 8
const shapesPerChannel = lineKinds ** 3 + 64
/** Everything that has a weight: hashed n-grams, then ideas and pairs of ideas by channel, then the shape of the place by channel. */
export const featureCount = shapesFrom + 2 * shapesPerChannel

const channelSeed = { user: 0x3c6ef372, tool_output: 0x1f83d9ab }
const channelAt = { user: 0, tool_output: 1 }

/** Calls `grams` for each n-gram of a unit and `ideas` for each idea, pair of ideas and shape. */
export function unitFeatures(
  text: string,
  unit: Unit,
  unitConcepts: number[],
  shape: number[],
  channel: Channel,
  grams: (index: number) => void,
  ideas: (index: number) => void,
): void {
  eachGram(skeleton(text, unit.start, unit.end), channelSeed[channel], grams)
  const from = buckets + channelAt[channel] * perChannel
  for (let i = 0; i < unitConcepts.length; i++) {
    ideas(from + unitConcepts[i]!)
    for (let k = i + 1; k < unitConcepts.length; k++) ideas(from + pairsFrom + unitConcepts[i]! * concepts.length + unitConcepts[k]!)
  }
  for (const index of shape) ideas(shapesFrom + channelAt[channel] * shapesPerChannel + index)
}

/** The ideas that each unit mentions, in order of their ids. */
export function conceptsByUnit(mentions: Mentions, units: Unit[]): number[][] {
  const found = units.map((): number[] => [])
  mentions.forEach((hits, concept) => {
    let at = 0
    for (const hit of hits.length > 1 && !isSorted(hits) ? hits.toSorted((a, b) => a.start - b.start) : hits) {
      while (at < units.length && units[at]!.end <= hit.start) at++
      if (at < units.length && found[at]!.at(-1) !== concept) found[at]!.push(concept)
    }
  })
  return found
}

function isSorted(hits: { start: number }[]): boolean {
  for (let i = 1; i < hits.length; i++) if (hits[i]!.start < hits[i - 1]!.start) return false
  return true
}

/** How a unit stands among its neighbours: an order in the middle of a table is out of place. */
export function shapeOf(text: string, units: Unit[], at: number, kinds: Uint8Array, channel: Channel): number[] {
  const { start, end } = units[at]!
  const before = at > 0 ? kinds[at - 1]! : 0
  const after = at + 1 < units.length ? kinds[at + 1]! : 0
  const from = lineKinds ** 3
  const shape = channel === 'tool_output' ? [before * 64 + kinds[at]! * 8 + after] : []
  const tail = text.slice(Math.max(start, end - 4), end).trim()
  shape.push(from + 20 + (tail.endsWith('?') ? 0 : tail.endsWith('!') ? 1 : tail.endsWith('.') ? 2 : tail.endsWith(':') ? 3 : 4))
  return shape
}

/** 1 table, 2 code, 3 list, 4 data, 5 heading or tag, 6 prose, 7 a short piece. */
export function kindOf(text: string, { start, end }: Unit): number {
  let letters = 0
  let marks = 0
  let bars = 0
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    if ((code >= 97 && code <= 122) || code > 0x7f) letters++
    else if (code === 0x7c) bars++
    else if (code > 32 && !(code >= 48 && code <= 57) && code !== 0x2e && code !== 0x2c && code !== 0x27 && code !== 0x2d) marks++
  }
  const length = end - start
  if (bars >= 2) return 1
  const first = text.charCodeAt(start)
  if (marks > 0.12 * length) return text.slice(start, end).includes('"') || text.slice(start, end).includes("'") ? 4 : 2
  if (first === 0x23 || first === 0x3c) return 5
  if (first === 0x2d || first === 0x2a || first === 0x2022) return 3
  if (letters < 0.4 * length) return 4
  return length < 30 ? 7 : 6
}
