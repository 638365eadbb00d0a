import { setTimeout as wait } from 'node:timers/promises'
import { and, type SQL, sql } from 'drizzle-orm'
import { stoppedByPerson } from '#lib/stopped-by-person.ts'
import type { Database } from '#ports/database/index.ts'
import { runs } from '#ports/database/tables.ts'
import type { RunLog } from '#ports/run-log/index.ts'
import type { Signals } from '#ports/signals/index.ts'
import { claimStopped, endLeases } from './line.ts'
import { isQueuedOrWorking, runCancelled, type RunKind, type RunRow } from './run.ts'
import { tellEnd } from './tell-end.ts'

const stopMsMax = 5000
const stopPollMs = 40

export type StopDeps = Pick<Database, 'db' | 'clientName'> & { runLog: RunLog; signals: Signals; kindOf(run: RunRow): RunKind }

/** Stops runs from any process. */
export function createStop({ db, clientName, runLog, signals, kindOf }: StopDeps) {
  /** Asks the attempts that work on these runs to stop. One that is still in line ends here and now: nobody works on it. */
  async function ask(which: SQL): Promise<void> {
    const queued = await claimStopped(db, clientName, which)
    const asked = await db
      .update(runs)
      .set({ cancelRequestedAt: sql`coalesce(${runs.cancelRequestedAt}, now())` })
      .where(and(which, isQueuedOrWorking))
      .returning({ id: runs.id })
    // Stored already: should a signal be lost, the next renewal of the lease brings the news.
    for (const { id } of asked) signals.publish(runCancelled, id)
    for (const run of queued) {
      const lastSeq = await tellEnd(runLog, run, (told) => kindOf(run).fail(run, stoppedByPerson, told))
      await endLeases(db, [{ id: run.id, attempt: run.attempt, lastSeq }])
    }
  }

  return {
    ask,

    /** Waits until they have ended, but no longer than a worker needs that is alive. */
    async untilEnded(which: SQL): Promise<void> {
      await ask(which)
      for (let waited = 0; waited < stopMsMax; waited += stopPollMs) {
        const [left] = await db.select({ id: runs.id }).from(runs).where(and(which, isQueuedOrWorking)).limit(1)
        if (!left) return
        await wait(stopPollMs)
      }
    },
  }
}
