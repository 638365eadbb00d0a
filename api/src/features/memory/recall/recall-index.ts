import { datesIn, type Days, overlap } from './dates.ts'
import { coverage, type Features, isRelevant, rank } from './rank.ts'
import { createSpelling, type Meanings } from './spelling.ts'
import { topicsOf } from './topics.ts'
import { gramsOf, topicOf, wordsOf } from './words.ts'

/** Something that was said: by whom, when, and in which conversation. Turns of one session with one date are added in the order in which they were said. */
export type Turn = { id: string; session: string; speaker: string; date: Date | null; text: string }
export type Hit = { id: string; score: number }
/** Which turns may be found. */
export type IsWanted = (turn: Pick<Turn, 'id' | 'session'>) => boolean
export type RecallIndex = ReturnType<typeof createRecallIndex>

type Document = Turn & {
  place: number
  words: number
  session: string
  speakerWords: string[]
  spelled: Int32Array
  isQuestion: boolean
  hasNumber: boolean
  days: Days[]
  before: Document | undefined
  after: Document | undefined
  isGone: boolean
}
type Posting = { places: number[]; counts: number[] }

/** The saturation of a word's count, and how much a long text is discounted, as BM25 has them. */
const k1 = 1.2
const b = 0.6
const lexicalCandidatesMax = 150
const meaningCandidatesMax = 60
/** Up to so many turns each is compared by all of its numbers; of more, only those that the first numbers let hope. */
const exactMax = 5000
const coarseNumbers = 64
/** What of the best score a turn needs to speak for its session. */
const sessionShare = 0.2
const similarWordsMax = 6
const similarMin = 0.5
const similarWeight = 0.6
const speakerWeight = 0.5
const askedWhen = /\b(?:when|what (?:date|day|month|year)|how long ago|wann|cuándo|quand|quando|kiedy|когда|wanneer)\b|いつ|什么时候|何时|ne zaman/iu
const askedNumber =
  /\b(?:how (?:many|much|old|long|far|often)|wie ?viele?|cuánt[oa]s?|combien|quant[oiae]s?|ile|сколько|hoeveel)\b|いくつ|何人|几|多少/iu

