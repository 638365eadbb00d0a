import type { Log } from '#lib/log.ts'
import type { createSoon } from '#lib/soon.ts'
import type { MemoryDeps, Payer } from './index.ts'
import type { createPeople } from './people.ts'
import type { Hit, Turn } from './recall/recall-index.ts'
import type { MemoryRows } from './rows.ts'
import type { createShards } from '#ports/vectors/shards.ts'
import type { TurnRow, TurnRows } from './turn-rows.ts'

type SearchDeps = Pick<MemoryDeps, 'embeddings'> & {
  rows: Pick<MemoryRows, 'some'>
  turns: Pick<TurnRows, 'some'>
  people: ReturnType<typeof createPeople>
  shards: ReturnType<typeof createShards>
  /** Bounds what a person waits for the vector index, its encoder included. */
  soon: ReturnType<typeof createSoon>
  log: Log
}
/** What of the index is asked for: facts, and what was said in conversations but one. */
export type Which = 'facts' | { butIn: string | null }
export type Found<Row> = { row: Row; score: number; isRelevant: boolean; coverage: number }

const nearestMax = 20
const searchesMax = 5
/** Facts and turns stand in one list, and some of it is gone or not relevant. */
const hitsEach = 4

/** Finds what is remembered of a person: by the index in memory and the nearest in the vector store, looked up again in the tables. */
export function createSearch({ rows, turns, people, shards, embeddings, soon, log }: SearchDeps) {
  async function asked(payer: Payer, text: string, signal: AbortSignal): Promise<Hit[]> {
    const [vector = null] = await embeddings.embed(payer, [text], signal)
    return vector ? await shards.nearest(embeddings.id, payer.userId, vector, nearestMax, signal) : []
  }

  /** By the vector index; without it, or with nothing left to pay for it, words and the meaning of words have to do. */
  async function nearest(payer: Payer, text: string, signal?: AbortSignal): Promise<Hit[]> {
    try {
      return await soon((inTime) => asked(payer, text, inTime), signal)
    } catch (error) {
      log.warn({ err: error }, 'memories are found without the vector index')
      return []
    }
  }

  /** Best first, with the rows as they are now. */
  return async function search(payer: Payer, text: string, which: Which, max: number, signal?: AbortSignal) {
    const { userId } = payer
    const [near, index] = await Promise.all([nearest(payer, text, signal), people.indexOf(userId)])
    const unknown = near.filter(({ id }) => !index.knows(id)).map(({ id }) => id)
    if (unknown.length > 0) await removeLost(userId, unknown)
    const isWanted = ({ id, session }: Pick<Turn, 'id' | 'session'>) => session === id || (which !== 'facts' && session !== which.butIn)
    for (let searches = 1; ; searches++) {
      const hits = index.search(text, { limit: max * hitsEach, now: new Date(), nearest: near, isWanted })
      const ids = hits.map(({ id }) => id)
      const [facts, said] = await Promise.all([rows.some(userId, ids), which === 'facts' ? new Map<string, TurnRow>() : turns.some(userId, ids)])
      const gone = ids.filter((id) => !facts.has(id) && !said.has(id))
      for (const id of gone) index.remove(id)
      // Forgotten elsewhere: others may take their place.
      if (gone.length > 0 && searches < searchesMax) continue
      const of = <Row>(there: Map<string, Row>): Found<Row>[] =>
        hits.flatMap(({ id, score, ...hit }) => {
          const row = there.get(id)
          return row ? [{ ...hit, row, score: Math.round(score * 1000) / 1000 }] : []
        })
      return { facts: of(facts), turns: of(said) }
    }
  }

  /** Of what went with its conversation while the vector store was away. */
  async function removeLost(userId: string, ids: string[]): Promise<void> {
    try {
      const [facts, said] = await Promise.all([rows.some(userId, ids), turns.some(userId, ids)])
      const lost = ids.filter((id) => !facts.has(id) && !said.has(id))
      if (lost.length > 0) await shards.remove(embeddings.id, userId, lost)
    } catch (error) {
      log.warn({ err: error }, 'vectors of nothing are removed another time')
    }
  }
}
