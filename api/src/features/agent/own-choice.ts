import { neutral, plain, segmentsOf, stemOf, wordsIn } from './words.ts'

// How many bits it takes to say which text was made of a person's own words: what a text tells beside what they wrote.

/** Of a letter that nobody wrote before: the model's own. */
const letterBits = 5
/** Nine of ten times, and else. */
const likely = -Math.log2(0.9)
const unlikely = -Math.log2(0.1)
/** So many words are sought among theirs; a longer text is the model's own. */
const wordsMax = 200

/**
 * A query, as the shortest of three descriptions: a sentence or phrase of theirs as it stands, a part of a message, or some of its words. Small
 * words cost little, and words of the model's own what their letters cost.
 */
export function queryBits(messages: readonly string[], query: string): number {
  const asked = stemsIn(query)
  if (asked.length > wordsMax) return letterBits * query.length
  const told = messages.map(stemsIn)
  const small = asked.filter((word) => neutral.has(word))
  const known = new Set(told.flat())
  const smallBits = small.reduce((sum, word) => sum + (known.has(word) ? 1 : Math.log2(neutral.size)), 0)
  const content = asked.filter((word) => !neutral.has(word))
  const modes: [share: number, bits: number][] = [
    [0.4, phraseBits(messages, asked)],
    [0.3, partBits(told, content) + smallBits],
    [0.3, wordsBits(told, content) + smallBits],
  ]
  return Math.min(...modes.map(([share, bits]) => bits - Math.log2(share))) + spellingBits(messages, query)
}

const stemsIn = (text: string) => wordsIn(plain(text)).map(stemOf)
const contentOf = (words: readonly string[]) => words.filter((word) => !neutral.has(word))

/** The longer, the likelier, and most of all in the newest message. */
function phraseBits(messages: readonly string[], asked: readonly string[]): number {
  const sought = asked.join(' ')
  let [all, same] = [0, 0]
  for (const [index, message] of messages.entries()) {
    for (const segment of segmentsOf(message)) {
      const words = stemsIn(segment)
      const weight = contentOf(words).length * (index === messages.length - 1 ? 4 : 1)
      all += weight
      if (words.join(' ') === sought) same += weight
    }
  }
  return same === 0 ? Infinity : Math.log2(all / same)
}

/** Words that stand one after the other, small words aside. */
function partBits(told: readonly (readonly string[])[], content: readonly string[]): number {
  const all = told.map(contentOf)
  const at = all.findLastIndex((words) => holdsRun(words, content))
  if (at === -1 || content.length === 0) return Infinity
  const { length } = all[at]!
  // Of all the runs of so many words, each as likely as it is long.
  const among = Math.log2((length * (length + 1) * (length + 2)) / 6 / content.length)
  return among + (at === all.length - 1 ? likely : unlikely + Math.log2(all.length))
}

const holdsRun = (words: readonly string[], run: readonly string[]) =>
  words.some((_word, start) => start + run.length <= words.length && run.every((word, index) => word === words[start + index]))

/** Some of their words, each once. */
function wordsBits(told: readonly (readonly string[])[], content: readonly string[]): number {
  const distinct = [...new Set(content)]
  const newest = placesOf(told.at(-1) ?? [])
  const all = placesOf(told.flat())
  const picked = distinct.filter((word) => all.has(word))
  const others = distinct.filter((word) => !all.has(word))
  const isNewest = picked.every((word) => newest.has(word))
  const from = isNewest ? newest : all
  const ranks = picked.map((word) => from.get(word)!)
  const isInOrder = ranks.every((rank, index) => index === 0 || rank > ranks[index - 1]!)
  return (
    (isNewest ? likely : unlikely) +
    subsetBits(from.size, picked.length) +
    (isInOrder ? likely : unlikely + logFactorial(picked.length)) +
    (others.length === 0 ? likely : unlikely + others.reduce((sum, word) => sum + 1 + letterBits * word.length, 0)) +
    letterBits * (content.length - distinct.length)
  )
}

const placesOf = (words: readonly string[]) => new Map([...new Set(contentOf(words))].map((word, index) => [word, index]))

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

