import { isUnspaced, neutral, plain, researchWords, segmentsOf, stemOf, thisYear, wordsIn } from './words.ts'

// How many bits it takes to say which text was made of a person's own words: what a text tells beside what they wrote.

/** Of a letter that nobody wrote before: the model's own. */
const letterBits = 5
const likely = -Math.log2(0.75)
const unlikely = 2
/** So many words are sought among theirs; a longer text is the model's own. */
const wordsMax = 200

/**
 * A query, as the shorter of two descriptions: a sentence or a phrase of theirs as it stands, or words of theirs in their order. Words that say nothing of
 * anybody cost little, and words of the model's own what their letters cost.
 */
export function queryBits(messages: readonly string[], query: string): number {
  const asked = wordsIn(plain(query)).map(stemOf)
  if (asked.length > wordsMax) return letterBits * query.length
  return 1 + Math.min(phraseBits(messages, asked), wordsBits(messages, asked)) + spellingBits(messages, query)
}

function phraseBits(messages: readonly string[], asked: readonly string[]): number {
  const sought = asked.join(' ')
  let [all, same] = [0, 0]
  for (const [index, message] of messages.entries()) {
    for (const segment of segmentsOf(message)) {
      const words = wordsIn(plain(segment)).map(stemOf)
      const weight = words.filter((word) => !neutral.has(word)).length * (index === messages.length - 1 ? 4 : 1)
      all += weight
      if (words.join(' ') === sought) same += weight
    }
  }
  return same === 0 ? Infinity : Math.log2(all / same)
}

function wordsBits(messages: readonly string[], asked: readonly string[]): number {
  const told = messages.map((message) => wordsIn(plain(message)).map(stemOf))
  const all = new Set(told.flat())
  const distinct = [...new Set(asked)]
  const repeated = (asked.length - distinct.length) * letterBits
  const picked = distinct.filter((word) => all.has(word) && !neutral.has(word))
  const others = distinct.filter((word) => !all.has(word))
  const small = distinct.length - picked.length - others.length
  const newest = placesOf(told.at(-1) ?? [])
  const isNewest = picked.every((word) => newest.has(word))
  const from = isNewest ? newest : placesOf(told.flat())
  const ranks = picked.map((word) => from.get(word)!)
  const isInOrder = ranks.every((rank, index) => index === 0 || rank > ranks[index - 1]!)
  const otherBits = others.reduce((sum, word) => sum + 1 + otherWordBits(messages, word), 0)
  return (
    (isNewest ? likely : unlikely) +
    subsetBits(from.size, picked.length) +
    (isInOrder ? likely : unlikely + logFactorial(picked.length)) +
    small +
    (others.length === 0 ? likely : unlikely + otherBits) +
    repeated
  )
}

const placesOf = (words: readonly string[]) =>
  new Map([...new Set(words)].filter((word) => !neutral.has(word)).map((word, index) => [word, index]))

/** Which of theirs: the more of them, the likelier. */
function subsetBits(all: number, picked: number): number {
  if (picked === 0) return all
  return Math.log2((all * (all + 1)) / 2 / picked) + logFactorial(all) - logFactorial(picked) - logFactorial(all - picked)
}

function logFactorial(n: number): number {
  let sum = 0
  for (let factor = 2; factor <= n; factor++) sum += Math.log2(factor)
  return sum
}

function otherWordBits(messages: readonly string[], word: string): number {
  if (researchWords.has(word) || word === thisYear()) return Math.log2(researchWords.size + 1)
  if (neutral.has(word)) return Math.log2(neutral.size)
  // Where words are written without spaces, a longer text of theirs may hold one.
  const holders = isUnspaced(word) ? messages.flatMap(segmentsOf).map(plain).filter((segment) => segment.includes(word)) : []
  const run = holders.length === 0 ? Infinity : Math.log2(holders[0]!.length ** 2 * messages.length)
  return Math.min(run, letterBits * word.length)
}

/** How it is written, where that is not as they wrote it: capitals, other forms of a word, signs and spaces. */
function spellingBits(messages: readonly string[], text: string): number {
  if (messages.some((message) => message.includes(text))) return 0
  const known = new Set(messages.flatMap(wordsIn))
  const forms = new Set([...known].map((word) => word.toLowerCase()))
  const stems = new Set([...forms].map(stemOf))
  const others = wordsIn(text).filter((word) => !known.has(word))
  const capitals = others.join('').replace(/\P{Lu}/gu, '').length
  const variants = others.filter((word) => !forms.has(word.toLowerCase()) && stems.has(stemOf(word.toLowerCase()))).length
  const between = text.replace(/[\p{L}\p{M}\p{N}]+/gu, '')
  const gaps = Math.max(0, wordsIn(text).length - 1)
  return 2 * capitals + 2 * variants + (between === ' '.repeat(gaps) ? 0 : letterBits * (1 + Math.max(0, between.length - gaps)))
}

/** A text that stands in their messages as it is: where it begins and where it ends. */
export function passageBits(messages: readonly string[], text: string): number {
  const words = messages.reduce((sum, message) => sum + wordsIn(message).length, 1)
  const segments = messages.flatMap(segmentsOf).map(plain)
  const isSegment = segments.includes(plain(text))
  const isLiteral = messages.some((message) => message.includes(text.trim()))
  return 1 + (isSegment ? Math.log2(segments.length) : 2 * Math.log2(words)) + (isLiteral ? 0 : text.length)
}
