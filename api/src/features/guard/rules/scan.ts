import { conceptId, concepts, lexicon } from './lexicon.ts'
import { addressPattern, quotePattern } from './patterns.ts'
import { splitWords, type Word } from './words.ts'

/** One mention of a concept. `token` counts words, so that nearness means the same in every script. */
export type Hit = { token: number; tokenEnd: number; sentence: number; start: number; end: number }
/** The mentions of each concept, in text order. */
export type Mentions = Hit[][]

type Place = { start: number; token: number; sentence: number }
/** `placeAt` says where a character stands, counted in words and sentences. */
export type Scan = { mentions: Mentions; placeAt: (start: number) => Hit }

export function scan(text: string): Scan {
  const mentions: Mentions = concepts.map(() => [])
  const words = splitWords(text)
  const places: Place[] = []
  let token = 0
  let sentence = 0
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    places.push({ start: word.start, token, sentence })
    if (word.kind === 'end') sentence++
    else if (word.kind === 'unspaced') token += scanUnspaced(mentions, word, token, sentence)
    else if (word.kind === 'word') scanWord(mentions, words, i, token++, sentence)
    // Lines of a table or a list are further apart than words of a sentence.
    if (word.kind === 'break') token += 2
  }
  const placeAt = (start: number): Hit => {
    const { token, sentence } = places[lastAtOrBefore(places, start)] ?? { token: 0, sentence: 0 }
    return { token, tokenEnd: token, sentence, start, end: start }
  }
  addShapes(mentions[conceptId('address')]!, text, addressPattern, placeAt)
  addShapes(mentions[conceptId('quoted')]!, text, quotePattern, placeAt)
  return { mentions, placeAt }
}

/** Concepts that are shapes, not words, such as an address; placed among the words. */
function addShapes(hits: Hit[], text: string, shape: RegExp, placeAt: Scan['placeAt']) {
  for (const match of text.matchAll(shape)) {
    const start = match.index
    hits.push({ ...placeAt(start + 1), start, end: start + match[0].length })
  }
}

function lastAtOrBefore(places: Place[], start: number): number {
  let low = 0
  let high = places.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (places[middle]!.start <= start) low = middle
    else high = middle - 1
  }
  return low
}

function scanWord(mentions: Mentions, words: Word[], at: number, token: number, sentence: number) {
  const word = words[at]!
  const hit = { token, tokenEnd: token, sentence, start: word.start, end: word.end }
  for (const concept of conceptsOf(word.text)) mentions[concept]!.push(hit)
  for (const phrase of lexicon.phrases.get(word.text) ?? []) {
    const last = phraseEnd(words, at, phrase.words, phrase.lastIsStem)
    if (last >= 0) mentions[phrase.concept]!.push({ ...hit, tokenEnd: token + phrase.words.length - 1, end: words[last]!.end })
  }
}

const known = new Map<string, number[]>()
const knownMax = 20_000

/** The concepts of one word, remembered: a long text has few different words. */
function conceptsOf(word: string): number[] {
  const remembered = known.get(word)
  if (remembered) return remembered
  const found = new Set<number>()
  for (const form of wordForms(word)) {
    for (const concept of lexicon.words.get(form) ?? []) found.add(concept)
    for (const length of lexicon.stemLengths.get(form[0]!) ?? []) {
      if (length <= form.length) for (const concept of lexicon.stems.get(form.slice(0, length)) ?? []) found.add(concept)
    }
  }
  if (known.size >= knownMax) known.clear()
  if (word.length <= 40) known.set(word, [...found])
  return [...found]
}

/** Arabic writes its article and some prepositions onto the word. */
function wordForms(word: string): string[] {
  const code = word.charCodeAt(0)
  if (code < 0x0620 || code > 0x06ff) return [word]
  const bare = word.replace(/^(?:[وفبلك]?ال|لل|[وف])(?=..)/u, '')
  return bare === word ? [word] : [word, bare]
}

function phraseEnd(words: Word[], at: number, phrase: string[], lastIsStem: boolean): number {
  let i = at
  for (let k = 1; k < phrase.length; k++) {
    i++
    if (words[i]?.kind === 'break') i++
    const word = words[i]
    if (word?.kind !== 'word') return -1
    const isMatch = lastIsStem && k === phrase.length - 1 ? word.text.startsWith(phrase[k]!) : word.text === phrase[k]
    if (!isMatch) return -1
  }
  return i
}

/** Two letters count as one word. Returns the words counted. */
function scanUnspaced(mentions: Mentions, run: Word, token: number, sentence: number): number {
  for (let at = 0; at < run.text.length; at++) {
    for (const { term, concept } of lexicon.unspaced.get(run.text[at]!) ?? []) {
      if (!run.text.startsWith(term, at)) continue
      const start = run.start + at
      mentions[concept]!.push({
        token: token + (at >> 1),
        tokenEnd: token + ((at + term.length - 1) >> 1),
        sentence,
        start,
        end: start + term.length,
      })
    }
  }
  return (run.text.length >> 1) + 1
}
