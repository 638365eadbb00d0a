import type { Log } from '#lib/log.ts'
import { isThere } from '#ports/database/people.ts'
import type { Database } from '#ports/database/index.ts'
import type { MemoryDeps } from './index.ts'
import type { MemoryRow, MemoryRows } from './rows.ts'
import { normalised } from './same-text.ts'
import type { createShards } from '#ports/vectors/shards.ts'
import type { TurnRow, TurnRows } from './turn-rows.ts'

type KeepTurnsDeps = Pick<Database, 'db'> &
  Pick<MemoryDeps, 'embeddings' | 'isHarmless' | 'takeBack'> & {
    rows: Pick<MemoryRows, 'replacedIn'>
    turns: TurnRows
    shards: ReturnType<typeof createShards>
    log: Log
  }

const beforeAll = '00000000-0000-0000-0000-000000000000'
const indexedAtOnce = 500
const peoplePerTurn = 100
const answersPerTurn = 1000
const answersOfConversation = 500
/** How much of a piece a fact must be to stand for all of it. */
const standsForMin = 0.4

/** What was said in conversations: keeps it, brings in what was said before it was kept, gives it vectors, and lets go of it. */
export function createKeepTurns({ db, rows, turns, shards, embeddings, isHarmless, takeBack, log }: KeepTurnsDeps) {
  let caughtUpTo = beforeAll

  async function removeVectors(gone: readonly TurnRow[]): Promise<void> {
    for (const [key, theirs] of Map.groupBy(gone, ({ userId, encoder }) => `${userId} ${encoder ?? ''}`)) {
      const [userId = '', encoder = ''] = key.split(/ (.*)/su)
      const ids = theirs.map(({ id }) => id)
      // One without may just be given it.
      if (theirs[0]!.encoder !== null) await shards.remove(encoder || embeddings.id, userId, ids)
    }
  }

  /** Vectors of one person's, and a look again when they are stored: an erasure, or the end of a conversation, may have passed by meanwhile. */
  async function index(userId: string, some: readonly TurnRow[]): Promise<void> {
    const vectors = await embeddings.embed(
      { userId },
      some.map(({ text }) => text),
    )
    const items = some.flatMap(({ id, text }, at) => (vectors[at] ? [{ id, text, vector: vectors[at] }] : []))
    for (const [encoder, old] of Map.groupBy(some, (row) => row.encoder ?? ''))
      if (encoder !== '')
        await shards.remove(
          encoder,
          userId,
          old.map(({ id }) => id),
        )
    const ids = some.map(({ id }) => id)
    try {
      if (items.length > 0) await shards.put(embeddings.id, userId, items)
      await turns.encoded(ids, embeddings.id)
      const left = await turns.some(userId, ids)
      const gone = items.map(({ id }) => id).filter((id) => !left.has(id))
      if (gone.length > 0) await shards.remove(embeddings.id, userId, gone)
    } finally {
      if (items.length > 0 && !(await isThere({ db }, userId))) await takeBack(userId, [shards.keyOf(embeddings.id, userId)])
    }
  }

  /** Conversations of before, one after the other, the newest first, until so many answers are brought in. Returns how many are left to bring. */
  async function bringEarlier(userId: string, from: string | null, max: number): Promise<number> {
    const encoder = embeddings.isPaid ? null : ''
    for (let [left, before] = [max, from]; ;) {
      const conversationId = await turns.conversationBefore(userId, before)
      if (conversationId !== null) left -= await turns.keepEarlier(userId, conversationId, { max: answersOfConversation, isHarmless, encoder })
      const isWanted = await turns.reached(userId, conversationId)
      if (conversationId === null || !isWanted || left <= 0) return left
      before = conversationId
    }
  }

  return {
    /** Never fails what has ended already. */
    async keep(userId: string, answerId: string): Promise<void> {
      try {
        await turns.keep(userId, answerId)
      } catch (error) {
        log.error({ err: error, messageId: answerId }, 'a turn could not be kept')
      }
    },

    removeVectors,

    async remove(userId: string, which: Parameters<TurnRows['remove']>[1]): Promise<void> {
      await removeVectors(await turns.remove(userId, which))
    },

    /** What says nothing but what these facts say, where they were found: they stand for it. */
    async removeSaid(facts: readonly Pick<MemoryRow, 'userId' | 'messageId' | 'source' | 'text'>[]): Promise<void> {
      for (const fact of facts) {
        if (fact.messageId === null) continue
        const said = [fact.source ?? fact.text, fact.text].map(normalised)
        const about = await turns.ofQuestion(fact.userId, fact.messageId)
        const ids = about.filter(({ text }) => said.some((words) => normalised(text).includes(words))).map(({ id }) => id)
        if (ids.length > 0) await removeVectors(await turns.remove(fact.userId, { ids }))
      }
    },

    /** Without those that say what a fact among the found says, or what a fact said that was replaced. */
    async withoutFacts<Found extends { row: TurnRow }>(userId: string, facts: readonly MemoryRow[], found: readonly Found[]): Promise<Found[]> {
      const replaced = await rows.replacedIn(
        userId,
        found.map(({ row }) => row.questionId),
      )
      const over = replaced.map(({ source, text }) => normalised(source ?? text))
      const known = facts.flatMap(({ source, text }) => [source ?? text, text].map(normalised))
      return found.filter(({ row }) => {
        const text = normalised(row.text)
        return (
          !over.some((words) => text.includes(words)) && !known.some((words) => text.includes(words) && words.length >= text.length * standsForMin)
        )
      })
    },

    /** In the background; returns how many answers of before were brought in, and how many pieces got a vector. */
    async catchUp(): Promise<number> {
      let left = answersPerTurn
      for (const { userId, from, isPaused } of await turns.unfinished(peoplePerTurn)) {
        if (left <= 0) break
        if (isPaused) await turns.reached(userId, null)
        else left = await bringEarlier(userId, from, left)
      }
      const waiting = await turns.withoutVector(embeddings.id, indexedAtOnce, caughtUpTo)
      caughtUpTo = waiting.length < indexedAtOnce ? beforeAll : waiting.at(-1)!.id
      for (const [userId, theirs] of Map.groupBy(waiting, (row) => row.userId)) {
        try {
          await index(userId, theirs)
        } catch (error) {
          // One person's budget is not another's.
          log.info({ err: error, userId }, 'turns get their vectors another time')
        }
      }
      return answersPerTurn - left + waiting.length
    },
  }
}
