import { memoriesMax } from '@jarvis/contracts/memory.ts'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import { OwnerGone } from '#ports/jobs/index.ts'
import { type Fact, questionOf, type Reading, readingOf } from './extract.ts'
import { factsIn, forgetsIn, ownSentencesOf } from './facts.ts'
import type { MemoryDeps, Payer } from './index.ts'
import { isTrusted, type MemoryRow, type MemoryRows, type Said } from './rows.ts'
import { subjectOf } from './subjects.ts'

/** A message of a person, and the key that pays for what is done with it. */
export type Learned = Said & { userId: string; text: string; said: Date; keyId?: string | null }

/** The model that reads for facts. */
export type Reader = {
  /** Absent, rules do it. */
  isThere(): boolean
  /** One call, paid for in advance; `assure` is asked before it is sent. */
  read(
    of: Pick<Learned, 'userId' | 'keyId' | 'conversationId' | 'messageId'>,
    question: { system: string; text: string },
    assure: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<string>
}

type LearnDeps = Pick<Database, 'db'> &
  Pick<MemoryDeps, 'reader' | 'embeddings'> & {
    rows: MemoryRows
    keepVector(row: MemoryRow, vector: number[] | null): Promise<void>
    removeVectors(gone: readonly MemoryRow[]): Promise<void>
    found(payer: Payer, text: string, max: number, signal?: AbortSignal): Promise<{ row: MemoryRow }[]>
    forget(row: MemoryRow): Promise<void>
    forgetWhatSays(userId: string, text: string): Promise<void>
    log: Log
  }

const knownMax = 12
const askedCharactersMax = 2000
const sentencesMax = 40
const readMsMax = 60_000

/** Finds facts in what a person says, by a model that is borne out or by rules, and keeps them with where they are from. */
export function createLearn({ rows, reader, embeddings, keepVector, removeVectors, found, forget, forgetWhatSays, log }: LearnDeps) {
  /** What the message may speak of, as far as the person vouches for it: nobody else's words are shown to the reader, nor replaced by it. */
  async function knownTo({ userId, origin }: Learned, sentences: string[], signal: AbortSignal): Promise<MemoryRow[]> {
    const near = await found({ userId }, sentences.join('\n').slice(0, askedCharactersMax), knownMax, signal)
    const subjects = [...new Set(sentences.map(subjectOf).filter(Boolean))]
    const about = subjects.length === 0 ? [] : await rows.about(userId, subjects, knownMax)
    const all = new Map([...near.map(({ row }) => row), ...about].map((row) => [row.id, row]))
    return [...all.values()].filter((row) => isTrusted(row) || origin !== 'chat')
  }

  /** Null where there is no model, or none that can be asked now: a fact found by rules is better than none. */
  async function readByModel(
    of: Learned,
    sentences: string[],
    known: MemoryRow[],
    assure: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<Reading | null> {
    if (!reader.isThere()) return null
    const material = { sentences: sentences.slice(0, sentencesMax), said: of.said, known, forgets: forgetsIn(of.text).length > 0 }
    try {
      const answer = await reader.read(of, questionOf(material), assure, AbortSignal.any([signal, AbortSignal.timeout(readMsMax)]))
      const reading = readingOf(answer, material)
      if (!reading) log.info({ messageId: of.messageId }, 'the model that reads for facts gave no answer that can be read')
      return reading
    } catch (error) {
      if (error instanceof OwnerGone || signal.aborted) throw error
      log.info({ err: error, messageId: of.messageId }, 'facts are found by rules: no model could be asked')
      return null
    }
  }

  /** Nobody waits for an answer, so nobody can be refused: the new takes the place of the old, where that is not the person's own word. */
  async function roomFor(userId: string, count: number): Promise<number> {
    const missing = (await rows.count(userId)) + count - memoriesMax
    if (missing <= 0) return count
    const gone = await rows.makeRoom(userId, missing)
    await removeVectors(gone)
    return count - missing + gone.length
  }

  async function keep(of: Learned, facts: Fact[], requireThere: () => Promise<void>): Promise<void> {
    const { userId } = of
    if (facts.length === 0) return await requireThere()
    // Without a vector a fact is found by its words until the catch-up gives it one.
    const vectors = await embeddings
      .embed(
        { userId },
        facts.map(({ text }) => text),
      )
      .catch(() => [])
    await requireThere()
    const { kept, closed } = await rows.keep(userId, of, facts)
    await removeVectors(closed)
    for (const [at, row] of kept.entries()) {
      await requireThere()
      await keepVector(row, vectors[at] ?? null)
    }
    await requireThere()
  }

  return async function learn(of: Learned, requireThere: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { userId, text, origin, messageId } = of
    const sentences = ownSentencesOf(text)
    if (sentences.length === 0 || (await rows.state(userId)).isPaused || (await rows.hasOf(userId, messageId))) return
    await requireThere()
    const known = await knownTo(of, sentences, signal)
    const reading = await readByModel(of, sentences, known, requireThere, signal)
    await requireThere()
    // A program may not have anything forgotten that is not its own words.
    if (origin === 'chat') {
      for (const row of known) if (reading?.forgotten.includes(row.id)) await forget(row)
      for (const unwanted of forgetsIn(text)) {
        await requireThere()
        await forgetWhatSays(userId, unwanted)
      }
    }
    const facts = reading?.facts ?? factsIn(text, of.said, known)
    await keep(of, facts.slice(0, await roomFor(userId, facts.length)), requireThere)
  }
}
