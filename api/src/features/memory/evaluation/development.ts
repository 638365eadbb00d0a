import type { Turn } from '#features/memory/recall/recall-index.ts'
import { type Language, languages } from './development-facts.ts'

export type Question = { id: string; text: string; evidence: string[]; now: Date }
export type Conversation = { id: string; language: string; turns: Turn[]; questions: Question[] }
const sessionsEach = 18
const dayMs = 86_400_000

/** Always the same numbers for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Months of talk between two people, in six languages, with facts of both, what is near to them, and questions with their evidence. */
export function developmentConversations(seed = 7): Conversation[] {
  const random = randomFrom(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
  return Object.entries(languages).flatMap(([language, known]) =>
    Array.from({ length: language === 'en' ? 6 : 3 }, (_, number) => conversation(`${language}-${number}`, language, known, pick, random)),
  )
}

function conversation(
  id: string,
  language: string,
  { names, facts, chat, echo, when }: Language,
  pick: <Item>(items: readonly Item[]) => Item,
  random: () => number,
): Conversation {
  const first = pick(names)
  const speakers = [first, pick(names.filter((name) => name !== first))]
  // Each speaker says each kind of fact with a value of their own, in some session.
  const said = facts.flatMap((kind) => {
    const value = pick(kind.values)
    const others = kind.values.filter((other) => other !== value)
    return speakers.map((speaker, at) => ({ kind, speaker, value: at === 0 ? value : pick(others), session: Math.floor(random() * sessionsEach) }))
  })
  const turns: Turn[] = []
  const questions: Question[] = []
  let day = Date.UTC(2023, 0, 10)
  for (let session = 0; session < sessionsEach; session++) {
    day += (3 + Math.floor(random() * 14)) * dayMs
    const date = new Date(day)
    const here = said.filter((one) => one.session === session)
    const length = 14 + here.length * 2
    const places = new Map(here.map((one, at) => [3 + Math.floor((at * (length - 4)) / Math.max(1, here.length)), one]))
    let turn = 0
    const say = (speaker: string, text: string) => {
      const turnId = `${id}:${session}:${turn++}`
      turns.push({ id: turnId, session: `${id}:${session}`, speaker, date, text })
      return turnId
    }
    for (let at = 0; at < length; at++) {
      const one = places.get(at)
      if (!one) {
        const length = 1 + Math.floor(random() * 3)
        say(speakers[at % 2]!, Array.from({ length }, () => pick(chat)).join(' '))
        continue
      }
      const { kind, speaker, value } = one
      const other = speakers.find((name) => name !== speaker)!
      if (kind.lead && random() < 0.6) say(other, pick(kind.lead))
      const text = pick(kind.say).replaceAll('{v}', value)
      const evidence = say(speaker, random() < 0.5 ? `${pick(chat)} ${text}` : text)
      if (random() < 0.5) say(other, pick(echo).replaceAll('{v}', value))
      const asked = random() < 0.5 ? pick(kind.ask) : pick(when)
      const question = asked.replaceAll('{n}', speaker).replaceAll('{v}', value)
      questions.push({ id: `${id}:q${questions.length}`, text: question, evidence: [evidence], now: date })
    }
  }
  const now = new Date(day + 30 * dayMs)
  return { id, language, turns, questions: questions.map((question) => ({ ...question, now })) }
}
