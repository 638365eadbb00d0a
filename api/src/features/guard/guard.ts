import { stripInvisible } from '#lib/reading/invisible.ts'
import { guardVerdicts } from '#lib/meters.ts'
import { openOffload } from '#ports/offload/index.ts'
import { findSignals } from './inspect.ts'
import type { GuardModel } from './model/weights.ts'
import type { Channel, Family } from './rules/families.ts'
import { removedMark } from './removed-mark.ts'
import { removePassages } from './sanitise.ts'
import {
  blockScore,
  builtInStrictness,
  flaggedSignals,
  flagScore,
  type GuardAction,
  heaviestOf,
  scoreSignals,
  type Signal,
  type Strictness,
} from './score.ts'

export type GuardChannel = Channel
/** `because` is what weighs most in it. */
export type GuardVerdict = { score: number; action: GuardAction; signals: string[]; text: string; because?: Family }
export type Guard = AsyncDisposable & {
  /** At once, on this thread: for texts that are known to be short. */
  inspect(text: string, channel: GuardChannel): GuardVerdict
  /** Of any text: a long one is read by a thread of its own. @throws overloaded when that takes too long */
  judge(text: string, channel: GuardChannel): Promise<GuardVerdict>
}

/** Up to here a text is read faster than it is handed to another thread and back. */
const inlineCharactersMax = 20_000
const judgeMsMax = 5000

/** Rounds of cutting: what is left may read as an order only once its surroundings are gone. */
const roundsMax = 4
/** A tool's text of which less than this share is left says nothing any more. */
const hopelessShare = 0.15

/**
 * Judges a text before a model reads it. `text` of the verdict is what the model may see: of a user's text only characters that
 * cannot be seen are gone; of a tool's output also every passage that gives the assistant orders. A benign text comes back as it was.
 */
export function createGuard(strictness: () => Strictness = () => builtInStrictness): Guard {
  const offload = openOffload<JudgedElsewhere, GuardVerdict>(new URL('guard-worker.ts', import.meta.url), {
    failure: 'This text could not be checked in time. Use a shorter one.',
    deadlineMs: judgeMsMax,
  })
  return {
    inspect: (text, channel) => inspect(text, channel, { strictness: strictness() }),
    async judge(text, channel) {
      const how = { strictness: strictness() }
      const verdict = text.length <= inlineCharactersMax ? inspect(text, channel, how) : await offload.run({ text, channel, ...how })
      guardVerdicts.inc({ channel, action: verdict.action })
      return verdict
    },
    [Symbol.asyncDispose]: () => offload[Symbol.asyncDispose](),
  }
}

/** `model`: that of a training, in place of the shipped one. */
export type How = { strictness?: Strictness; model?: GuardModel | undefined }
export type JudgedElsewhere = { text: string; channel: GuardChannel; strictness: Strictness }

export const inspect = (text: string, channel: GuardChannel, how: How = {}): GuardVerdict =>
  verdictOf(text, channel, findSignals(text, channel, how.model), how)

/** `signals`: what was found in the text. */
export function verdictOf(text: string, channel: GuardChannel, signals: Signal[], { strictness = builtInStrictness, model }: How = {}): GuardVerdict {
  const score = scoreSignals(signals)
  const visible = stripInvisible(text)
  const names = [...new Set(signals.map((signal) => signal.name))]
  if (channel === 'user') return { score, action: userAction(score, signals, strictness), signals: names, text: visible, ...because(signals) }
  const cleaned = clean(visible, visible === text ? signals : findSignals(visible, channel, model), { cleanScore: strictness.cleanScore, model })
  const isHopeless = score >= blockScore.tool_output && remaining(cleaned) < hopelessShare * visible.length
  return { score, action: score < strictness.cleanScore ? 'allow' : isHopeless ? 'block' : 'flag', signals: names, text: cleaned }
}

/** Words alone never block a message: what the rules find must also read like an order, as a whole. */
const agreementMin = 1

function userAction(score: number, signals: Signal[], { messages, blockScore: from }: Strictness): GuardAction {
  if (score < flagScore) return 'allow'
  if (messages === 'flag') return 'flag'
  const reads = Math.max(0, ...signals.filter(({ family }) => family === 'learned').map(({ weight }) => weight))
  return score >= from && reads >= agreementMin ? 'block' : 'flag'
}

/** The family that weighs most; that it reads like an order is no reason that a person can act on. */
function because(signals: Signal[]): Pick<GuardVerdict, 'because'> {
  const [heaviest] = heaviestOf(signals.filter(({ family }) => family !== 'learned'))
  return heaviest ? { because: heaviest.family } : {}
}

function clean(text: string, signals: Signal[], { cleanScore, model }: { cleanScore: number; model: GuardModel | undefined }): string {
  let cleaned = text
  let left = signals
  for (let round = 0; round < roundsMax; round++) {
    if (scoreSignals(left) < cleanScore) return cleaned
    const next = stripInvisible(removePassages(cleaned, flaggedSignals(left, cleanScore)))
    if (next === cleaned) break
    cleaned = next
    left = findSignals(cleaned, 'tool_output', model)
  }
  return scoreSignals(left) < cleanScore ? cleaned : removedMark
}

const remaining = (text: string) => text.replaceAll(removedMark, '').trim().length
