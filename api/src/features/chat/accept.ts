import type { Accepted, SendBody } from '@jarvis/contracts/chat.ts'
import type { StoredPart } from '@jarvis/contracts/parts.ts'
import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import { queueRun, runQueued } from '#features/runs/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import { type Database, isUniqueViolation } from '#ports/database/index.ts'
import { conversations, runs } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'
import { attach, type FilesOf, requireContent } from './attached.ts'
import { noConversation } from './conversations.ts'
import type { Acceptance, Entry } from './entry.ts'
import type { Tell } from './told.ts'
import { titleOf } from './title.ts'
import { type EndedRun, endedRuns, endWaiting, tellEnded } from './waiting.ts'

export type AcceptDeps = Pick<Database, 'db'> & {
  signals: Signals
  entry: Entry
  filesOf: FilesOf
  tell: Tell
}

/** A message, and what an application put beside it. `brought` are files that came within it, which any key may send. */
type Sent = SendBody & { context?: string | undefined; brought?: string[] | undefined }

/**
 * Takes a message in: it is stored and its run is queued in one transaction, before anyone is told. The same `messageId` again
 * gives the same run and costs nothing. @throws not_found, conflict, invalid_request, model_not_allowed, overloaded
 */
export function createAccept({ db, signals, entry, filesOf, tell }: AcceptDeps) {
  /** The run that this message has already, or null for a new message in a conversation of the caller's. @throws not_found, conflict */
  async function known(caller: Caller, conversationId: string, messageId: string): Promise<Accepted | null> {
    const [found] = await db
      .select({ conversation: conversations.id, run: runs })
      .from(sql`(select 1) as one`)
      .leftJoin(conversations, and(eq(conversations.id, conversationId), eq(conversations.userId, caller.userId)))
      .leftJoin(runs, and(eq(runs.messageId, messageId), isNull(runs.resumes)))
      // The others gave it more answers.
      .orderBy(asc(runs.position))
      .limit(1)
    if (!found?.conversation) throw noConversation()
    const { run } = found
    if (!run) return null
    if (run.userId !== caller.userId || run.conversationId !== conversationId) throw usedId()
    return { runId: run.id, messageId, assistantMessageId: run.assistantMessageId }
  }

  async function store(
    caller: Caller,
    conversationId: string,
    body: Sent,
    requestedModel: string | null,
    parts: StoredPart[] | null,
  ): Promise<Accepted> {
    const { messageId, parentId, seenId } = body
    const [runId, assistantMessageId] = [newId(), newId()]
    const { ended, followed } = await db.transaction(async (tx) => {
      // The row's lock puts two messages that arrive at once into one order: only what comes after it sees the other one.
      const [conversation] = await tx
        .update(conversations)
        .set({
          updatedAt: sql`now()`,
          leafId: null,
          title: sql`coalesce(nullif(${conversations.title}, ''), ${titleOf(body.content.trim() === '' ? nameIn(parts) : body.content)})`,
          titleIsMade: sql`${conversations.titleIsMade} or ${conversations.title} = ''`,
        })
        .where(and(eq(conversations.id, conversationId), eq(conversations.userId, caller.userId)))
        .returning({ id: conversations.id })
      if (!conversation) throw noConversation()
      // A person who writes on does not wait for an approval any more.
      const { rows } = await tx.execute<{ ended: EndedRun[]; followed: string | null }>(sql`
        with recursive ${endWaiting(sql`conversation_id = ${conversationId}`)},
        named as (
          select id, position from messages where conversation_id = ${conversationId} and id = coalesce(${parentId ?? null}::uuid, id)
          order by position desc limit 1),
        seen as (select position from messages where conversation_id = ${conversationId} and id = ${seenId ?? null}),
        below as (
          select id, position from named
          union all
          select m.id, m.position from below b join messages m on m.parent_id = b.id and m.conversation_id = ${conversationId}
          where m.position > (select position from seen)),
        parent as (select id from below order by position desc limit 1),
        question as (
          insert into messages (id, conversation_id, run_id, parent_id, role, content, parts, via_key, context, status)
          select ${messageId}, ${conversationId}, ${runId}, case when ${parentId !== null} then (select id from parent) end, 'user', ${body.content}, ${parts && JSON.stringify(parts)}::jsonb, ${caller.apiKey !== undefined}, ${body.context ?? null}::text, 'complete'
          where ${!parentId} or exists (select from parent) returning id, parent_id),
        answer as (
          insert into messages (id, conversation_id, run_id, parent_id, role, content, status)
          select ${assistantMessageId}, ${conversationId}, ${runId}, id, 'assistant', '', 'streaming' from question returning id)
        ${queueRun({ id: runId, userId: caller.userId, conversationId, messageId, assistantMessageId, apiKeyId: caller.apiKey?.id ?? null, requestedModel, requestedTools: body.tools ?? null, requestedEffort: body.effort ?? null }, sql`answer`)}
        returning (select parent_id from question) as followed, ${endedRuns} as ended`)
      if (!rows[0]) throw noParent()
      return rows[0]
    })
    tellEnded({ signals, tell }, caller.userId, ended)
    const accepted = { runId, messageId, assistantMessageId }
    return parentId && parentId !== followed ? { ...accepted, parentId: followed } : accepted
  }

  return async function accept(caller: Caller, conversationId: string, body: Sent): Promise<Acceptance> {
    requireContent(body)
    const before = await known(caller, conversationId, body.messageId)
    if (before) return { accepted: before, admission: null }
    const parts = await attach(filesOf, caller, body)
    const { requestedModel, admission } = await entry(caller, body, body.messageId)
    if (admission.refusal) return { refusal: admission.refusal, admission }
    try {
      const accepted = await store(caller, conversationId, body, requestedModel, parts)
      // The message is stored: should the signal be lost, a worker finds the run at its next look.
      signals.publish(runQueued, accepted.runId)
      tell({ type: 'run', userId: caller.userId, conversationId, ...accepted })
      return { accepted, admission }
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      const winner = await known(caller, conversationId, body.messageId)
      if (winner) return { accepted: winner, admission }
      throw usedId()
    }
  }
}

/** A conversation that begins with a file alone is called after it. */
const nameIn = (parts: StoredPart[] | null) => parts?.map((part) => (part.type === 'file' ? part.name : '')).find(Boolean) ?? ''

const noParent = () =>
  new AppError('invalid_request', 'parentId names no message of this conversation.', {
    errors: [{ path: 'parentId', message: 'is not a message of this conversation' }],
  })

const usedId = () => new AppError('conflict', 'This messageId was already used for another message. Make a new UUID for each message.')
