import type { Accepted, SendBody } from '@jarvis/contracts/chat.ts'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { queueRun, runQueued, taskEnded, waitingRuns } from '#features/runs/index.ts'
import { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import { type Database, isUniqueViolation } from '#ports/database/index.ts'
import { conversations, runs } from '#ports/database/tables.ts'
import type { Asked } from '#ports/limits/rate-limit.ts'
import type { Signals } from '#ports/signals/index.ts'
import { noConversation } from './conversations.ts'
import { endWaiting } from './waiting.ts'
import { titleOf } from './title.ts'

export type AcceptDeps = Pick<Database, 'db'> & {
  signals: Signals
  /** Spends one request of the caller's sliding windows for this message, however often it comes, or says why not. */
  admit(caller: Caller, messageId: string): Promise<Asked>
  /** @throws invalid_request, model_not_allowed */
  checkModel(caller: Caller, model: string | undefined): string | null
  toolNames(caller: Caller): string[]
  /** Begins what the message's run will wait for, while the message is stored. */
  prepare(text: string): void
  runsWaitingMax: number
}

/** `admission` is what the message met in the windows of the caller's plan; a repeat spends nothing and has none. */
export type Acceptance = { accepted: Accepted; admission: Asked | null } | { refusal: AppError; admission: Asked }

/**
 * Takes a message in: it is stored and its run is queued in one transaction, before anyone is told. The same `messageId` again
 * gives the same run and costs nothing. @throws not_found, conflict, invalid_request, model_not_allowed, overloaded
 */
export function createAccept({ db, signals, admit, checkModel, toolNames, prepare, runsWaitingMax }: AcceptDeps) {
  const requireRoom = createBacklog(db, runsWaitingMax)

  /** The run that this message has already, or null for a new message in a conversation of the caller's. @throws not_found, conflict */
  async function known(caller: Caller, conversationId: string, messageId: string): Promise<Accepted | null> {
    const [found] = await db
      .select({ conversation: conversations.id, run: runs })
      .from(sql`(select 1) as one`)
      .leftJoin(conversations, and(eq(conversations.id, conversationId), eq(conversations.userId, caller.userId)))
      .leftJoin(runs, and(eq(runs.messageId, messageId), isNull(runs.resumes)))
    if (!found?.conversation) throw noConversation()
    const { run } = found
    if (!run) return null
    if (run.userId !== caller.userId || run.conversationId !== conversationId) throw usedId()
    return { runId: run.id, messageId, assistantMessageId: run.assistantMessageId }
  }

  async function store(caller: Caller, conversationId: string, body: SendBody, requestedModel: string | null): Promise<Accepted> {
    const { messageId, parentId } = body
    const [runId, assistantMessageId] = [newId(), newId()]
    const endedTasks = await db.transaction(async (tx) => {
      // The row's lock puts two messages that arrive at once into one order: only what comes after it sees the other one.
      const [conversation] = await tx
        .update(conversations)
        .set({ updatedAt: sql`now()`, title: sql`coalesce(nullif(${conversations.title}, ''), ${titleOf(body.content)})` })
        .where(and(eq(conversations.id, conversationId), eq(conversations.userId, caller.userId)))
        .returning({ id: conversations.id })
      if (!conversation) throw noConversation()
      // A person who writes on does not wait for an approval any more.
      const { rows } = await tx.execute<{ ended_tasks: string[] }>(sql`
        with ${endWaiting(sql`conversation_id = ${conversationId}`)},
        parent as (
          select id from messages where conversation_id = ${conversationId} and id = coalesce(${parentId ?? null}::uuid, id)
          order by position desc limit 1),
        question as (
          insert into messages (id, conversation_id, run_id, parent_id, role, content, via_key, status)
          select ${messageId}, ${conversationId}, ${runId}, case when ${parentId !== null} then (select id from parent) end, 'user', ${body.content}, ${caller.apiKey !== undefined}, 'complete'
          where ${!parentId} or exists (select from parent) returning id),
        answer as (
          insert into messages (id, conversation_id, run_id, parent_id, role, content, status)
          select ${assistantMessageId}, ${conversationId}, ${runId}, id, 'assistant', '', 'streaming' from question returning id)
        ${queueRun({ id: runId, userId: caller.userId, conversationId, messageId, assistantMessageId, requestedModel, requestedTools: body.tools ?? null }, sql`answer`)}
        returning (select coalesce(json_agg(task_id), '[]') from ended_runs) as ended_tasks`)
      if (!rows[0]) throw noParent()
      return rows[0].ended_tasks
    })
    // A page that is left open for a lost signal goes when it has been idle.
    for (const taskId of endedTasks) signals.publish(taskEnded, taskId)
    return { runId, messageId, assistantMessageId }
  }

  return async function accept(caller: Caller, conversationId: string, body: SendBody): Promise<Acceptance> {
    const before = await known(caller, conversationId, body.messageId)
    if (before) return { accepted: before, admission: null }
    const requestedModel = checkModel(caller, body.model)
    const offered = toolNames(caller)
    const unknown = body.tools?.find((name) => !offered.includes(name))
    if (unknown !== undefined) {
      throw new AppError('invalid_request', `There is no tool "${unknown}" for you.`, {
        errors: [{ path: 'tools', message: `"${unknown}" is not available` }],
      })
    }
    await requireRoom()
    const admission = await admit(caller, body.messageId)
    if (admission.refusal) return { refusal: admission.refusal, admission }
    prepare(body.content)
    try {
      const accepted = await store(caller, conversationId, body, requestedModel)
      // The message is stored: should the signal be lost, a worker finds the run at its next look.
      signals.publish(runQueued, accepted.runId)
      return { accepted, admission }
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      const winner = await known(caller, conversationId, body.messageId)
      if (winner) return { accepted: winner, admission }
      throw usedId()
    }
  }
}

/** @throws rate_limited */
export function acceptedOf(acceptance: Acceptance): Accepted {
  if ('refusal' in acceptance) throw acceptance.refusal
  return acceptance.accepted
}

const backlogAgeMsMax = 500

/** Sheds new work while the line is full; the line is counted at most twice a second. @throws overloaded */
function createBacklog(db: Database['db'], runsWaitingMax: number): () => Promise<void> {
  let counted = { at: -Infinity, waiting: Promise.resolve(0) }
  return async () => {
    if (performance.now() - counted.at > backlogAgeMsMax) {
      counted = { at: performance.now(), waiting: waitingRuns(db) }
    }
    if ((await counted.waiting) < runsWaitingMax) return
    throw refusal('overloaded.line', {}, { retryAfterSeconds: 5 })
  }
}

const noParent = () =>
  new AppError('invalid_request', 'parentId names no message of this conversation.', {
    errors: [{ path: 'parentId', message: 'is not a message of this conversation' }],
  })

const usedId = () => new AppError('conflict', 'This messageId was already used for another message. Make a new UUID for each message.')
