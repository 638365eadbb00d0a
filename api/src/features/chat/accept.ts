import type { Accepted, SendBody } from '@jarvis/contracts/chat.ts'
import { and, count, desc, eq, sql } from 'drizzle-orm'
import type { FastifyReply } from 'fastify'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import { type Database, isUniqueViolation } from '#ports/database/index.ts'
import { conversations, messages, runs } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'
import { noConversation } from './conversations.ts'
import { runQueued } from './lease.ts'

export type AcceptDeps = Pick<Database, 'db'> & {
  signals: Signals
  /** Spends one request of the caller's sliding window. @throws rate_limited */
  admit(caller: Caller, reply?: FastifyReply): Promise<void>
  /** @throws invalid_request, model_not_allowed */
  checkModel(caller: Caller, model: string | undefined): string | null
  toolNames(caller: Caller): string[]
  runsWaitingMax: number
}

const titleCharactersMax = 60

/**
 * Takes a message in: it is stored and its run is queued in one transaction, before anyone is told. The same `messageId` again
 * gives the same run and costs nothing. @throws not_found, conflict, invalid_request, model_not_allowed, rate_limited
 */
export function createAccept({ db, signals, admit, checkModel, toolNames, runsWaitingMax }: AcceptDeps) {
  const requireRoom = createBacklog(db, runsWaitingMax)

  async function known(caller: Caller, conversationId: string, messageId: string): Promise<Accepted | null> {
    const [run] = await db.select().from(runs).where(eq(runs.messageId, messageId))
    if (!run) return null
    if (run.userId !== caller.userId || run.conversationId !== conversationId) throw usedId()
    return { runId: run.id, messageId, assistantMessageId: run.assistantMessageId }
  }

  async function store(caller: Caller, conversationId: string, body: SendBody, requestedModel: string | null): Promise<Accepted> {
    const accepted = { runId: newId(), messageId: body.messageId, assistantMessageId: newId() }
    await db.transaction(async (tx) => {
      // The lock puts two messages that arrive at once into one order.
      const [conversation] = await tx
        .select({ title: conversations.title })
        .from(conversations)
        .where(and(eq(conversations.id, conversationId), eq(conversations.userId, caller.userId)))
        .for('update')
      if (!conversation) throw noConversation()
      const ofConversation = eq(messages.conversationId, conversationId)
      const [parent] = await tx
        .select({ id: messages.id })
        .from(messages)
        .where(body.parentId ? and(ofConversation, eq(messages.id, body.parentId)) : ofConversation)
        .orderBy(desc(messages.position))
        .limit(1)
      if (body.parentId && !parent) {
        throw new AppError('invalid_request', 'parentId names no message of this conversation.', {
          errors: [{ path: 'parentId', message: 'is not a message of this conversation' }],
        })
      }
      const parentId = body.parentId === null ? null : (parent?.id ?? null)
      const shared = { conversationId, runId: accepted.runId }
      await tx.insert(messages).values([
        { ...shared, id: body.messageId, parentId, role: 'user', content: body.content, status: 'complete' },
        { ...shared, id: accepted.assistantMessageId, parentId: body.messageId, role: 'assistant', content: '', status: 'streaming' },
      ])
      await tx.insert(runs).values({
        id: accepted.runId,
        userId: caller.userId,
        conversationId,
        messageId: body.messageId,
        assistantMessageId: accepted.assistantMessageId,
        requestedModel,
        requestedTools: body.tools ?? null,
      })
      const title = conversation.title || titleOf(body.content)
      await tx
        .update(conversations)
        .set({ updatedAt: sql`now()`, title })
        .where(eq(conversations.id, conversationId))
    })
    return accepted
  }

  return async function accept(caller: Caller, conversationId: string, body: SendBody, reply?: FastifyReply): Promise<Accepted> {
    const before = await known(caller, conversationId, body.messageId)
    if (before) return before
    const requestedModel = checkModel(caller, body.model)
    const offered = toolNames(caller)
    const unknown = body.tools?.find((name) => !offered.includes(name))
    if (unknown !== undefined) {
      throw new AppError('invalid_request', `There is no tool "${unknown}" for you.`, {
        errors: [{ path: 'tools', message: `"${unknown}" is not available` }],
      })
    }
    const [conversation] = await db
      .select({ id: conversations.id })
      .from(conversations)
      .where(and(eq(conversations.id, conversationId), eq(conversations.userId, caller.userId)))
    if (!conversation) throw noConversation()
    await requireRoom()
    await admit(caller, reply)
    try {
      const accepted = await store(caller, conversationId, body, requestedModel)
      await signals.publish(runQueued, accepted.runId)
      return accepted
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      const winner = await known(caller, conversationId, body.messageId)
      if (winner) return winner
      throw usedId()
    }
  }
}

const backlogAgeMsMax = 500

/** Sheds new work while the line is full; the line is counted at most twice a second. @throws overloaded */
function createBacklog(db: Database['db'], runsWaitingMax: number): () => Promise<void> {
  let counted = { at: -Infinity, waiting: Promise.resolve(0) }
  return async () => {
    if (performance.now() - counted.at > backlogAgeMsMax) {
      const waiting = db
        .select({ waiting: count() })
        .from(runs)
        .where(eq(runs.status, 'queued'))
        .then(([row]) => row?.waiting ?? 0)
      counted = { at: performance.now(), waiting }
    }
    if ((await counted.waiting) < runsWaitingMax) return
    throw new AppError('overloaded', 'Too many messages are waiting for an answer right now. Yours was not taken; send it again in a moment.', {
      retryAfterSeconds: 5,
    })
  }
}

const usedId = () => new AppError('conflict', 'This messageId was already used for another message. Make a new UUID for each message.')

/** The first words of the first message, whole, until a person names the conversation. */
function titleOf(content: string): string {
  const line = content.replace(/\s+/gu, ' ').trim()
  if (line.length <= titleCharactersMax) return line
  const cut = line.slice(0, titleCharactersMax)
  const lastSpace = cut.lastIndexOf(' ')
  return `${(lastSpace > titleCharactersMax / 2 ? cut.slice(0, lastSpace) : cut).trimEnd()}…`
}
