import type { Conversation } from '@jarvis/contracts/chat.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, desc, eq, isNotNull, isNull, not, type SQL, sql } from 'drizzle-orm'
import { badCursor } from '#lib/cursor.ts'
import type { Caller } from '#lib/caller.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations } from '#ports/database/tables.ts'

type ConversationRow = typeof conversations.$inferSelect
export type ListQuery = {
  limit: number
  cursor?: string | undefined
  archived: 'true' | 'false'
  pinned?: 'true' | 'false' | undefined
  folderId?: string | undefined
}

/** A person's conversations, newest first, by the partial index that holds just the archived ones, or just the others. */
export async function listConversations({ db }: Pick<Database, 'db'>, caller: Caller, query: ListQuery): Promise<Page<Conversation>> {
  return toPage(
    await db
      .select(listed)
      .from(conversations)
      .where(inList(caller, query))
      .orderBy(...newestFirst)
      .limit(query.limit + 1),
    query.limit,
  )
}

/** `micros` is when it was updated, in microseconds: a Date holds only milliseconds, and the order is finer. */
export const listed = { conversation: conversations, micros: sql<string>`(extract(epoch from ${conversations.updatedAt}) * 1000000)::bigint` }
export type Listed = { conversation: ConversationRow; micros: string }

export const newestFirst = [desc(conversations.updatedAt), desc(conversations.id)]

/** What of a person's conversations stands in the list, after the cursor if there is one. @throws invalid_request for another list's cursor */
export function inList(caller: Caller, { cursor, archived, pinned, folderId }: Omit<ListQuery, 'limit'>): SQL {
  return and(
    eq(conversations.userId, caller.userId),
    archived === 'true' ? isNotNull(conversations.archivedAt) : isNull(conversations.archivedAt),
    pinned === undefined ? undefined : pinned === 'true' ? isNotNull(conversations.pinnedAt) : isNull(conversations.pinnedAt),
    folderId === undefined ? undefined : eq(conversations.folderId, folderId),
    not(conversations.temporary),
    cursor === undefined ? undefined : olderThan(readCursor(cursor)),
  )!
}

export const cursorOf = ({ conversation, micros }: Listed) => `${micros}_${conversation.id}`

export function toPage(rows: Listed[], limit: number): Page<Conversation> {
  const items = rows.slice(0, limit)
  return { items: items.map(({ conversation }) => toConversation(conversation)), nextCursor: rows.length > limit ? cursorOf(items.at(-1)!) : null }
}

const olderThan = ({ micros, id }: { micros: number; id: string }) =>
  sql`(${conversations.updatedAt}, ${conversations.id}) < (timestamptz 'epoch' + ${micros}::float8 * interval '1 microsecond', ${id}::uuid)`

/** Cursors of 0.1.0, which a page may still hold after an upgrade, are in milliseconds. */
function readCursor(cursor: string): { micros: number; id: string } {
  const [, at, id] = /^(\d{1,16})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(cursor) ?? []
  if (at === undefined || id === undefined) throw badCursor()
  return { micros: at.length < 15 ? Number(at) * 1000 + 999 : Number(at), id }
}

export const toConversation = ({
  id,
  title,
  archivedAt,
  pinnedAt,
  folderId,
  leafId,
  temporary,
  createdAt,
  updatedAt,
}: ConversationRow): Conversation => ({
  id,
  title,
  archived: archivedAt !== null,
  pinned: pinnedAt !== null,
  folderId,
  leafId,
  temporary,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
})
