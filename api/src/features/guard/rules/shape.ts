import type { Concept } from './concepts.ts'
import { conceptId } from './lexicon.ts'
import type { Mentions } from './scan.ts'

/** What a jailbreak is made of. One ingredient is a role play or a house rule; most of them together are not. */
const ingredients: Concept[][] = [
  ['unbound'],
  ['refusal'],
  ['harm'],
  ['now', 'pretend'],
  ['ai'],
  ['rule'],
  ['discard', 'drop'],
  ['system', 'modeName'],
]
const commonIngredients = 4
/** Ingredients count together within two neighbouring stretches of this many characters. */
const stretch = 4000

export type Shape = { start: number; weight: number }

/** The passage with most ingredients, and the weight of those beyond what honest long prompts have. */
export function jailbreakShape(mentions: Mentions, length: number): Shape {
  const present = Array.from({ length: Math.floor(length / stretch) + 1 }, () => 0)
  ingredients.forEach((alternatives, ingredient) => {
    for (const concept of alternatives) for (const hit of mentions[conceptId(concept)]!) present[Math.floor(hit.start / stretch)]! |= 1 << ingredient
  })
  let best: Shape = { start: 0, weight: 0 }
  for (let i = 0; i < present.length; i++) {
    const weight = Math.max(0, bits(present[i]! | (present[i + 1] ?? 0)) - commonIngredients) * 0.5
    if (weight > best.weight) best = { start: i * stretch, weight }
  }
  return best
}

const bits = (mask: number) => mask.toString(2).replaceAll('0', '').length
