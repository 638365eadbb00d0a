import { contextFactor, isForbidden } from '#features/guard/rules/context.ts'
import type { Channel } from '#features/guard/rules/families.ts'
import { findNear, matchesMax } from '#features/guard/rules/near.ts'
import { nearRules, type WeighedNearRule } from '#features/guard/rules/near-rules.ts'
import { type PatternRule, patternRules } from '#features/guard/rules/patterns.ts'
import { scan } from '#features/guard/rules/scan.ts'
import { jailbreakShape } from '#features/guard/rules/shape.ts'
import { squashedRules } from '#features/guard/rules/squashed.ts'
import { suspicions } from '#features/guard/model/judge.ts'
import type { GuardModel } from '#features/guard/model/weights.ts'
import { hiddenRegions } from '#features/guard/text/hidden.ts'
import { readings, type View } from '#features/guard/text/views.ts'
import type { Signal } from './score.ts'

/** Weight from which a finding in disguise counts the disguise as well. */
const tellingWeight = 0.8
const disguiseWeight = {
  plain: 0,
  smuggled: 2.5,
  spaced: 1.2,
  leet: 1,
  lines: 0.4,
  joined: 1.2,
  typo: 0.6,
  base64: 1.5,
  hex: 1.5,
  percent: 0.6,
  entity: 1,
  escape: 0.8,
  rot13: 1.5,
  reversed: 1.5,
}

/** A text that is no longer than this and asks for a secret asks for nothing else. */
const shortTextMax = 90

const policyShare = 0.6

/** Runs every rule, and the model (the shipped one, or that of a training), over every reading of the text. Linear in its length. */
export function findSignals(text: string, channel: Channel, model?: GuardModel): Signal[] {
  const { plain, views } = readings(text)
  const signals = views.flatMap((view) => inspectView(view, channel, model))
  const whole = { family: 'obfuscation' as const, start: 0, end: 0 }
  const disguised = plain.inWordInvisible + plain.mixedWords
  if (disguised >= 2) signals.push({ ...whole, name: 'disguised-words', weight: Math.min(1.5, 0.4 + 0.15 * disguised) })
  if (plain.bidiOverrides >= 2) signals.push({ ...whole, name: 'bidi-controls', weight: 0.5 })
  const share = lengthShare(text.length)
  if (share < 1) for (const signal of signals) signal.weight *= share
  return signals
}

/** In a long text something looks bad by chance: 1 up to 8,000 characters, 0.7 at 100,000. What is certain stays flagged. */
const lengthShare = (length: number) => 1 / (1 + 0.12 * Math.max(0, Math.log2(length / 8000)))

function inspectView(view: View, channel: Channel, model: GuardModel | undefined): Signal[] {
  const { mentions, placeAt } = scan(view.text)
  const found: Signal[] = []
  let isPolicy = false
  const isDisguised = view.kind !== 'plain'
  const hiddenAt = channel === 'tool_output' || isDisguised ? hiddenRegions(view.text) : () => undefined
  const add = (name: string, family: Signal['family'], weight: number, start: number, end: number) => {
    if (weight <= 0) return
    const [from, to] = view.origin(start, end)
    found.push({ name, family, weight, start: from, end: to })
  }
  const addInPlace = (rule: WeighedNearRule | PatternRule, factor: number, start: number, end: number) => {
    const weight = rule.weights[channel]
    const inHiding = hiddenAt(start) !== undefined
    add(rule.name, rule.family, weight * (inHiding ? Math.max(factor, 0.8) : factor), start, end)
    if (inHiding && weight >= 1.2) add('hidden-text', 'obfuscation', 1, start, end)
  }
  for (const rule of nearRules) {
    for (const match of findNear(mentions, rule)) {
      const factor = isDisguised ? 1 : contextFactor(view.text, mentions, match.anchor, match.start, rule.dampening)
      if (!isDisguised && rule.family === 'extraction' && isForbidden(mentions, match.anchor)) isPolicy = true
      addInPlace(rule, factor, match.start, match.end)
    }
  }
  if (view.kind === 'spaced') {
    for (const rule of squashedRules) {
      for (const match of view.text.matchAll(rule.pattern)) add(rule.name, rule.family, rule.weight, match.index, match.index + match[0].length)
    }
  }
  for (const rule of patternRules) {
    let matches = 0
    for (const match of view.text.matchAll(rule.pattern)) {
      if (++matches > matchesMax) break
      const factor = isDisguised ? 1 : contextFactor(view.text, mentions, placeAt(match.index), match.index, rule.dampening)
      addInPlace(rule, factor, match.index, match.index + match[0].length)
    }
  }
  for (const { start, end, weight } of suspicions(view.text, mentions, channel, model)) add('reads-like-an-order', 'learned', weight, start, end)
  if (view.text.length <= shortTextMax && channel === 'user' && found.some((signal) => signal.name === 'ask-secret')) {
    add('short-secret-question', 'secret', 1.2, 0, 0)
  }
  if (view.kind === 'plain' && channel === 'user') {
    const shape = jailbreakShape(mentions, view.text.length)
    add('jailbreak-shape', 'persona', shape.weight, shape.start, shape.start + 1)
  }
  if (isDisguised && found.some((signal) => signal.family !== 'learned' && signal.weight >= tellingWeight)) {
    add(`disguise-${view.kind}`, 'obfuscation', disguiseWeight[view.kind], 0, view.text.length)
  }
  // A text that forbids revealing its instructions is an assistant's own prompt: it talks about them for its own sake.
  if (isPolicy) for (const signal of found) if (signal.family !== 'persona' && signal.family !== 'learned') signal.weight *= policyShare
  return found
}
