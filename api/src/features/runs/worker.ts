import type { RunEvent } from '@jarvis/contracts/run.ts'
import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import { runs } from '#ports/database/tables.ts'
import type { RunLog } from '#ports/run-log/index.ts'
import type { Signals } from '#ports/signals/index.ts'
import { claim } from './line.ts'
import { LeaseLost, runCancelled, type RunKind, runQueued, type RunRow, stoppedByPerson, taskEnded } from './run.ts'
import { eventsSoFar, takenOver } from './take-over.ts'

export type WorkerDeps = Pick<Database, 'db'> & {
  signals: Signals
  runLog: RunLog
  log: Log
  concurrency: number
  /** No other process can be at work on this database: runs that a dead process left are taken over at once. */
  alone: boolean
  kindOf(run: RunRow): RunKind
  kinds(): RunKind[]
}

/** A dead worker's runs are taken over within a lease and a poll: under 10 s. */
const leaseSeconds = 8
const renewMs = 2000
const pollMs = 1000
const stopWaitMs = 5000
/** A run that breaks off for a reason nobody foresaw is tried again, but not for ever. */
const attemptsMax = 4
/** Past this many attempts the run itself is what ends its processes. */
const crashesMax = 10
const unendedMax = 16
const unclaimedMax = 1000
/** A look at the line costs as its length: while there is one, at most half of the time goes into looking. */
const restPerLook = 1
const leaseEnd = sql`now() + make_interval(secs => ${leaseSeconds})`

