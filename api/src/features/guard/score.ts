import type { Channel, Family } from './rules/families.ts'

/** One reason to distrust a text: a rule that fired, what is left of its weight where it stands, and where that is. */
export type Signal = { name: string; family: Family; weight: number; start: number; end: number }

export type GuardAction = 'allow' | 'flag' | 'block'

/** The weight at which a text is as likely an attack as not, and how fast certainty grows from there. */
const evenWeight = 2
const steepness = 1.35
/** A second signal of the same family says less than the first. */
const corroboration = 0.55
const familyWeightMax = 5

export const flagScore = 0.5
/** A user may talk about injection, so only what is all but certain is refused; a tool's text is cleaned instead. */
export const blockScore: Record<Channel, number> = { user: 0.97, tool_output: 0.97 }

/** How strict the guard is here: as built in, or as administrators chose. */
export type Strictness = { messages: 'block' | 'flag'; blockScore: number; cleanScore: number }
export const builtInStrictness: Strictness = { messages: 'block', blockScore: blockScore.user, cleanScore: flagScore }

/** A long text is judged by its worst passage: weak signals pages apart do not add up. */
const windowLength = 4000

/** Signals to a score between 0 and 1: that of the worst window. */
export function scoreSignals(signals: Signal[]): number {
  return Math.max(scoreWindow([]), ...windows(signals).map(scoreWindow))
}

/** Less than this is no reason to cut a passage, where anything else is. */
const cutWeightMin = 0.2

/** The signals of the windows that score `from` by themselves: what a cleaning has to cut. */
export function flaggedSignals(signals: Signal[], from: number): Signal[] {
  const flagged = windows(signals).filter((window) => scoreWindow(window) >= from)
  return [
    ...new Set(
      flagged.flatMap((window) => {
        const telling = window.filter(({ weight }) => weight >= cutWeightMin)
        return telling.length > 0 ? telling : window
      }),
    ),
  ]
}

/** Windows that overlap by half; what has no place in the text (start and end 0) is in each of them. */
function windows(signals: Signal[]): Signal[][] {
  const everywhere = signals.filter((signal) => signal.end === 0)
  const found = new Map<number, Signal[]>([[0, []]])
  for (const signal of signals) {
    if (signal.end === 0) continue
    const half = Math.floor(signal.start / (windowLength / 2))
    for (const window of [half - 1, half]) if (window >= 0) push(found, window, signal)
  }
  return [...found.values()].map((window) => [...window, ...everywhere])
}

/** A sum of evidence through a logistic. A classifier's log-odds may join as one more signal. */
function scoreWindow(signals: Signal[]): number {
  let total = 0
  for (const weights of weightsByFamily(signals).values()) {
    const [strongest = 0, ...others] = weights.toSorted((a, b) => b - a)
    total += Math.min(familyWeightMax, strongest + corroboration * others.reduce((sum, weight) => sum + weight, 0))
  }
  return 1 / (1 + Math.exp(-steepness * (total - evenWeight)))
}

/** The strongest weight of each family, the heaviest first. */
export function heaviestOf(signals: readonly Signal[]): { family: Family; weight: number }[] {
  const weights = new Map<Family, number>()
  for (const { family, weight } of signals) weights.set(family, Math.max(weights.get(family) ?? 0, weight))
  return [...weights].map(([family, weight]) => ({ family, weight })).toSorted((a, b) => b.weight - a.weight)
}

/** The strongest occurrence of each named signal counts, once in each family: in another one it would take weight from the first. */
function weightsByFamily(signals: Signal[]): Map<Family, number[]> {
  const strongest = new Map<string, Signal>()
  for (const signal of signals) {
    const key = `${signal.family} ${signal.name}`
    if (signal.weight > (strongest.get(key)?.weight ?? 0)) strongest.set(key, signal)
  }
  const families = new Map<Family, number[]>()
  for (const { family, weight } of strongest.values()) families.set(family, [...(families.get(family) ?? []), weight])
  return families
}

function push<Key>(map: Map<Key, Signal[]>, key: Key, signal: Signal) {
  const list = map.get(key)
  if (list) list.push(signal)
  else map.set(key, [signal])
}
