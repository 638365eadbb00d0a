import type { TriedGuard } from '@jarvis/contracts/guard.ts'
import { type GuardChannel, verdictOf } from './guard.ts'
import { findSignals } from './inspect.ts'
import { heaviestOf, type Signal, type Strictness } from './score.ts'

/** What weighs less says nothing to a person. */
const shownWeightMin = 0.2

/** A verdict with its reasons, for somebody who tries a text: families by weight, and where in the text they were found. */
export function explain(text: string, channel: GuardChannel, strictness: Strictness): TriedGuard {
  const found = findSignals(text, channel)
  const { action, score } = verdictOf(text, channel, found, { strictness })
  const signals = found.filter(({ weight }) => weight >= shownWeightMin)
  const placed = signals.filter(({ start, end }) => end > start && end - start < text.length)
  // That a stretch reads like an order is shown where no rule says more exactly which words do.
  const exact = placed.filter(({ family }) => family !== 'learned')
  return { action, score, families: heaviestOf(signals), passages: apart(exact.length > 0 ? exact : placed) }
}

/** Findings that overlap are one passage. */
function apart(signals: readonly Signal[]): TriedGuard['passages'] {
  const passages: TriedGuard['passages'] = []
  for (const { start, end, family } of signals.toSorted((a, b) => a.start - b.start)) {
    const last = passages.at(-1)
    if (!last || start >= last.end) {
      passages.push({ start, end, families: [family] })
      continue
    }
    last.end = Math.max(last.end, end)
    if (!last.families.includes(family)) last.families.push(family)
  }
  return passages
}
