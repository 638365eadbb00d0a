import { setImmediate as turn } from 'node:timers/promises'
import { createRecallIndex, type RecallIndex } from './recall/recall-index.ts'
import type { Meanings } from './recall/spelling.ts'
import type { MemoryRows } from './rows.ts'

type Known = { index: RecallIndex; since: Date; bringing: Promise<void> | undefined }

const peopleMax = 1000
const rowsMax = 200_000
const rowsPerTurn = 200
const overlapMs = 5000
const nobody = '00000000-0000-0000-0000-000000000000'

/**
 * What is remembered of the people who came last, in memory, to be ranked. The table is the truth: what was written by any process is read before
 * each search, and what is found is looked up again, so that what was forgotten elsewhere is never told.
 */
export function createPeople({ rows, meanings }: { rows: MemoryRows; meanings: Meanings }) {
  const known = new Map<string, Known>()

  async function bring(userId: string, one: Known): Promise<void> {
    // A statement that began earlier may have ended later.
    let [since, after] = [new Date(one.since.getTime() - overlapMs), nobody]
    for (;;) {
      const changed = await rows.changed(userId, since, after, rowsPerTurn)
      for (const { id, text, createdAt, updatedAt, isOpen } of changed) {
        if (!isOpen) one.index.remove(id)
        else if (!one.index.has(id, text)) one.index.add({ id, session: id, speaker: '', date: createdAt, text })
        since = updatedAt
        after = id
      }
      if (since > one.since) one.since = since
      if (changed.length < rowsPerTurn) return
      // Thousands of rows take seconds: others get their turn between.
      await turn()
    }
  }

  return {
    async indexOf(userId: string): Promise<RecallIndex> {
      const one: Known = known.get(userId) ?? { index: createRecallIndex(meanings), since: new Date(overlapMs), bringing: undefined }
      known.delete(userId)
      known.set(userId, one)
      one.bringing ??= bring(userId, one).finally(() => (one.bringing = undefined))
      await one.bringing
      let total = 0
      for (const { index } of known.values()) total += index.size
      for (const [other, { index }] of known) {
        if (other === userId || (known.size <= peopleMax && total <= rowsMax)) break
        known.delete(other)
        total -= index.size
      }
      return one.index
    },
    forget: (userId: string) => void known.delete(userId),
  }
}
