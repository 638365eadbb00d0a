import { type Conversation, type Message, ToolCall } from '@jarvis/contracts/chat.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, asc, desc, eq, exists, gt, ilike, isNotNull, isNull, lt, or, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, messages } from '#ports/database/tables.ts'

type ConversationRow = typeof conversations.$inferSelect
type MessageRow = typeof messages.$inferSelect
export type ConversationQuery = { limit: number; cursor?: string | undefined; q?: string | undefined; archived: 'true' | 'false' }

export const noConversation = () => new AppError('not_found', 'There is no such conversation.')

export function createConversations({ db, stopRuns }: Pick<Database, 'db'> & { stopRuns(conversationId: string): Promise<void> }) {
  const owned = (caller: Caller, id: string) => and(eq(conversations.id, id), eq(conversations.userId, caller.userId))

  async function own(caller: Caller, id: string): Promise<ConversationRow> {
    const [row] = await db.select().from(conversations).where(owned(caller, id))
    if (!row) throw noConversation()
    return row
  }

  return {
    /** Newest first. `q` searches titles and message text, ignoring case. */
    async list(caller: Caller, { limit, cursor, q, archived }: ConversationQuery): Promise<Page<Conversation>> {
      const after = cursor === undefined ? undefined : readCursor(cursor)
      const pattern = q === undefined ? undefined : `%${q.replace(/[\\%_]/g, (character) => `\\${character}`)}%`
      const found =
        pattern === undefined
          ? undefined
          : or(
              ilike(conversations.title, pattern),
              exists(
                db
                  .select({ one: sql`1` })
                  .from(messages)
                  .where(and(eq(messages.conversationId, conversations.id), ilike(messages.content, pattern))),
              ),
            )
      // Times of one transaction may be equal to the millisecond: the id decides, and the cursor holds both.
      const older = after && or(lt(millis, after.at), and(eq(millis, after.at), lt(conversations.id, after.id)))
      const rows = await db
        .select()
        .from(conversations)
        .where(
          and(
            eq(conversations.userId, caller.userId),
            archived === 'true' ? isNotNull(conversations.archivedAt) : isNull(conversations.archivedAt),
            found,
            older,
          ),
        )
        .orderBy(desc(millis), desc(conversations.id))
        .limit(limit + 1)
      const items = rows.slice(0, limit)
      const last = items.at(-1)
      return { items: items.map(toConversation), nextCursor: rows.length > limit && last ? `${last.updatedAt.getTime()}_${last.id}` : null }
    },

    async create(caller: Caller, title: string | undefined, id = newId()): Promise<Conversation> {
      const [row] = await db
        .insert(conversations)
        .values({ id, userId: caller.userId, title: title ?? '' })
        .returning()
      return toConversation(row!)
    },

    /** For clients that name their own threads. @throws not_found when the id is somebody else's */
    async ensure(caller: Caller, id: string): Promise<void> {
      await db.insert(conversations).values({ id, userId: caller.userId }).onConflictDoNothing()
      await own(caller, id)
    },

    get: async (caller: Caller, id: string): Promise<Conversation> => toConversation(await own(caller, id)),

    async update(caller: Caller, id: string, change: { title?: string | undefined; archived?: boolean | undefined }): Promise<Conversation> {
      await own(caller, id)
      const values = {
        ...(change.title !== undefined && { title: change.title }),
        ...(change.archived !== undefined && { archivedAt: change.archived ? new Date() : null }),
      }
      if (Object.keys(values).length === 0) return toConversation(await own(caller, id))
      const [row] = await db.update(conversations).set(values).where(owned(caller, id)).returning()
      if (!row) throw noConversation()
      return toConversation(row)
    },

    async remove(caller: Caller, id: string): Promise<void> {
      await own(caller, id)
      await stopRuns(id)
      const removed = await db.delete(conversations).where(owned(caller, id)).returning({ id: conversations.id })
      if (removed.length === 0) throw noConversation()
    },

    /** The whole tree in the order it grew. */
    async messages(caller: Caller, id: string, { limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<Page<Message>> {
      await own(caller, id)
      const after = cursor === undefined ? 0 : Number(cursor)
      if (!Number.isSafeInteger(after)) throw badCursor()
      const rows = await db
        .select()
        .from(messages)
        .where(and(eq(messages.conversationId, id), gt(messages.position, after)))
        .orderBy(asc(messages.position))
        .limit(limit + 1)
      const items = rows.slice(0, limit)
      return { items: items.map(toMessage), nextCursor: rows.length > limit ? String(items.at(-1)!.position) : null }
    },

    /** Everything a person said and was told, for their export. */
    async exportAll(caller: Caller) {
      const own = await db.select().from(conversations).where(eq(conversations.userId, caller.userId)).orderBy(asc(conversations.createdAt))
      const all = await db
        .select({ message: messages })
        .from(messages)
        .innerJoin(conversations, eq(conversations.id, messages.conversationId))
        .where(eq(conversations.userId, caller.userId))
        .orderBy(asc(messages.position))
      const byConversation = Map.groupBy(all, ({ message }) => message.conversationId)
      return own.map((row) => ({ ...toConversation(row), messages: (byConversation.get(row.id) ?? []).map(({ message }) => toMessage(message)) }))
    },
  }
}

const millis = sql<number>`floor(extract(epoch from ${conversations.updatedAt}) * 1000)::bigint`

const badCursor = () =>
  new AppError('invalid_request', 'The cursor is not one that this list gave out.', { errors: [{ path: 'cursor', message: 'is not valid' }] })

function readCursor(cursor: string): { at: number; id: string } {
  const [at, id] = cursor.split('_')
  if (!at || !/^\d{1,15}$/.test(at) || !id || !/^[0-9a-f-]{36}$/.test(id)) throw badCursor()
  return { at: Number(at), id }
}

const toConversation = ({ id, title, archivedAt, createdAt, updatedAt }: ConversationRow): Conversation => ({
  id,
  title,
  archived: archivedAt !== null,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
})

export const toMessage = ({ position: _position, taint: _taint, createdAt, toolCalls, ...row }: MessageRow): Message => ({
  ...row,
  // What an earlier release stored lacks what was added since: the contract's defaults fill it in.
  toolCalls: toolCalls.map((call) => ToolCall.parse(call)),
  createdAt: createdAt.toISOString(),
})