/** What was said, in memory, to be found again: by words, forms of words, meaning, who, when, and what was said around it. */
export function createRecallIndex({ width, vectorOf, vectorOfWord }: Meanings) {
  const spelled = createSpelling(vectorOfWord)
  const documents: Document[] = []
  const byId = new Map<string, Document>()
  const postings = new Map<string, Posting>()
  const wordsByGram = new Map<string, string[]>()
  const lastOf = new Map<string, Document>()
  let vectors = new Int8Array(width * 256)
  let totalWords = 0
  let present = 0
  let characters = 0

  function add(turn: Turn): void {
    if (byId.has(turn.id)) remove(turn.id)
    const place = documents.length
    const speakerWords = wordsOf(turn.speaker)
    const words = wordsOf(turn.text)
    const counts = new Map<string, number>()
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
    for (const word of speakerWords) counts.set(word, Math.max(counts.get(word) ?? 0, speakerWeight))
    for (const [word, count] of counts) post(word, place, count)
    let before = lastOf.get(turn.session)
    while (before?.date && turn.date && before.date > turn.date) before = before.before
    const after = before ? before.after : firstOf(turn.session)
    const document: Document = {
      ...turn,
      place,
      words: words.length,
      speakerWords,
      spelled: spelled.placesOf(turn.text),
      isQuestion: /[?？؟]\s*$/u.test(turn.text),
      hasNumber: /\d/u.test(turn.text),
      days: datesIn(turn.text, turn.date),
      before,
      after,
      isGone: false,
    }
    if (before) before.after = document
    if (after) after.before = document
    else lastOf.set(turn.session, document)
    documents.push(document)
    byId.set(turn.id, document)
    totalWords += words.length
    characters += turn.text.length
    present++
    keepVector(place, vectorOf(turn.text))
  }

  function firstOf(session: string): Document | undefined {
    let first = lastOf.get(session)
    while (first?.before) first = first.before
    return first
  }

  function post(word: string, place: number, count: number): void {
    let posting = postings.get(word)
    if (!posting) {
      postings.set(word, (posting = { places: [], counts: [] }))
      for (const gram of new Set(gramsOf(word))) {
        const list = wordsByGram.get(gram)
        if (list) list.push(word)
        else wordsByGram.set(gram, [word])
      }
    }
    posting.places.push(place)
    posting.counts.push(count)
  }

  function keepVector(place: number, vector: ArrayLike<number> | null): void {
    if ((place + 1) * width > vectors.length) {
      const larger = new Int8Array(vectors.length * 2)
      larger.set(vectors)
      vectors = larger
    }
    if (vector) for (let at = 0; at < width; at++) vectors[place * width + at] = Math.round(Math.max(-1, Math.min(1, vector[at]!)) * 127)
  }

  function remove(id: string): void {
    const document = byId.get(id)
    if (!document) return
    document.isGone = true
    characters -= document.text.length
    document.text = ''
    byId.delete(id)
    totalWords -= document.words
    present--
    vectors.fill(0, document.place * width, (document.place + 1) * width)
    if (document.before) document.before.after = document.after
    if (document.after) document.after.before = document.before
    if (lastOf.get(document.session) === document) {
      if (document.before) lastOf.set(document.session, document.before)
      else lastOf.delete(document.session)
    }
  }

  const idfOf = (word: string) => {
    const found = postings.get(word)?.places.length ?? 0
    return Math.log(1 + (documents.length - found + 0.5) / (found + 0.5))
  }

  /** The words of the index that a word may be a form of, or a typing error. */
  function similarTo(word: string): { word: string; weight: number }[] {
    if (word.length < 4) return []
    const grams = new Set(gramsOf(word))
    const shared = new Map<string, number>()
    for (const gram of grams) for (const other of wordsByGram.get(gram) ?? []) shared.set(other, (shared.get(other) ?? 0) + 1)
    const similar: { word: string; weight: number }[] = []
    for (const [other, count] of shared) {
      const alike = (2 * count) / (grams.size + other.length)
      if (other !== word && alike >= similarMin) similar.push({ word: other, weight: alike * similarWeight })
    }
    return similar.toSorted((x, y) => y.weight - x.weight).slice(0, similarWordsMax)
  }

  function lexical(topic: { word: string; idf: number }[], isWanted: IsWanted) {
    const scores = new Float32Array(documents.length)
    const covered = new Float32Array(documents.length)
    const rarest = new Float32Array(documents.length)
    const mean = totalWords / Math.max(1, present) || 1
    for (const { word, idf } of topic) {
      const best = new Map<number, number>()
      for (const { word: form, weight } of [{ word, weight: 1 }, ...similarTo(word)]) {
        const posting = postings.get(form)
        if (!posting) continue
        for (let at = 0; at < posting.places.length; at++) {
          const place = posting.places[at]!
          const document = documents[place]!
          if (document.isGone || !isWanted(document)) continue
          const count = posting.counts[at]!
          const found = (weight * count * (k1 + 1)) / (count + k1 * (1 - b + (b * document.words) / mean))
          const before = best.get(place) ?? 0
          if (found > before) best.set(place, found)
        }
      }
      for (const [place, found] of best) {
        scores[place]! += idf * found
        covered[place]! += idf * Math.min(1, found)
        if (idf > rarest[place]!) rarest[place] = idf * Math.min(1, found)
      }
    }
    return { scores, covered, rarest }
  }

  /** The cosine of the question with a place; and, of many places, which may be near by the first of their numbers. */
  function meaningOf(question: string, isWanted: IsWanted) {
    const vector = vectorOf(question)
    if (!vector) return null
    const asked = Int8Array.from({ length: width }, (_, at) => Math.round(vector[at]! * 127))
    const product = (place: number, numbers: number) => {
      let sum = 0
      const from = place * width
      for (let at = 0; at < numbers; at++) sum += asked[at]! * vectors[from + at]!
      return sum / 16_129
    }
    const numbers = documents.length > exactMax ? Math.min(width, coarseNumbers) : width
    const coarse = Float32Array.from({ length: documents.length }, (_, place) => (isWanted(documents[place]!) ? product(place, numbers) : 0))
    return {
      at: (place: number) => product(place, width),
      nearest: () =>
        best(coarse, numbers === width ? meaningCandidatesMax : meaningCandidatesMax * 5)
          .map((place) => ({ place, cosine: product(place, width) }))
          .toSorted((x, y) => y.cosine - x.cosine)
          .slice(0, meaningCandidatesMax),
    }
  }

  /** What is weighed of the turns that may answer a question. `nearest` are further ones that somebody found by meaning. */
  function candidates(
    question: string,
    now: Date | null,
    nearest: readonly Hit[] = [],
    isWanted: IsWanted = () => true,
  ): { document: Document; features: Features }[] {
    const words = topicOf(question)
    const topic = words.map((word) => ({ word, idf: idfOf(word) }))
    const total = topic.reduce((sum, { idf }) => sum + idf, 0) || 1
    const { scores, covered, rarest } = lexical(topic, isWanted)
    const meaning = meaningOf(question, isWanted)
    const given = new Map(nearest.map(({ id, score }) => [byId.get(id)?.place, score]))
    const chosen = new Set<number>()
    for (const place of best(scores, lexicalCandidatesMax)) {
      chosen.add(place)
      const { before, after } = documents[place]!
      if (before) chosen.add(before.place)
      if (after) chosen.add(after.place)
    }
    for (const { place } of meaning?.nearest() ?? []) chosen.add(place)
    for (const place of given.keys()) if (place !== undefined) chosen.add(place)

    const sessions = sessionScores(scores)
    const alike = spelled.alike(question, idfOf)
    const strongest = scores.reduce((max, score) => Math.max(max, score), 0) || 1
    const asked = {
      days: datesIn(question, now),
      when: askedWhen.test(question),
      number: askedNumber.test(question),
      words: new Set(words),
      topics: topicsOf(words),
    }
    const scoreOf = (document: Document | undefined) => (document ? scores[document.place]! / strongest : 0)
    const found: { document: Document; features: Features }[] = []
    for (const place of chosen) {
      const document = documents[place]!
      if (document.isGone || !isWanted(document)) continue
      const { before, after, days, date } = document
      const isSpeaker = document.speakerWords.some((word) => asked.words.has(word))
      const soft = alike(document.spelled)
      const said = wordsOf(document.text)
      const cosine = Math.max(meaning?.at(place) ?? 0, given.get(place) ?? 0)
      const inTime = asked.days.length === 0 ? 0 : Math.max(0, ...asked.days.map((range) => overlap(range, days, date)))
      found.push({
        document,
        features: [
          scoreOf(document),
          covered[place]! / total,
          rarest[place]! / total,
          Math.max(scoreOf(before), scoreOf(after)),
          Math.max(scoreOf(before?.before), scoreOf(after?.after)),
          before?.isQuestion ? scoreOf(before) : 0,
          sessions.get(document.session) ?? 0,
          cosine,
          before || after ? Math.max(...[before, after].map((near) => (near ? (meaning?.at(near.place) ?? 0) : 0))) : 0,
          isSpeaker ? 1 : 0,
          document.isQuestion ? 1 : 0,
          asked.when && (days.length > 0 || /\b(?:ago|last|next|yesterday|today|tomorrow|week|month)\b/iu.test(document.text)) ? 1 : 0,
          asked.number && document.hasNumber ? 1 : 0,
          inTime,
          Math.min(1, Math.log2(1 + document.words) / 6),
          pairsShared(words, said),
          soft,
          before?.isQuestion ? alike(before.spelled) : 0,
          topicsShared(asked.topics, topicsOf(said)),
        ],
      })
    }
    return found
  }

  function sessionScores(scores: Float32Array): Map<string, number> {
    const sums = new Map<string, number[]>()
    const least = sessionShare * scores.reduce((max, score) => Math.max(max, score), 0)
    for (let place = 0; place < scores.length; place++) {
      const score = scores[place]!
      if (score <= least) continue
      const document = documents[place]!
      const list = sums.get(document.session)
      if (list) list.push(score)
      else sums.set(document.session, [score])
    }
    const totals = new Map([...sums].map(([session, list]) => [session, sum(list.toSorted((x, y) => y - x).slice(0, 4))]))
    const most = Math.max(0, ...totals.values()) || 1
    return new Map([...totals].map(([session, value]) => [session, value / most]))
  }

  return {
    add,
    remove,
    knows: (id: string) => byId.has(id),
    has: (id: string, text: string) => byId.get(id)?.text === text,
    /** Those that were removed, too. */
    get size() {
      return documents.length
    },
    get characters() {
      return characters
    },
    candidates,

    /** The turns that answer a question best, best first; `score` is 0 to 1. */
    search(
      question: string,
      { limit, now = null, nearest = [], isWanted }: { limit: number; now?: Date | null; nearest?: readonly Hit[]; isWanted?: IsWanted | undefined },
    ): (Hit & { isRelevant: boolean; coverage: number })[] {
      return candidates(question, now, nearest, isWanted)
        .map(({ document, features }) => ({ id: document.id, score: rank(features), isRelevant: isRelevant(features), coverage: coverage(features) }))
        .toSorted((x, y) => y.score - x.score)
        .slice(0, limit)
    },
  }
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)

