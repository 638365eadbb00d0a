import type { Place } from './passage-vectors.ts'

/** How slowly a place in a list loses weight, as reciprocal rank fusion has it. */
const slowness = 10
/** Words that stand there are surer than what is near in meaning. Both figures: decision 0088. */
const weights = { words: 1, near: 0.15 }

/** Two lists, each the best first, as one: what is high in both comes first. */
export function fuse(words: readonly Place[], near: readonly Place[]): Place[] {
  const scores = new Map<string, { place: Place; score: number }>()
  const add = (places: readonly Place[], weight: number) => {
    for (const [rank, place] of places.entries()) {
      const key = `${place.fileId}:${place.position}`
      const known = scores.get(key)
      scores.set(key, { place, score: (known?.score ?? 0) + weight / (slowness + rank) })
    }
  }
  add(words, weights.words)
  add(near, weights.near)
  return [...scores.values()].toSorted((a, b) => b.score - a.score).map(({ place }) => place)
}
