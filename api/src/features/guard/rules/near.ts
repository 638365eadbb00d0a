import type { Concept } from './concepts.ts'
import { conceptId } from './lexicon.ts'
import type { Hit, Mentions } from './scan.ts'

/** Concepts that mean something when they stand close together in one sentence. The first slot is the anchor. */
export type NearRule = {
  name: string
  slots: Concept[][]
  withinWords: number
  /** Concepts that spoil the rule when they stand in the same window. */
  unless?: Concept[]
  /** The other slots must follow the anchor. */
  isOrdered?: boolean
}
export type NearMatch = { start: number; end: number; anchor: Hit }

/** Of one rule in one text. High, so that an attack cannot hide behind decoys; bounded, so that repetition stays cheap. */
export const matchesMax = 5000

/** All places where the rule holds, in one sweep: each slot has a pointer that only moves forward. */
export function findNear(mentions: Mentions, rule: NearRule): NearMatch[] {
  const slots = rule.slots.map((slot) => mentionsOf(mentions, slot))
  if (slots.some((hits) => hits.length === 0)) return []
  const spoilers = rule.unless ? mentionsOf(mentions, rule.unless) : []
  const pointers = slots.map(() => 0)
  let spoiler = 0
  const matches: NearMatch[] = []
  for (const anchor of slots[0]!) {
    const from = anchor.token - (rule.isOrdered ? 0 : rule.withinWords)
    let start = anchor.start
    let end = anchor.end
    let isComplete = true
    for (let slot = 1; slot < slots.length && isComplete; slot++) {
      const hits = slots[slot]!
      while (pointers[slot]! < hits.length && hits[pointers[slot]!]!.token < from) pointers[slot]!++
      const nearest = nearestFrom(hits, pointers[slot]!, anchor, rule.withinWords)
      isComplete = nearest !== undefined
      if (!nearest) break
      start = Math.min(start, nearest.start)
      end = Math.max(end, nearest.end)
    }
    if (!isComplete) continue
    while (spoiler < spoilers.length && spoilers[spoiler]!.token < anchor.token - 2) spoiler++
    if (spoilers.length > 0 && nearestFrom(spoilers, spoiler, anchor, 5)) continue
    matches.push({ start, end, anchor })
    if (matches.length >= matchesMax) break
  }
  return matches
}

function nearestFrom(hits: Hit[], from: number, anchor: Hit, withinWords: number): Hit | undefined {
  let nearest: Hit | undefined
  let best = withinWords + 1
  for (let i = from; i < hits.length && hits[i]!.token <= anchor.tokenEnd + withinWords; i++) {
    const hit = hits[i]!
    if (hit.sentence !== anchor.sentence || (hit.token >= anchor.token && hit.tokenEnd <= anchor.tokenEnd)) continue
    const distance = hit.token > anchor.tokenEnd ? hit.token - anchor.tokenEnd : anchor.token - hit.tokenEnd
    if (distance < best) {
      best = distance
      nearest = hit
    }
  }
  return nearest
}

function mentionsOf(mentions: Mentions, slot: Concept[]): Hit[] {
  if (slot.length === 1) return mentions[conceptId(slot[0]!)]!
  return slot.flatMap((concept) => mentions[conceptId(concept)]!).sort((a, b) => a.token - b.token)
}