/** Leases queued runs and iterates them into the run log. A lease that is not renewed in time is taken over by another worker. */
export async function startWorker(deps: WorkerDeps) {
  const { db, signals, runLog, log } = deps
  const owner = newId()
  /** Their logs have an end, with this number: the lease is given back with the next renewal. */
  const ended = new Map<string, number>()
  /** Runs that were announced and not found: another worker has them, or they wait for an earlier one of their conversation. */
  const unclaimed = new Set<string>()
  const active = new Map<string, { controller: AbortController; done: Promise<void> }>()
  let stopping = false
  let claiming: Promise<void> | null = null
  let ending: Promise<void> | null = null
  let claimAgain = false
  let restUntil = 0
  let resting: NodeJS.Timeout | undefined
  let renewedAt = performance.now()

  if (deps.alone)
    await db
      .update(runs)
      .set({ leaseUntil: sql`now()` })
      .where(isNotNull(runs.leaseUntil))

  async function claimAll(): Promise<void> {
    do {
      claimAgain = false
      const room = deps.concurrency - active.size
      if (stopping || room <= 0) return
      const since = performance.now()
      const claimed = await claim(db, { owner, leaseSeconds, runsMax: room })
      for (const run of claimed) {
        unclaimed.delete(run.id)
        start(run)
      }
      if (claimed.length < room) continue
      claimAgain = true
      restUntil = performance.now() + restPerLook * (performance.now() - since)
    } while (claimAgain && performance.now() >= restUntil)
  }

  /** One claimer at a time; a wake-up in between makes it look once more. */
  function wake(): void {
    claimAgain = true
    if (claiming || resting || stopping) return
    const restMs = restUntil - performance.now()
    if (restMs > 0) {
      resting = setTimeout(() => {
        resting = undefined
        wake()
      }, restMs)
      return
    }
    claiming = claimAll()
      .catch((error: unknown) => log.error({ err: error }, 'claiming runs failed'))
      .finally(() => {
        claiming = null
        if (claimAgain) wake()
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
        const wasFull = active.size >= deps.concurrency
        active.delete(run.id)
        // Mostly nothing waits, and a look for it costs as much as the run's other statements.
        if (wasFull || unclaimed.size > 0) wake()
      })
    active.set(run.id, { controller, done })
  }

  async function execute(run: RunRow, controller: AbortController): Promise<void> {
    const { signal } = controller
    let lastSeq = await runLog.open(run.id, run.attempt)
    let isAnswering = false
    const write = async (event: RunEvent) => {
      isAnswering ||= event.type === 'TEXT_MESSAGE_START' || event.type === 'TOOL_CALL_START'
      const appended = runLog.append(run.id, run.attempt, [JSON.stringify(event)])
      // In process it is done at once, and each await would be paid for every token.
      if (!(typeof appended === 'boolean' ? appended : await appended)) throw new LeaseLost()
      lastSeq++
    }
    try {
      if (run.attempt > crashesMax) throw new AppError('internal', 'This answer broke off again and again and was given up.')
      const events = deps.kindOf(run).execute(run, { signal, abandon: () => controller.abort(new LeaseLost()) })
      const all = run.attempt > 1 ? takenOver(events, await eventsSoFar(runLog, run.id, lastSeq), run.assistantMessageId) : events
      for await (const event of all) await write(event)
    } catch (error) {
      const isStopped = signal.aborted && signal.reason === stoppedByPerson
      // Another attempt goes on with the same log.
      if (signal.aborted && !isStopped) return await letGo([run.id])
      if (error instanceof LeaseLost) return
      // An engine that is away says nothing about the question.
      const isRefused = error instanceof AppError && error.code !== 'unavailable'
      if (!isStopped && !isRefused && run.attempt < attemptsMax) {
        log.error({ err: error, runId: run.id, attempt: run.attempt }, 'run broke off')
        return await letGo([run.id])
      }
      log.info({ err: error, runId: run.id }, 'run ended without an answer')
      const last = await deps.kindOf(run).fail(run, isStopped ? stoppedByPerson : error)
      if (isAnswering) await write({ type: 'CUSTOM', name: 'rewind', value: { messageId: run.assistantMessageId, length: 0 } })
      await write(last)
    }
    await endLog(run, lastSeq)
  }

  async function endLog(run: RunRow, lastSeq: number): Promise<void> {
    await runLog.end(run.id, run.attempt)
    ended.set(run.id, lastSeq)
  }

  /** A worker may die between storing an answer and telling its end: whoever follows would wait for ever. */
  async function endUnended(): Promise<void> {
    const unended = sql`(
      select id from runs where lease_until <= now() and finished_at is not null limit ${unendedMax} for update skip locked)`
    const rows = await db
      .update(runs)
      .set({ attempt: sql`${runs.attempt} + 1`, leaseOwner: owner, leaseUntil: leaseEnd })
      .where(inArray(runs.id, unended))
      .returning()
    for (const run of rows) {
      let lastSeq = await runLog.open(run.id, run.attempt)
      const told = await eventsSoFar(runLog, run.id, lastSeq)
      const isTold = told.some(({ type }) => type === 'RUN_FINISHED' || type === 'RUN_ERROR')
      if (!isTold) {
        const events = await Array.fromAsync(takenOver(await deps.kindOf(run).retell(run), told, run.assistantMessageId), (event) =>
          JSON.stringify(event),
        )
        if (await runLog.append(run.id, run.attempt, events)) lastSeq += events.length
      }
      await endLog(run, lastSeq)
    }
  }

  async function giveBackLeases(): Promise<void> {
    const given = [...ended].map(([id, lastSeq]) => ({ id, lastSeq }))
    if (given.length === 0) return
    const last = sql`(select g."lastSeq" from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as g("id" uuid, "lastSeq" bigint) where g."id" = ${runs.id})`
    const ids = given.map(({ id }) => id)
    await db
      .update(runs)
      .set({ leaseOwner: null, leaseUntil: null, lastSeq: last })
      .where(and(inArray(runs.id, ids), eq(runs.leaseOwner, owner), isNotNull(runs.finishedAt)))
    for (const id of ids) ended.delete(id)
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
    signals.subscribe(runQueued, (runId) => {
      if (unclaimed.size >= unclaimedMax) unclaimed.clear()
      if (runId !== '' && !active.has(runId)) unclaimed.add(runId)
      wake()
    }),
    signals.subscribe(runCancelled, (runId) => active.get(runId)?.controller.abort(stoppedByPerson)),
    signals.subscribe(taskEnded, (taskId) => {
      for (const kind of deps.kinds()) void kind.release(taskId)
    }),
  ]
  const poll = setInterval(() => {
    wake()
    ending ??= endUnended()
      .catch((error: unknown) => log.error({ err: error }, 'ending the logs of finished runs failed'))
      .finally(() => (ending = null))
  }, pollMs)
  const renewal = setInterval(() => {
    void renew().catch(leaseAtRisk)
    giveBackLeases().catch((error: unknown) => log.error({ err: error }, 'giving back leases failed'))
  }, renewMs)
  wake()

  return {
    activeRuns: () => active.size,

    /** Lets go of every run, so that the next process continues it at once. */
    async [Symbol.asyncDispose](): Promise<void> {
      stopping = true
      clearInterval(poll)
      clearInterval(renewal)
      clearTimeout(resting)
      for (const stop of unsubscribe) stop()
      await claiming
      for (const { controller } of active.values()) controller.abort(new LeaseLost())
      const settled = Promise.allSettled([...active.values()].map(({ done }) => done))
      let timer: NodeJS.Timeout | undefined
      await Promise.race([settled, new Promise((resolve) => (timer = setTimeout(resolve, stopWaitMs)))])
      clearTimeout(timer)
      await ending
      await giveBackLeases().catch((error: unknown) => log.error({ err: error }, 'giving back leases failed'))
    },
  }
}
