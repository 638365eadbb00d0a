import type { ServerFrame } from '@jarvis/contracts/socket.ts'
import { and, desc, eq } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { conversations } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'
import { toConversation } from './conversation-list.ts'

/** Published when something of a person's changed that their open pages show. */
export const personTold = 'person.told'

export type Told =
  | { type: 'conversation' | 'conversation_gone'; userId: string; conversationId: string }
  | { type: 'run'; userId: string; conversationId: string; runId: string; messageId: string; assistantMessageId: string }
  | { type: 'approval'; userId: string; runId: string; state: 'waiting' | 'answered' }

/** It is stored already: should the signal be lost, a page learns of it when it next connects or reads. */
export const createTell =
  ({ signals }: { signals: Signals }) =>
  (told: Told): void =>
    signals.publish(personTold, JSON.stringify(told))
export type Tell = ReturnType<typeof createTell>

/** After many changes at once: a page that learns of one reads its list anew. */
export async function tellNewest({ db, tell }: Pick<Database, 'db'> & { tell: Tell }, userId: string): Promise<void> {
  const [row] = await db
    .select({ id: conversations.id })
    .from(conversations)
    .where(eq(conversations.userId, userId))
    .orderBy(desc(conversations.updatedAt))
    .limit(1)
  if (row) tell({ type: 'conversation', userId, conversationId: row.id })
}

export const readTold = (payload: string): Told => JSON.parse(payload) as Told

/** What open pages are sent. The conversation is read now, so that the last one they get is the newest. */
export async function framesOf({ db }: Pick<Database, 'db'>, told: Told): Promise<ServerFrame[]> {
  if (told.type === 'approval') return [{ type: 'approval', runId: told.runId, state: told.state }]
  const { conversationId } = told
  if (told.type === 'conversation_gone') return [{ type: 'conversation_gone', conversationId }]
  const [row] = await db
    .select()
    .from(conversations)
    .where(and(eq(conversations.id, conversationId), eq(conversations.userId, told.userId)))
  if (!row) return []
  const frame: ServerFrame = { type: 'conversation', conversation: toConversation(row) }
  if (told.type !== 'run') return [frame]
  const { runId, messageId, assistantMessageId } = told
  return [frame, { type: 'run', conversationId, runId, messageId, assistantMessageId }]
}
