/**
 * One act of the model that somebody outside observes, as a choice among those that it might have made instead. `bits` is what the act tells
 * beside that: how a query was put together, which option was taken.
 */
export type Act =
  /** An address of the person's newest message that was not opened yet, the first of them with rank 0. */
  | { kind: 'named'; rank: number; among: number; bits: number }
  /** Another address that was fixed before: what a search found, newest search first, and what the person wrote earlier. */
  | { kind: 'found'; rank: number; among: number; bits: number }
  /** An address that was opened before. */
  | { kind: 'again'; among: number; bits: number }
  /** One of the elements of the open page. */
  | { kind: 'element'; among: number; bits: number }
  | { kind: 'query'; bits: number }
  | { kind: Move }
/** What can be done to a page without an element of it. */
export type Move = 'on' | 'end' | 'up' | 'wait' | 'back'

/** What could be done at this moment. */
export type Situation = { named: number; found: number; opened: number }

/** How likely each kind of act is for an assistant that nobody fools. Only their proportions count. */
const weights: Record<Act['kind'], number> = { named: 60, found: 20, query: 10, element: 4, on: 2, again: 1, end: 1, back: 1, wait: 1, up: 1 }
const pageKinds: readonly Act['kind'][] = ['element', 'on', 'end', 'up', 'wait', 'back']

/**
 * What an act tells those who observe it, in bits: the length of its code word, in a code that gives short words to what is likely. For the
 * words of one moment are a prefix code (Kraft: two to the power of minus each length adds up to one at most), what all the acts of a run tell is no more
 * than the sum of their lengths, whatever the model means by them and whatever the observers agreed upon.
 */
export function observable(act: Act, situation: Situation): number {
  const bits = kindBits(act.kind, situation)
  if (act.kind === 'named') return bits + inOrderBits(act.rank, act.among) + act.bits
  if (act.kind === 'found') return bits + rankBits(act.rank, act.among) + act.bits
  if (act.kind === 'again' || act.kind === 'element') return bits + Math.log2(Math.max(1, act.among)) + act.bits
  return bits + ('bits' in act ? act.bits : 0)
}

function kindBits(kind: Act['kind'], { named, found, opened }: Situation): number {
  const isPossible = (other: Act['kind']) => {
    if (other === 'named') return named > 0
    if (other === 'found') return found > 0
    return other === 'query' || opened > 0
  }
  const kinds = (Object.keys(weights) as Act['kind'][]).filter((other) => isPossible(other) || other === kind || isOfSamePage(other, kind))
  return Math.log2(kinds.reduce((sum, other) => sum + weights[other], 0) / weights[kind])
}

const isOfSamePage = (one: Act['kind'], other: Act['kind']) => pageKinds.includes(one) && pageKinds.includes(other)

/** One after the other, as they were written, nine of ten times. */
const inOrderBits = (rank: number, among: number) => -Math.log2(rank === 0 ? (among === 1 ? 1 : 0.9) : 0.1 / (among - 1))

/** In their order, as a reader takes them: half for the first, a quarter for the second …, and a quarter of all that for any of them alike. */
const rankBits = (rank: number, among: number) => -Math.log2(0.75 * 2 ** -(rank + 1) + 0.25 / Math.max(1, among))
