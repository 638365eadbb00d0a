import type { RunEvent } from '@jarvis/contracts/run.ts'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { newId } from '#lib/ids.ts'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import { runs } from '#ports/database/tables.ts'
import type { RunLog } from '#ports/run-log/index.ts'
import type { Signals } from '#ports/signals/index.ts'
import { LeaseLost, runCancelled, runQueued, type RunRow } from './lease.ts'
import { stoppedByPerson } from './run.ts'

export type WorkerDeps = Pick<Database, 'db'> & {
  signals: Signals
  runLog: RunLog
  log: Log
  concurrency: number
  /** No other process can be at work on this database: runs that a dead process left are taken over at once. */
  alone: boolean
  execute(run: RunRow, signal: AbortSignal): AsyncGenerator<RunEvent, void>
  fail(run: RunRow, error: unknown): Promise<RunEvent>
}

const leaseSeconds = 15
const renewMs = 5000
const pollMs = 2000
const stopWaitMs = 5000
const leaseEnd = sql`now() + make_interval(secs => ${leaseSeconds})`

/** Leases queued runs and iterates them into the run log. A lease that is not renewed in time is taken over by another worker. */
export async function startWorker(deps: WorkerDeps) {
  const { db, signals, runLog, log } = deps
  const owner = newId()
  const active = new Map<string, { controller: AbortController; done: Promise<void> }>()
  let stopping = false
  let claiming: Promise<void> | null = null
  let claimAgain = false

  if (deps.alone)
    await db
      .update(runs)
      .set({ leaseUntil: sql`now()` })
      .where(eq(runs.status, 'running'))

  /** The oldest run that nobody holds and that waits for no earlier one of its conversation. */
  async function claim(): Promise<RunRow | undefined> {
    const next = sql`(
      select r.id from runs r
      where (r.status = 'queued' or (r.status = 'running' and r.lease_until <= now()))
        and not exists (
          select 1 from runs e where e.conversation_id = r.conversation_id and e.position < r.position and e.status in ('queued', 'running'))
      order by r.position limit 1 for update skip locked)`
    const [run] = await db
      .update(runs)
      .set({ status: 'running', attempt: sql`${runs.attempt} + 1`, leaseOwner: owner, leaseUntil: leaseEnd })
      .where(eq(runs.id, next))
      .returning()
    return run
  }

  async function claimAll(): Promise<void> {
    do {
      claimAgain = false
      while (!stopping && active.size < deps.concurrency) {
        const run = await claim()
        if (!run) break
        start(run)
      }
    } while (claimAgain && !stopping)
  }

  /** One claimer at a time; a wake-up in between makes it look once more. */
  function wake(): void {
    claimAgain = true
    if (claiming || stopping) return
    claiming = claimAll()
      .catch((error: unknown) => log.error({ err: error }, 'claiming runs failed'))
      .finally(() => {
        claiming = null
      })
  }

  function start(run: RunRow): void {
    const controller = new AbortController()
    if (run.cancelRequestedAt) controller.abort(stoppedByPerson)
    const done = execute(run, controller.signal)
      .catch((error: unknown) => log.error({ err: error, runId: run.id }, 'run broke off'))
      .finally(() => {
        active.delete(run.id)
        wake()
      })
    active.set(run.id, { controller, done })
  }

  async function execute(run: RunRow, signal: AbortSignal): Promise<void> {
    await runLog.open(run.id, run.attempt)
    const write = async (event: RunEvent) => {
      if (!(await runLog.append(run.id, run.attempt, [JSON.stringify(event)]))) throw new LeaseLost()
    }
    try {
      // Whoever followed the attempt before starts this answer anew.
      if (run.attempt > 1) await write({ type: 'CUSTOM', name: 'rewind', value: { messageId: run.assistantMessageId, length: 0 } })
      for await (const event of deps.execute(run, signal)) await write(event)
    } catch (error) {
      // Another attempt goes on with the same log.
      if (signal.aborted && signal.reason !== stoppedByPerson) return
      await refuse(run, signal.aborted ? stoppedByPerson : error, write)
    }
    await runLog.end(run.id, run.attempt)
  }

  async function refuse(run: RunRow, reason: unknown, write: (event: RunEvent) => Promise<void>): Promise<void> {
    if (reason instanceof LeaseLost) return
    log.info({ err: reason, runId: run.id }, 'run ended without an answer')
    try {
      await write(await deps.fail(run, reason))
    } catch (error) {
      // A conversation that was deleted meanwhile takes its runs along.
      if (!(error instanceof LeaseLost)) throw error
    }
  }

  async function renew(): Promise<void> {
    const ids = [...active.keys()]
    if (ids.length === 0) return
    const held = await db
      .update(runs)
      .set({ leaseUntil: leaseEnd })
      .where(and(inArray(runs.id, ids), eq(runs.leaseOwner, owner), eq(runs.status, 'running')))
      .returning({ id: runs.id, cancelRequestedAt: runs.cancelRequestedAt })
    for (const { id, cancelRequestedAt } of held) if (cancelRequestedAt) active.get(id)?.controller.abort(stoppedByPerson)
    const kept = new Set(held.map(({ id }) => id))
    for (const id of ids) if (!kept.has(id)) active.get(id)?.controller.abort(new LeaseLost())
  }

  const unsubscribe = [
    signals.subscribe(runQueued, wake),
    signals.subscribe(runCancelled, (runId) => active.get(runId)?.controller.abort(stoppedByPerson)),
  ]
  const poll = setInterval(wake, pollMs)
  const renewal = setInterval(() => void renew().catch((error: unknown) => log.error({ err: error }, 'renewing leases failed')), renewMs)
  wake()

  return {
    activeRuns: () => active.size,

    /** Lets go of every run, so that the next process continues it at once. */
    async [Symbol.asyncDispose](): Promise<void> {
      stopping = true
      clearInterval(poll)
      clearInterval(renewal)
      for (const stop of unsubscribe) stop()
      await claiming
      for (const { controller } of active.values()) controller.abort(new LeaseLost())
      const settled = Promise.allSettled([...active.values()].map(({ done }) => done))
      let timer: NodeJS.Timeout | undefined
      await Promise.race([settled, new Promise((resolve) => (timer = setTimeout(resolve, stopWaitMs)))])
      clearTimeout(timer)
      await db
        .update(runs)
        .set({ leaseUntil: sql`now()` })
        .where(and(eq(runs.leaseOwner, owner), eq(runs.status, 'running')))
    },
  }
}
