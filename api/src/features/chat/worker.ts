import type { RunEvent } from '@jarvis/contracts/run.ts'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import { runs } from '#ports/database/tables.ts'
import type { RunLog } from '#ports/run-log/index.ts'
import type { Signals } from '#ports/signals/index.ts'
import { LeaseLost, runCancelled, runQueued, type RunRow } from './lease.ts'
import { stoppedByPerson } from './run.ts'
import { eventsSoFar, takenOver } from './take-over.ts'

export type WorkerDeps = Pick<Database, 'db'> & {
  signals: Signals
  runLog: RunLog
  log: Log
  concurrency: number
  /** No other process can be at work on this database: runs that a dead process left are taken over at once. */
  alone: boolean
  /** `abandon` gives the run up to another attempt. */
  execute(run: RunRow, signal: AbortSignal, abandon: () => void): AsyncGenerator<RunEvent, void>
  fail(run: RunRow, error: unknown): Promise<RunEvent>
}

/** A dead worker's runs are taken over within a lease and a poll: under 10 s. */
const leaseSeconds = 8
const renewMs = 2000
const pollMs = 1000
const stopWaitMs = 5000
/** A run that breaks off for a reason nobody foresaw is tried again, but not for ever. */
const attemptsMax = 4
const activeOfUser = sql`(select count(*) from runs a where a.user_id = r.user_id and a.status = 'running')`
const leaseEnd = sql`now() + make_interval(secs => ${leaseSeconds})`

/** Leases queued runs and iterates them into the run log. A lease that is not renewed in time is taken over by another worker. */
export async function startWorker(deps: WorkerDeps) {
  const { db, signals, runLog, log } = deps
  const owner = newId()
  const active = new Map<string, { controller: AbortController; done: Promise<void> }>()
  let stopping = false
  let claiming: Promise<void> | null = null
  let claimAgain = false
  let renewedAt = performance.now()

  if (deps.alone)
    await db
      .update(runs)
      .set({ leaseUntil: sql`now()` })
      .where(eq(runs.status, 'running'))

  /** The oldest run that nobody holds and that waits for no earlier one of its conversation; whoever has fewer runs at work goes first. */
  async function claim(): Promise<RunRow | undefined> {
    const next = sql`(
      select r.id from runs r
      where (r.status = 'queued' or (r.status = 'running' and r.lease_until <= now()))
        and not exists (
          select 1 from runs e where e.conversation_id = r.conversation_id and e.position < r.position and e.status in ('queued', 'running'))
      order by ${activeOfUser}, r.position limit 1 for update skip locked)`
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
    const done = execute(run, controller)
      // A conversation that was deleted meanwhile took its runs along.
      .catch((error: unknown) => {
        if (!(error instanceof LeaseLost)) log.error({ err: error, runId: run.id }, 'run was left')
      })
      .finally(() => {
        active.delete(run.id)
        wake()
      })
    active.set(run.id, { controller, done })
  }

  async function execute(run: RunRow, controller: AbortController): Promise<void> {
    const { signal } = controller
    const lastSeq = await runLog.open(run.id, run.attempt)
    const write = async (event: RunEvent) => {
      if (!(await runLog.append(run.id, run.attempt, [JSON.stringify(event)]))) throw new LeaseLost()
    }
    try {
      const events = deps.execute(run, signal, () => controller.abort(new LeaseLost()))
      const all = run.attempt > 1 ? takenOver(events, await eventsSoFar(runLog, run.id, lastSeq), run.assistantMessageId) : events
      for await (const event of all) await write(event)
    } catch (error) {
      const isStopped = signal.aborted && signal.reason === stoppedByPerson
      // Another attempt goes on with the same log.
      if (signal.aborted && !isStopped) return await letGo([run.id])
      if (error instanceof LeaseLost) return
      if (!isStopped && !(error instanceof AppError) && run.attempt < attemptsMax) {
        log.error({ err: error, runId: run.id, attempt: run.attempt }, 'run broke off')
        return await letGo([run.id])
      }
      log.info({ err: error, runId: run.id }, 'run ended without an answer')
      await write(await deps.fail(run, isStopped ? stoppedByPerson : error))
    }
    await runLog.end(run.id, run.attempt)
  }

  /** Whoever looks next may take these runs over. */
  async function letGo(ids: string[]): Promise<void> {
    const mine = and(inArray(runs.id, ids), eq(runs.leaseOwner, owner), eq(runs.status, 'running'))
    await db
      .update(runs)
      .set({ leaseUntil: sql`now()` })
      .where(mine)
    await signals.publish(runQueued, '')
  }

  async function renew(): Promise<void> {
    const ids = [...active.keys()]
    if (ids.length === 0) return void (renewedAt = performance.now())
    const held = await db
      .update(runs)
      .set({ leaseUntil: leaseEnd })
      .where(and(inArray(runs.id, ids), eq(runs.leaseOwner, owner), eq(runs.status, 'running')))
      .returning({ id: runs.id, cancelRequestedAt: runs.cancelRequestedAt })
    for (const { id, cancelRequestedAt } of held) if (cancelRequestedAt) active.get(id)?.controller.abort(stoppedByPerson)
    renewedAt = performance.now()
    const kept = new Set(held.map(({ id }) => id))
    for (const id of ids) if (!kept.has(id)) active.get(id)?.controller.abort(new LeaseLost())
  }

  /** Leases that could not be renewed in time belong to somebody else by now. */
  function leaseAtRisk(error: unknown): void {
    log.error({ err: error }, 'renewing leases failed')
    if (performance.now() - renewedAt < leaseSeconds * 1000) return
    for (const { controller } of active.values()) controller.abort(new LeaseLost())
  }

  const unsubscribe = [
    signals.subscribe(runQueued, wake),
    signals.subscribe(runCancelled, (runId) => active.get(runId)?.controller.abort(stoppedByPerson)),
  ]
  const poll = setInterval(wake, pollMs)
  const renewal = setInterval(() => void renew().catch(leaseAtRisk), renewMs)
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
    },
  }
}
