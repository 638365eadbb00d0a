import type { Accepted } from '@jarvis/contracts/chat.ts'
import { and, eq, sql } from 'drizzle-orm'
import { queueRun, runQueued, type RunRow, stepsOf } from '#features/runs/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import type { RunStep } from '#lib/run-step.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { conversations, messages, runs } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'
import type { Acceptance, Entry, Wish } from './entry.ts'
import { goOn, toldOf } from './resume.ts'
import type { Tell } from './told.ts'
import { type EndedRun, endedRuns, endWaiting, tellEnded } from './waiting.ts'

export type AgainDeps = Pick<Database, 'db'> & { signals: Signals; entry: Entry; tell: Tell }

const noMessage = () => new AppError('not_found', 'There is no such message.')

/** A message of a conversation of the caller's. @throws not_found */
async function ownMessage({ db }: Pick<Database, 'db'>, caller: Caller, id: string) {
  const [found] = await db
    .select({ message: messages })
    .from(messages)
    .innerJoin(conversations, eq(conversations.id, messages.conversationId))
    .where(and(eq(messages.id, id), eq(conversations.userId, caller.userId)))
  if (!found) throw noMessage()
  return found.message
}

/** Locked, so that what ends a wait, answers it or follows it comes one after the other. */
async function touch(tx: Transaction, conversationId: string): Promise<void> {
  const touched = await tx
    .update(conversations)
    .set({ updatedAt: sql`now()`, leafId: null })
    .where(eq(conversations.id, conversationId))
    .returning({ id: conversations.id })
  if (touched.length === 0) throw noMessage()
}

/** Another answer to a question, beside those it has. @throws not_found, invalid_request, model_not_allowed, overloaded */
export function createAnswerAgain({ db, signals, entry, tell }: AgainDeps) {
  return async (caller: Caller, questionId: string, wish: Wish): Promise<Acceptance> => {
    const { role, conversationId } = await ownMessage({ db }, caller, questionId)
    if (role !== 'user') throw new AppError('invalid_request', 'Only a question can be answered: this is an answer.')
    const [runId, assistantMessageId] = [newId(), newId()]
    const { requestedModel, admission } = await entry(caller, wish, assistantMessageId)
    if (admission.refusal) return { refusal: admission.refusal, admission }
    const ended = await db.transaction(async (tx) => {
      await touch(tx, conversationId)
      const { rows } = await tx.execute<{ ended: EndedRun[] }>(sql`
        with ${endWaiting(sql`conversation_id = ${conversationId}`)},
        answer as (
          insert into messages (id, conversation_id, run_id, parent_id, role, content, status)
          values (${assistantMessageId}, ${conversationId}, ${runId}, ${questionId}, 'assistant', '', 'streaming') returning id)
        ${queueRun({ id: runId, userId: caller.userId, conversationId, messageId: questionId, assistantMessageId, apiKeyId: caller.apiKey?.id ?? null, requestedModel, requestedTools: wish.tools ?? null, requestedEffort: wish.effort ?? null }, sql`answer`)}
        returning ${endedRuns} as ended`)
      return rows[0]!.ended
    })
    tellEnded({ signals, tell }, caller.userId, ended)
    const accepted: Accepted = { runId, messageId: questionId, assistantMessageId }
    signals.publish(runQueued, runId)
    tell({ type: 'run', userId: caller.userId, conversationId, ...accepted })
    return { accepted, admission }
  }
}

/**
 * Goes on with an answer that was stopped, failed, or was cut by its length: the next run of its chain begins with what was said. However often
 * it is asked for, one run goes on. @throws not_found, conflict, overloaded
 */
export function createContinueAnswer({ db, signals, entry, tell }: AgainDeps) {
  return async (caller: Caller, answerId: string): Promise<Acceptance> => {
    const before = await ownMessage({ db }, caller, answerId)
    if (before.role !== 'assistant' || !before.runId) throw refusal('conflict.is_whole')
    const { admission } = await entry(caller, {}, `continue:${before.runId}`)
    if (admission.refusal) return { refusal: admission.refusal, admission }
    const { next, isNew } = await db.transaction(async (tx) => {
      await touch(tx, before.conversationId)
      const [message] = await tx.select().from(messages).where(eq(messages.id, answerId))
      const [run] = await tx
        .select()
        .from(runs)
        .where(eq(runs.id, message?.runId ?? before.runId!))
      if (!message || !run) throw noMessage()
      // Somebody else asked for the same a moment ago.
      if (message.runId !== before.runId) return { next: run, isNew: false }
      if (message.status === 'streaming' || message.status === 'waiting') throw refusal('conflict.at_work')
      if (message.status === 'complete' && message.finishReason !== 'length') throw refusal('conflict.is_whole')
      return {
        next: await goOn(tx, { ...run, apiKeyId: caller.apiKey?.id ?? null }, await unfinished(tx, run, message.content, message.model)),
        isNew: true,
      }
    })
    if (isNew) {
      signals.publish(runQueued, next.id)
      tell({ type: 'run', userId: caller.userId, ...toldOf(next) })
    }
    const { conversationId: _, ...accepted } = toldOf(next)
    return { accepted, admission }
  }
}

/** What the answer said after the last of its finished steps, as a step that called no tool. */
async function unfinished(tx: Transaction, run: RunRow, content: string, model: string | null): Promise<RunStep[]> {
  const steps = await stepsOf(tx, run.id)
  const text = content.slice(steps.reduce((length, step) => length + (step.kind === 'model' ? step.text.length : 0), 0))
  return text === '' ? [] : [{ kind: 'model', model: model ?? run.model ?? '', text, calls: [], inputTokens: 0, outputTokens: 0 }]
}
