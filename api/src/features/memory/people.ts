import { setImmediate } from 'node:timers/promises'
import type { Log } from '#lib/log.ts'
import { createRecallIndex, type RecallIndex } from './recall/recall-index.ts'
import type { Meanings } from './recall/spelling.ts'
import type { MemoryRows } from './rows.ts'
import type { KeptAt, TurnRow, TurnRows } from './turn-rows.ts'

type Known = { index: RecallIndex; since: Date; turnsSince: KeptAt | null; bringing: Promise<void> | undefined }
type PeopleDeps = { rows: MemoryRows; turns: Pick<TurnRows, 'keptAfter' | 'keptBefore'>; meanings: Meanings; log: Log }

const peopleMax = 1000
const rowsMax = 200_000
const charactersMax = 30_000_000
const rowsPerPage = 200
/** So many of the newest turns are there before the first search; the older ones come beside it. */
const turnsAtOnce = 2000
const turnsMax = 50_000
const overlapMs = 5000
const shareMsMax = 10
const nobody = '00000000-0000-0000-0000-000000000000'

/** Thousands of rows take seconds: others get their turn between, however long the rows are. */
function createPace(): () => Promise<void> | undefined {
  let began = performance.now()
  return () => {
    if (performance.now() - began < shareMsMax) return undefined
    return setImmediate().then(() => void (began = performance.now()))
  }
}

/**
 * What is remembered of the people who came last, facts and turns, in memory, to be ranked. The tables are the truth: what was written by any
 * process is read before each search, and what is found is looked up again, so that what was forgotten elsewhere is never told.
 */
export function createPeople({ rows, turns, meanings, log }: PeopleDeps) {
  const known = new Map<string, Known>()

  async function bringFacts(userId: string, one: Known): Promise<void> {
    // A statement that began earlier may have ended later.
    const pace = createPace()
    let [since, after] = [new Date(one.since.getTime() - overlapMs), nobody]
    for (;;) {
      const changed = await rows.changed(userId, since, after, rowsPerPage)
      for (const { id, text, createdAt, updatedAt, isOpen } of changed) {
        if (!isOpen) one.index.remove(id)
        else if (!one.index.has(id, text)) one.index.add({ id, session: id, speaker: '', date: createdAt, text })
        since = updatedAt
        after = id
        await pace()
      }
      if (since > one.since) one.since = since
      if (changed.length < rowsPerPage) return
    }
  }

  const addTurn = ({ index }: Known, { id, conversationId, saidAt, text }: TurnRow) => {
    if (!index.has(id, text)) index.add({ id, session: conversationId, speaker: '', date: saidAt, text })
  }

  /** Newest first, from a row on; returns the last of those that were brought, null when there are no more. */
  async function bringOlder(userId: string, one: Known, from: KeptAt | null, max: number): Promise<KeptAt | null> {
    const pace = createPace()
    let before = from
    for (let brought = 0; brought < max;) {
      const page = await turns.keptBefore(userId, before, rowsPerPage)
      one.turnsSince ??= page[0] ?? null
      for (const row of page.toReversed()) {
        addTurn(one, row)
        await pace()
      }
      brought += page.length
      before = page.at(-1) ?? before
      if (page.length < rowsPerPage) return null
      // The person made room for others meanwhile.
      if (known.get(userId) !== one) return null
    }
    return before
  }

  async function bringTurns(userId: string, one: Known): Promise<void> {
    if (one.turnsSince === null) {
      const older = await bringOlder(userId, one, null, turnsAtOnce)
      if (older)
        void bringOlder(userId, one, older, turnsMax - turnsAtOnce).catch((error: unknown) => {
          log.warn({ err: error }, 'older turns are not found until their person comes again')
          if (known.get(userId) === one) known.delete(userId)
        })
      return
    }
    const pace = createPace()
    let after: KeptAt = { keptAt: new Date(one.turnsSince.keptAt.getTime() - overlapMs), id: nobody }
    for (;;) {
      const page = await turns.keptAfter(userId, after, rowsPerPage)
      for (const row of page) {
        addTurn(one, row)
        await pace()
      }
      after = page.at(-1) ?? after
      if (after.keptAt > one.turnsSince.keptAt) one.turnsSince = after
      if (page.length < rowsPerPage) return
    }
  }

  async function bring(userId: string, one: Known): Promise<void> {
    await bringFacts(userId, one)
    await bringTurns(userId, one)
  }

  return {
    async indexOf(userId: string): Promise<RecallIndex> {
      const one: Known = known.get(userId) ?? {
        index: createRecallIndex(meanings),
        since: new Date(overlapMs),
        turnsSince: null,
        bringing: undefined,
      }
      known.delete(userId)
      known.set(userId, one)
      one.bringing ??= bring(userId, one).finally(() => (one.bringing = undefined))
      await one.bringing
      let [total, characters] = [0, 0]
      for (const { index } of known.values()) [total, characters] = [total + index.size, characters + index.characters]
      for (const [other, { index }] of known) {
        if (other === userId || (known.size <= peopleMax && total <= rowsMax && characters <= charactersMax)) break
        known.delete(other)
        total -= index.size
        characters -= index.characters
      }
      return one.index
    },
    forget: (userId: string) => void known.delete(userId),
  }
}
