import type { Run } from '@jarvis/contracts/chat.ts'
import type { RunEvent } from '@jarvis/contracts/run.ts'
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import type { Database } from '#ports/database/index.ts'
import { runs } from '#ports/database/tables.ts'
import type { LogEntry } from '#ports/run-log/index.ts'
import { placeOf } from './line.ts'
import { type RunRow, stateOf } from './run.ts'
import { createStop, type StopDeps } from './stop.ts'

export type Followed = { conversationId: string; events: AsyncIterable<LogEntry[]> }

/** What a person may do with their runs: look, follow from any point, stop. From any process. */
export function createFollow(deps: StopDeps) {
  const { db, runLog, kindOf } = deps
  const stop = createStop(deps)

  async function own(caller: Caller, id: string): Promise<RunRow> {
    const [run] = await db
      .select()
      .from(runs)
      .where(and(eq(runs.id, id), eq(runs.userId, caller.userId)))
    if (!run) throw new AppError('not_found', 'There is no such run.')
    return run
  }

  return {
    async get(caller: Caller, id: string): Promise<Run> {
      const run = await own(caller, id)
      return toRun(run, stateOf(run) === 'queued' ? await placeOf(db, run) : null)
    },

    /** Ends the run, or asks the attempt that works on it to stop; one that has ended stays as it is. */
    async cancel(caller: Caller, id: string): Promise<Run> {
      const run = await own(caller, id)
      const state = stateOf(run)
      if (state === 'waiting') return toRun(await kindOf(run).endWait(run), null)
      if (state === 'ended') return toRun(run, null)
      await stop.ask(eq(runs.id, id))
      return toRun(await own(caller, id), null)
    },

    /** Stops the runs of a conversation that is about to be deleted, so that what they used is charged and every follower reads their end. */
    stopAll: (conversationId: string) => stop.untilEnded(eq(runs.conversationId, conversationId)),

    /** Stops every run of a person who is being erased. */
    stopAllOf: (userId: string) => stop.untilEnded(eq(runs.userId, userId)),

    /** Asks the runs that a person began on a page to stop; those of their programs go on. */
    stopOwnOf: (userId: string) => stop.ask(and(eq(runs.userId, userId), isNull(runs.apiKeyId))!),

    /** The runs of a person whose events may still be kept. */
    async logsOf(tx: Pick<Database['db'], 'select'>, userId: string): Promise<string[]> {
      const isKept = or(isNull(runs.finishedAt), gt(runs.finishedAt, sql`now() - interval '1 day'`))
      const kept = await tx
        .select({ id: runs.id })
        .from(runs)
        .where(and(eq(runs.userId, userId), isKept))
      return kept.map(({ id }) => id)
    },
    async dropLogs(ids: string[], signal: AbortSignal): Promise<void> {
      for (const id of ids) {
        signal.throwIfAborted()
        await runLog.drop(id)
      }
    },

    /** Every event after `after`, each once and in order, until the run's end. Once the log has expired, what is stored answers. */
    async follow(caller: Caller, id: string, after: number, signal: AbortSignal): Promise<Followed> {
      const run = await own(caller, id)
      const { conversationId } = run
      if (run.finishedAt === null || (await runLog.has(id))) return { conversationId, events: runLog.follow(id, after, signal) }
      return { conversationId, events: stored(run, await kindOf(run).retell(run), after) }
    },
  }
}

/** A follower that saw a part of the lost log starts this answer anew; one that saw its end has nothing to read. */
async function* stored(run: RunRow, [started, ...rest]: RunEvent[], after: number): AsyncGenerator<LogEntry[]> {
  if (!started || (run.lastSeq !== null && after >= run.lastSeq)) return
  const rewind: RunEvent = { type: 'CUSTOM', name: 'rewind', value: { messageId: run.assistantMessageId, length: 0 } }
  yield [after === 0 ? started : rewind, ...rest].map((event, index) => ({ seq: after + index + 1, json: JSON.stringify(event) }))
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