const buckets = 1024

/** The places of the best scores over 0, best first: those below the bucket of the last wanted are not sorted. */
function best(scores: Float32Array, max: number): number[] {
  let most = 0
  for (let place = 0; place < scores.length; place++) if (scores[place]! > most) most = scores[place]!
  if (most === 0) return []
  const bucketOf = (score: number) => Math.min(buckets - 1, Math.floor((score / most) * buckets))
  const counts = new Int32Array(buckets)
  for (let place = 0; place < scores.length; place++) if (scores[place]! > 0) counts[bucketOf(scores[place]!)]!++
  let last = buckets - 1
  for (let found = counts[last]!; found < max && last > 0;) found += counts[--last]!
  const places: number[] = []
  for (let place = 0; place < scores.length; place++) if (scores[place]! > 0 && bucketOf(scores[place]!) >= last) places.push(place)
  return places.sort((x, y) => scores[y]! - scores[x]!).slice(0, max)
}

/** The share of neighbouring words of the question that are neighbours in the text too. */
function pairsShared(words: string[], said: string[]): number {
  if (words.length < 2) return 0
  const pairs = new Set(said.slice(1).map((word, at) => `${said[at]!} ${word}`))
  return words.slice(1).filter((word, at) => pairs.has(`${words[at]!} ${word}`)).length / (words.length - 1)
}

function topicsShared(asked: Map<number, number>, said: Map<number, number>): number {
  let most = 0
  for (const topic of asked.keys()) most = Math.max(most, said.get(topic) ?? 0)
  return most === 0 ? 0 : most === 1 ? 0.7 : 1
}
