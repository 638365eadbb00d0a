import type { Log } from '#lib/log.ts'
import type { createSoon } from '#lib/soon.ts'
import type { Database } from '#ports/database/index.ts'
import { isThere } from '#ports/database/people.ts'
import type { createShards } from '#ports/vectors/shards.ts'
import type { MemoryDeps } from './index.ts'
import type { MemoryRow, MemoryRows } from './rows.ts'

type FactVectorsDeps = Pick<Database, 'db'> &
  Pick<MemoryDeps, 'embeddings' | 'takeBack'> & {
    rows: Pick<MemoryRows, 'encoded' | 'some' | 'withoutVector'>
    shards: ReturnType<typeof createShards>
    /** Bounds what a person waits for a vector. */
    soon: ReturnType<typeof createSoon>
    log: Log
  }

const indexedPerTurn = 100
const beforeAll = '00000000-0000-0000-0000-000000000000'

/** The vectors of facts, beside the rows that are the truth. */
export function createFactVectors({ db, rows, shards, embeddings, soon, takeBack, log }: FactVectorsDeps) {
  let caughtUpTo = beforeAll

  /** Stores the vector of a row, and looks again when that is over: an erasure may have passed by meanwhile. */
  async function keep({ userId, id, text }: MemoryRow, vector: number[] | null): Promise<void> {
    try {
      if (vector) await shards.put(embeddings.id, userId, [{ id, text, vector }])
      await rows.encoded(userId, { id, text }, embeddings.id)
      // Forgotten meanwhile.
      if (vector && !(await rows.some(userId, [id])).has(id)) await shards.remove(embeddings.id, userId, [id])
    } finally {
      if (vector && !(await isThere({ db }, userId))) await takeBack(userId, [shards.keyOf(embeddings.id, userId)])
    }
  }

  async function encode(row: MemoryRow, signal?: AbortSignal): Promise<void> {
    const [vector = null] = await embeddings.embed({ userId: row.userId }, [row.text], signal)
    if (row.encoder !== '') await shards.remove(row.encoder, row.userId, [row.id])
    await keep(row, vector)
  }

  const nowOrLater = (row: MemoryRow, kept: Promise<void>) =>
    kept.catch((error: unknown) => log.warn({ err: error, memoryId: row.id }, 'a memory gets its vector another time'))

  return {
    keepNowOrLater: (row: MemoryRow, vector: number[] | null): Promise<void> => nowOrLater(row, keep(row, vector)),

    /** For somebody who waits: what hangs, is away or cannot be paid for now is made up for by `catchUp`. */
    encodeSoon: (row: MemoryRow): Promise<void> =>
      nowOrLater(
        row,
        soon((inTime) => encode(row, inTime)),
      ),

    /** Of each, those of the encoder that it has, or may just be given. */
    async remove(gone: readonly MemoryRow[]): Promise<void> {
      for (const [encoder, theirs] of Map.groupBy(gone, (row) => row.encoder || embeddings.id)) {
        const ids = theirs.map(({ id }) => id)
        if (theirs[0]) await shards.remove(encoder, theirs[0].userId, ids)
      }
    },

    /** Gives some of what has no vector of the present encoder its own. Returns how many it looked at. */
    async catchUp(): Promise<number> {
      const waiting = await rows.withoutVector(embeddings.id, indexedPerTurn, caughtUpTo)
      caughtUpTo = waiting.length < indexedPerTurn ? beforeAll : waiting.at(-1)!.id
      // One person's budget is not another's.
      for (const row of waiting) await nowOrLater(row, encode(row))
      return waiting.length
    },
  }
}
