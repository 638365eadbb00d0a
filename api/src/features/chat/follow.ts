import { setTimeout as wait } from 'node:timers/promises'
import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import type { Run } from '@jarvis/contracts/chat.ts'
import type { RunEvent } from '@jarvis/contracts/run.ts'
import { and, asc, count, eq, gt, inArray, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, messages, runs, runSteps } from '#ports/database/tables.ts'
import type { LogEntry, RunLog } from '#ports/run-log/index.ts'
import type { Signals } from '#ports/signals/index.ts'
import { waitingIn } from '#features/agent/index.ts'
import { toMessage } from './conversations.ts'
import { type RunRow, runCancelled, taskEnded } from './lease.ts'
import { retell } from './retell.ts'
import { endWaiting } from './waiting.ts'

const stopMsMax = 5000
const stopPollMs = 40

export type Followed = { conversationId: string; events: AsyncIterable<LogEntry[]> }

/** What a person may do with their runs: look, follow from any point, stop. From any process. */
export function createRuns({ db, runLog, signals }: Pick<Database, 'db'> & { runLog: RunLog; signals: Signals }) {
  async function own(caller: Caller, id: string): Promise<RunRow> {
    const [run] = await db
      .select()
      .from(runs)
      .where(and(eq(runs.id, id), eq(runs.userId, caller.userId)))
    if (!run) throw new AppError('not_found', 'There is no such run.')
    return run
  }

  /** Waits until they have ended, but no longer than a worker needs that is alive. */
  async function stop(which: SQL): Promise<void> {
    const unended = and(which, inArray(runs.status, ['queued', 'running']))
    const asked = await db
      .update(runs)
      .set({ cancelRequestedAt: sql`now()` })
      .where(unended)
      .returning({ id: runs.id })
    for (const { id } of asked) await signals.publish(runCancelled, id)
    for (let waited = 0; waited < stopMsMax; waited += stopPollMs) {
      const [left] = await db.select({ id: runs.id }).from(runs).where(unended).limit(1)
      if (!left) return
      await wait(stopPollMs)
    }
  }

  /** Nobody waits any more for what a paused run asked; one that was answered meanwhile stays as it is. */
  async function endWait(run: RunRow): Promise<RunRow> {
    const { ended, tasks } = await db.transaction(async (tx) => {
      await tx.select({ id: conversations.id }).from(conversations).where(eq(conversations.id, run.conversationId)).for('update')
      const { rows } = await tx.execute<{ task_id: string }>(sql`with ${endWaiting(sql`run_id = ${run.id}`)} select task_id from ended_runs`)
      const [ended] = await tx.select().from(runs).where(eq(runs.id, run.id))
      return { ended: ended ?? run, tasks: rows.map((row) => row.task_id) }
    })
    for (const taskId of tasks) await signals.publish(taskEnded, taskId).catch(() => undefined)
    return ended
  }

  async function interruptsOf({ id, status }: RunRow): Promise<Interrupt[]> {
    if (status !== 'interrupted') return []
    const steps = await db.select({ step: runSteps.step }).from(runSteps).where(eq(runSteps.runId, id)).orderBy(asc(runSteps.position))
    return waitingIn(steps.map(({ step }) => step))
  }

  async function placeOf({ position }: RunRow): Promise<number> {
    const [ahead] = await db
      .select({ count: count() })
      .from(runs)
      .where(and(eq(runs.status, 'queued'), lt(runs.position, position)))
    return (ahead?.count ?? 0) + 1
  }

  return {
    async get(caller: Caller, id: string): Promise<Run> {
      const run = await own(caller, id)
      return toRun(run, run.status === 'queued' ? await placeOf(run) : null)
    },

    /** Asks whoever works on the run to stop; one that has ended stays as it is. */
    async cancel(caller: Caller, id: string): Promise<Run> {
      const run = await own(caller, id)
      if (run.status === 'interrupted') return toRun(await endWait(run), null)
      const [asked] = await db
        .update(runs)
        .set({ cancelRequestedAt: sql`now()` })
        .where(and(eq(runs.id, id), isNull(runs.cancelRequestedAt), inArray(runs.status, ['queued', 'running'])))
        .returning()
      await signals.publish(runCancelled, id)
      return toRun(asked ?? run, null)
    },

    /** The run of a conversation that paused with this interrupt, answered by now or not. @throws not_found */
    async pausedFor(caller: Caller, conversationId: string, interruptId: string): Promise<string> {
      const [paused] = await db
        .select({ id: runs.id })
        .from(runs)
        .innerJoin(runSteps, eq(runSteps.runId, runs.id))
        .where(
          and(eq(runs.conversationId, conversationId), eq(runs.userId, caller.userId), sql`${runSteps.step}->'interrupt'->>'id' = ${interruptId}`),
        )
        // The runs after it hold a copy.
        .orderBy(asc(runs.position))
        .limit(1)
      if (!paused) throw new AppError('not_found', 'Nothing in this thread waits for that interrupt.')
      return paused.id
    },

    /** Stops the runs of a conversation that is about to be deleted, so that what they used is charged and whoever follows reads their end. */
    stopAll: (conversationId: string) => stop(eq(runs.conversationId, conversationId)),

    /** Stops every run of a person and drops the events that are still kept of them. */
    async forgetAll(caller: Caller): Promise<void> {
      await stop(eq(runs.userId, caller.userId))
      const kept = await db
        .select({ id: runs.id })
        .from(runs)
        .where(and(eq(runs.userId, caller.userId), or(isNull(runs.finishedAt), gt(runs.finishedAt, sql`now() - interval '1 day'`))))
      for (const { id } of kept) await runLog.drop(id)
    },

    /** The events of a finished run from its stored message; none when its conversation was deleted. */
    async retell(run: RunRow): Promise<RunEvent[]> {
      const [message] = await db.select().from(messages).where(eq(messages.id, run.assistantMessageId))
      return message ? retell(run, toMessage(message), await interruptsOf(run)) : []
    },

    /** Every event after `after`, each once and in order, until the run's end. Once the log has expired, the stored message answers. */
    async follow(caller: Caller, id: string, after: number, signal: AbortSignal): Promise<Followed> {
      const run = await own(caller, id)
      const { conversationId } = run
      if (run.finishedAt === null || (await runLog.has(id))) return { conversationId, events: runLog.follow(id, after, signal) }
      const [message] = await db.select().from(messages).where(eq(messages.id, run.assistantMessageId))
      return { conversationId, events: stored(run, message, after, await interruptsOf(run)) }
    },
  }
}

/** A follower that saw a part of the lost log starts this answer anew; one that saw its end has nothing to read. */
async function* stored(
  run: RunRow,
  row: typeof messages.$inferSelect | undefined,
  after: number,
  interrupts: Interrupt[],
): AsyncGenerator<LogEntry[]> {
  if (!row || (run.lastSeq !== null && after >= run.lastSeq)) return
  const [started, ...rest] = retell(run, toMessage(row), interrupts)
  const rewind: RunEvent = { type: 'CUSTOM', name: 'rewind', value: { messageId: row.id, length: 0 } }
  yield [after === 0 ? started! : rewind, ...rest].map((event, index) => ({ seq: after + index + 1, json: JSON.stringify(event) }))
}

const toRun = (run: RunRow, queuePosition: number | null): Run => ({
  id: run.id,
  conversationId: run.conversationId,
  messageId: run.messageId,
  assistantMessageId: run.assistantMessageId,
  status: run.status,
  queuePosition,
  model: run.model,
  routeReason: run.routeReason,
  errorCode: run.errorCode,
  createdAt: run.createdAt.toISOString(),
  finishedAt: run.finishedAt?.toISOString() ?? null,
})
