import type { Message, Run } from '@jarvis/contracts/chat.ts'
import type { RunEvent } from '@jarvis/contracts/run.ts'
import { and, count, eq, gt, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import type { Database } from '#ports/database/index.ts'
import { messages, runs } from '#ports/database/tables.ts'
import type { LogEntry, RunLog } from '#ports/run-log/index.ts'
import type { Signals } from '#ports/signals/index.ts'
import { toMessage } from './conversations.ts'
import { type RunRow, runCancelled } from './lease.ts'
import { errorEvent } from './run.ts'

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
      const [asked] = await db
        .update(runs)
        .set({ cancelRequestedAt: sql`now()` })
        .where(and(eq(runs.id, id), isNull(runs.cancelRequestedAt), inArray(runs.status, ['queued', 'running'])))
        .returning()
      await signals.publish(runCancelled, id)
      return toRun(asked ?? run, null)
    },

    /** Stops every run of a person and drops the events that are still kept of them. */
    async forgetAll(caller: Caller): Promise<void> {
      const rows = await db
        .select({ id: runs.id, finishedAt: runs.finishedAt })
        .from(runs)
        .where(and(eq(runs.userId, caller.userId), or(isNull(runs.finishedAt), gt(runs.finishedAt, sql`now() - interval '1 day'`))))
      for (const { id, finishedAt } of rows) {
        if (finishedAt === null) await signals.publish(runCancelled, id)
        await runLog.drop(id)
      }
    },

    /** Every event after `after`, each once and in order, until the run's end. Once the log has expired, the stored message answers. */
    async follow(caller: Caller, id: string, after: number, signal: AbortSignal): Promise<Followed> {
      const run = await own(caller, id)
      const { conversationId } = run
      if (run.finishedAt === null || (await runLog.has(id))) return { conversationId, events: runLog.follow(id, after, signal) }
      const [message] = await db.select().from(messages).where(eq(messages.id, run.assistantMessageId))
      return { conversationId, events: stored(message ? retold(run, toMessage(message)) : [], after) }
    },
  }
}

async function* stored(events: RunEvent[], after: number): AsyncGenerator<LogEntry[]> {
  // A follower that saw a part of the lost log starts this answer anew.
  yield events.map((event, index) => ({ seq: after + index + 1, json: JSON.stringify(event) }))
}

function retold(run: RunRow, message: Message): RunEvent[] {
  const { conversationId: threadId, id: runId } = run
  const messageId = message.id
  const usage = message.usage && [{ model: message.model ?? '', inputTokens: message.usage.inputTokens, outputTokens: message.usage.outputTokens }]
  const calls = message.toolCalls.flatMap((call): RunEvent[] => [
    { type: 'TOOL_CALL_START', toolCallId: call.id, toolCallName: call.name, parentMessageId: messageId },
    { type: 'TOOL_CALL_ARGS', toolCallId: call.id, delta: call.args },
    { type: 'TOOL_CALL_END', toolCallId: call.id },
    ...(call.result === null
      ? []
      : ([{ type: 'TOOL_CALL_RESULT', messageId: `${call.id}-result`, toolCallId: call.id, content: call.result, role: 'tool' }] as const)),
  ])
  const text: RunEvent[] = [
    { type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' },
    { type: 'TEXT_MESSAGE_CONTENT', messageId, delta: message.content },
    { type: 'TEXT_MESSAGE_END', messageId },
  ]
  return [
    { type: 'RUN_STARTED', threadId, runId },
    { type: 'CUSTOM', name: 'rewind', value: { messageId, length: 0 } },
    ...calls,
    ...(message.content ? text : []),
    message.error
      ? errorEvent(message.error.code, message.error.detail)
      : { type: 'RUN_FINISHED', threadId, runId, outcome: { type: run.status === 'cancelled' ? 'cancelled' : 'success' }, ...(usage && { usage }) },
  ]
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