/** Beyond what its words say: how exactly the text is written, code point by code point, where that is not as they wrote it. */
function spellingBits(messages: readonly string[], text: string): number {
  if (messages.some((message) => message.includes(text))) return 0
  return formBits(messages, wordsIn(text)) + gapBits(messages, text)
}

/** All words as theirs, all in small letters, or else. */
const [asTheirs, inSmall, otherwise] = [0.6, 0.35, 0.05].map((share) => -Math.log2(share)) as [number, number, number]
/** Of a letter, given which it is: those that look another way and mean the same. */
const lookBits = 6
/** Singular, plural and what else counts as the same word. */
const endingBits = 2

function formBits(messages: readonly string[], words: readonly string[]): number {
  const known = formsOf(messages.flatMap(wordsIn))
  const small = formsOf([...known.values()].flatMap((forms) => [...forms].map(plain)))
  const among = (forms: ReadonlyMap<string, ReadonlySet<string>>, word: string) => {
    const theirs = forms.get(stemOf(plain(word)))
    return theirs?.has(word) ? Math.log2(theirs.size) : null
  }
  const smallBits = (word: string) => among(small, word) ?? endingBits
  const sum = (bits: (word: string) => number) => words.reduce((all, word) => all + bits(word), 0)
  const theirBits = sum((word) => among(known, word) ?? Infinity)
  const plainBits = words.every((word) => word === plain(word)) ? sum(smallBits) : Infinity
  const rest = sum((word) => 1 + (among(known, word) ?? smallBits(plain(word)) + lettersBits(word)))
  return Math.min(asTheirs + theirBits, inSmall + plainBits, otherwise + rest)
}

/** What words that count as one look like. */
function formsOf(words: readonly string[]): Map<string, Set<string>> {
  const forms = new Map<string, Set<string>>()
  for (const word of words) {
    const stem = stemOf(plain(word))
    forms.set(stem, (forms.get(stem) ?? new Set()).add(word))
  }
  return forms
}

/** A word as it is written, when it is known in small letters. */
function lettersBits(word: string): number {
  if (word === plain(word)) return 0
  if (word.toLowerCase() !== plain(word)) return lookBits * Array.from(word).length
  const capitals = word.replace(/\P{Lu}/gu, '').length
  return capitals === 1 && /^\p{Lu}/u.test(word) ? 1 : lookBits * capitals
}

/** What stands between the words: a space, what they wrote between these two, or signs of the model's own. */
function gapBits(messages: readonly string[], text: string): number {
  const words = [...text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)].map(([word], index, all) => ({ word, at: all[index]!.index }))
  const gaps = [{ word: '', at: 0 }, ...words].map(({ word, at }, index) => ({
    left: word,
    gap: text.slice(at + word.length, words[index]?.at),
    right: words[index]?.word ?? '',
  }))
  const usual = (left: string, right: string) => (left === '' || right === '' ? '' : ' ')
  const others = gaps.filter(({ left, gap, right }) => gap !== usual(left, right))
  const place = Math.log2(gaps.length + 1)
  const isTheirs = (joined: string) => messages.some((message) => message.includes(joined))
  return others.reduce((sum, { left, gap, right }) => {
    if (left !== '' && right !== '' && isTheirs(left + gap + right)) return sum + 1
    return sum + place + Array.from(gap).reduce((bits, sign) => bits + 1 + signBits(sign), letterBits)
  }, 0)
}

const signBits = (sign: string) => (/[ -~]/.test(sign) ? lookBits : 20)

/** A text that stands in their messages as it is: where it begins and where it ends. */
export function passageBits(messages: readonly string[], text: string): number {
  const words = messages.reduce((sum, message) => sum + wordsIn(message).length, 1)
  const segments = messages.flatMap(segmentsOf).map(plain)
  const isSegment = segments.includes(plain(text))
  return 1 + (isSegment ? Math.log2(segments.length) : 2 * Math.log2(words)) + likenessBits(messages, text)
}

/** How it is written, where its letters are theirs but for case, spaces and looks. */
function likenessBits(messages: readonly string[], text: string): number {
  if (messages.some((message) => message.includes(text))) return 0
  const cased = text.toLowerCase()
  return cased === plain(text) ? text.length : lookBits * (Array.from(text).length + 1)
}
