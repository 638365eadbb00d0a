import type { Message } from '@jarvis/contracts/chat.ts'
import { readFailure } from '@jarvis/contracts/sentences.ts'
import { fromStored, messageParts, type Part, ToolCall } from '@jarvis/contracts/parts.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, desc, eq, lt } from 'drizzle-orm'
import { cursorAt, numberOfCursor } from '#lib/cursor.ts'
import type { Database } from '#ports/database/index.ts'
import { messages } from '#ports/database/tables.ts'

export type MessageQuery = { limit: number; cursor?: string | undefined }

/** The newest messages of the tree, in the order in which it grew; the cursor leads to those before them. */
export async function messagePage({ db }: Pick<Database, 'db'>, conversationId: string, { limit, cursor }: MessageQuery): Promise<Page<Message>> {
  const rows = await db
    .select()
    .from(messages)
    .where(
      and(eq(messages.conversationId, conversationId), cursor === undefined ? undefined : lt(messages.position, readCursor(conversationId, cursor))),
    )
    .orderBy(desc(messages.position))
    .limit(limit + 1)
  const items = rows.slice(0, limit).toReversed()
  return { items: items.map(toMessage), nextCursor: rows.length > limit ? cursorAt(listOf(conversationId), items[0]!.position) : null }
}

const listOf = (conversationId: string) => `before_${conversationId}`

/** Cursors of 0.1.0, which a page may still hold after an upgrade, do not name the conversation. */
const readCursor = (conversationId: string, cursor: string) =>
  /^before_\d+$/.test(cursor) ? numberOfCursor('before', cursor) : numberOfCursor(listOf(conversationId), cursor)

type MessageRow = typeof messages.$inferSelect

/** All parts of a stored message, in order. */
export const partsOfRow = ({ parts, content, toolCalls, interrupts }: Pick<MessageRow, 'parts' | 'content' | 'toolCalls' | 'interrupts'>): Part[] =>
  fromStored(parts, { content, toolCalls, interrupts })

export function toMessage({
  position: _position,
  taint: _taint,
  viaKey: _viaKey,
  createdAt,
  context,
  citations,
  files,
  ...row
}: MessageRow): Message {
  // What an earlier release stored lacks what was added since: the contract's defaults fill it in.
  const toolCalls = row.toolCalls.map((call) => ToolCall.parse(call))
  const error = row.error && readFailure(row.error)
  return {
    ...row,
    ...(context !== null && { context }),
    ...(citations !== null && { citations }),
    ...(files !== null && { files }),
    error,
    toolCalls,
    parts: messageParts(partsOfRow({ ...row, toolCalls })),
    createdAt: createdAt.toISOString(),
  }
}
