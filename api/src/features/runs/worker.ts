import { isNotNull, sql } from 'drizzle-orm'
import type { Log } from '#lib/log.ts'
import { refusal } from '#lib/refusal.ts'
import { within } from '#lib/within.ts'
import { inRequest } from '#lib/request-context.ts'
import type { AccessWatch, Whose } from '#ports/access/index.ts'
import type { Database } from '#ports/database/index.ts'
import { runs } from '#ports/database/tables.ts'
import type { RunLog } from '#ports/run-log/index.ts'
import type { Signals } from '#ports/signals/index.ts'
import type { Tracing } from '#ports/tracing/index.ts'
import { createClaimer } from './claimer.ts'
import { execute } from './execute.ts'
import { createLeases, type Held } from './leases.ts'
import { runCancelled, type RunKind, runQueued, type RunRow, taskEnded } from './run.ts'
import { endUnended } from './unended.ts'

export type WorkerDeps = Pick<Database, 'db' | 'clientName'> & {
  access: Pick<AccessWatch, 'hold'>
  signals: Signals
  runLog: RunLog
  tracing: Tracing
  log: Log
  concurrency: number
  /** No other process can be at work on this database: runs that a dead process left are taken over at once. */
  alone: boolean
  kindOf(run: RunRow): RunKind
  kinds(): RunKind[]
}

const beatMs = 2000
const pollMs = 1000
const stopWaitMs = 5000
const unclaimedMax = 1000

/** Leases queued runs and iterates them into the run log. A lease that is not renewed in time is taken over by another worker. */
export async function startWorker(deps: WorkerDeps) {
  const { db, signals, log, clientName: owner } = deps
  const leases = createLeases({ db, owner, log })
  /** Runs that were announced and not found: another worker has them, or they wait for an earlier one of their conversation. */
  const unclaimed = new Set<string>()
  const active = new Map<Held, Promise<void>>()
  const failed = (what: string) => (error: unknown) => log.error({ err: error }, what)
  let ending: Promise<void> | null = null

  if (deps.alone)
    await db
      .update(runs)
      .set({ leaseUntil: sql`now()` })
      .where(isNotNull(runs.leaseUntil))

  const claimer = createClaimer({
    room: () => deps.concurrency - active.size,
    claim: leases.claim,
    start(held) {
      unclaimed.delete(held.run.id)
      active.set(held, work(held))
    },
    onError: failed('claiming runs failed'),
  })

  async function work(held: Held): Promise<void> {
    const { id, userId, apiKeyId } = held.run
    // A run is the person's, and goes on when they sign out. What a key began ends with it, also while it was in line.
    const endAs = (whose: Whose) => leases.stop(id, refusal(whose === 'person' ? 'unauthenticated.not_active' : 'unauthenticated.key_ended'))
    const letGo = deps.access.hold({ userId, viaId: apiKeyId }, endAs, { isOld: apiKeyId !== null })
    // One that an earlier version queued has none.
    const came = await inRequest(held.run.requestId ?? held.run.id, () => execute({ ...deps, leases }, held))
    letGo()
    // The next look may take it over.
    if (came === 'given back') signals.publish(runQueued, '')
    const wasFull = active.size >= deps.concurrency
    active.delete(held)
    // Mostly nothing waits, and a look for it costs as much as the run's other statements.
    if (wasFull || unclaimed.size > 0) claimer.wake()
  }

  const unsubscribe = [
    signals.subscribe(runQueued, (runId) => {
      if (unclaimed.size >= unclaimedMax) unclaimed.clear()
      if (runId !== '' && !leases.has(runId)) unclaimed.add(runId)
      claimer.wake()
    }),
    signals.subscribe(runCancelled, (runId) => leases.stop(runId)),
    signals.subscribe(taskEnded, (taskId) => {
      for (const kind of deps.kinds()) void kind.release(taskId)
    }),
  ]
  const poll = setInterval(() => {
    claimer.wake()
    ending ??= endUnended(deps, owner)
      .catch(failed('ending the logs of finished runs failed'))
      .finally(() => (ending = null))
  }, pollMs)
  const beating = setInterval(() => void leases.beat().catch(failed('renewing leases failed')), beatMs)
  claimer.wake()

  return {
    activeRuns: () => active.size,

    /** Lets go of every run, so that the next process continues it at once. */
    async [Symbol.asyncDispose](): Promise<void> {
      clearInterval(poll)
      clearInterval(beating)
      for (const stop of unsubscribe) stop()
      await claimer.stop()
      leases.abandonAll()
      await within(stopWaitMs, Promise.allSettled(active.values())).catch(() => undefined)
      await ending
      await leases.flush().catch(failed('giving back leases failed'))
    },
  }
}
