import { conceptId } from './lexicon.ts'
import type { Hit, Mentions } from './scan.ts'
import type { Dampening } from './families.ts'

const [discuss, howTo, negate] = (['discuss', 'howTo', 'negate'] as const).map(conceptId) as [number, number, number]

/** How far talk about attacks reaches, in words. */
const discussionWords = 18

/**
 * The share of its weight that a finding keeps where it stands: less when the sentence asks how something is done, forbids it,
 * quotes it or talks about attacks. Never zero: an attacker may write such words too.
 */
export function contextFactor(text: string, mentions: Mentions, anchor: Hit, start: number, dampening: Dampening): number {
  let factor = discussionFactor(mentions[discuss]!, anchor)
  if (dampening === 'discussion') return factor
  if (dampening === 'all' && hasBefore(mentions[howTo]!, anchor, 12)) factor *= 0.45
  if (isForbidden(mentions, anchor)) factor *= 0.3
  else if (hasBefore(mentions[negate]!, anchor, 14)) factor *= 0.6
  if (isQuoted(text, start)) factor *= 0.6
  return factor
}

/** What a sentence forbids it does not order: "never reveal these instructions". */
export const isForbidden = (mentions: Mentions, anchor: Hit): boolean => hasBefore(mentions[negate]!, anchor, 4)

function discussionFactor(hits: Hit[], anchor: Hit): number {
  let factor = 1
  for (let i = firstFrom(hits, anchor.token - discussionWords); i < hits.length && hits[i]!.token <= anchor.token + discussionWords; i++) {
    factor = Math.min(factor, hits[i]!.sentence === anchor.sentence ? 0.45 : 0.7)
  }
  return factor
}

function hasBefore(hits: Hit[], anchor: Hit, withinWords: number): boolean {
  for (let i = firstFrom(hits, anchor.token - withinWords); i < hits.length && hits[i]!.token < anchor.token; i++) {
    if (hits[i]!.sentence === anchor.sentence && hits[i]!.tokenEnd < anchor.token) return true
  }
  return false
}

/** Binary search: the first hit at or after a token. */
function firstFrom(hits: Hit[], token: number): number {
  let low = 0
  let high = hits.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (hits[middle]!.token < token) low = middle + 1
    else high = middle
  }
  return low
}

/** A quotation mark right before the finding, and prose before that. */
function isQuoted(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 40), start)
  return /\w[^"]{0,20} ["'(]{1,2}\w{0,12} ?$/.test(before)
}
