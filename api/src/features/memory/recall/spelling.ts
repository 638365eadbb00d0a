import { topicOf, wordsOf } from './words.ts'

/** Vectors of texts and of words, null for those that have none. */
export type Meanings = {
  width: number
  vectorOf(text: string): ArrayLike<number> | null
  vectorOfWord(word: string): ArrayLike<number> | null
}

/** Cosine up to which two words have nothing in common. */
const unlikeMax = 0.2

/** The words of texts as they are written, each with its meaning, and how much of a question's meaning is in a text. */
export function createSpelling(vectorOfWord: Meanings['vectorOfWord']) {
  const places = new Map<string, number>()
  const words: string[] = []
  const vectors: (ArrayLike<number> | null | undefined)[] = []
  const english = (text: string) => new Set([...text.toLowerCase().matchAll(/[a-z]{3,}/gu)].map(([word]) => word))
  const vectorAt = (place: number) => (vectors[place] === undefined ? (vectors[place] = vectorOfWord(words[place]!)) : vectors[place])

  return {
    placesOf(text: string): Int32Array {
      const found: number[] = []
      for (const word of english(text)) {
        let place = places.get(word)
        if (place === undefined) places.set(word, (place = words.push(word) - 1))
        found.push(place)
      }
      return Int32Array.from(found)
    },

    /** For a text, 0 to 1: for each word of the question the nearest of the text, weighed by how rare the question's word is. */
    alike(question: string, idfOf: (word: string) => number): (text: Int32Array) => number {
      const topic = new Set(topicOf(question))
      const asked = [...english(question)].flatMap((word) => {
        const [stem] = wordsOf(word)
        const vector = stem !== undefined && topic.has(stem) ? vectorOfWord(word) : null
        return vector ? [{ word, vector, idf: idfOf(stem!), known: new Map<number, number>() }] : []
      })
      const total = asked.reduce((sum, { idf }) => sum + idf, 0)
      if (total === 0) return () => 0
      return (text) => {
        let found = 0
        for (const { word, vector, idf, known } of asked) {
          let nearest = 0
          for (const place of text) {
            let near = known.get(place)
            if (near === undefined) {
              near = words[place] === word ? 1 : nearness(vector, vectorAt(place) ?? null)
              known.set(place, near)
            }
            if (near > nearest) nearest = near
          }
          found += idf * nearest
        }
        return found / total
      }
    },
  }
}

function nearness(one: ArrayLike<number>, other: ArrayLike<number> | null): number {
  if (!other) return 0
  let cosine = 0
  for (let at = 0; at < one.length; at++) cosine += one[at]! * other[at]!
  return Math.max(0, Math.min(1, (cosine - unlikeMax) / (1 - 2 * unlikeMax)))
}
