import type { Conversation, CreateConversationBody, ListedConversation, UpdateConversationBody } from '@jarvis/contracts/chat.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, eq, exists, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, messages } from '#ports/database/tables.ts'
import { listConversations, type ListQuery, toConversation } from './conversation-list.ts'
import { exportConversations } from './export.ts'
import { type ExportFormat, exportOne, fileNameOf } from './export-one.ts'
import { type Folders, instructionsBy } from './folders.ts'
import { messagePage, type MessageQuery } from './messages.ts'
import { searchConversations } from './search.ts'
import type { Tell } from './told.ts'

export const noConversation = () => new AppError('not_found', 'There is no such conversation.')

export type ConversationsDeps = Pick<Database, 'db'> & {
  folders: Pick<Folders, 'check'>
  stopRuns(conversationId: string): Promise<void>
  /** What is remembered of its person from a conversation. */
  forgetFrom(userId: string, conversationId: string): Promise<void>
  /** What of its turns is outside of the database. */
  removeTurns(userId: string, conversationId: string): Promise<void>
  tell: Tell
}

/** A person's conversations; another's answer as if they did not exist. */
export function createConversations({ db, folders, stopRuns, forgetFrom, removeTurns, tell }: ConversationsDeps) {
  const owned = (caller: Pick<Caller, 'userId'>, id: string) => and(eq(conversations.id, id), eq(conversations.userId, caller.userId))

  async function own(caller: Caller, id: string) {
    const [row] = await db.select().from(conversations).where(owned(caller, id))
    if (!row) throw noConversation()
    return row
  }

  /** Returns whether it was there, and last used then where that is given. */
  async function drop(userId: string, id: string, { forget = false, lastUsed }: { forget?: boolean; lastUsed?: string }): Promise<boolean> {
    const used = lastUsed === undefined ? undefined : sql`${conversations.updatedAt} = ${lastUsed}::timestamptz`
    const itself = and(owned({ userId }, id), used)
    if (used && (await db.$count(conversations, itself)) === 0) return false
    await stopRuns(id)
    // First, so that it can be asked for again when the vector store is away.
    if (forget) await forgetFrom(userId, id)
    await removeTurns(userId, id)
    const removed = await db.delete(conversations).where(itself).returning({ id: conversations.id })
    if (removed.length === 0) return false
    // And what a job kept meanwhile; of a message that is gone it keeps nothing.
    if (forget) await forgetFrom(userId, id)
    tell({ type: 'conversation_gone', userId, conversationId: id })
    return true
  }

  return {
    /** Newest first; `q` searches titles and message text, ignoring case. @throws overloaded when a search takes too long */
    list: (caller: Caller, { q, ...query }: ListQuery & { q?: string | undefined }): Promise<Page<ListedConversation>> =>
      q === undefined ? listConversations({ db }, caller, query) : searchConversations({ db }, caller, q, query),

    /** @throws not_found for somebody else's folder */
    async create(
      caller: Caller,
      { title = '', folderId = null, temporary = false, instructions = '' }: NonNullable<z.infer<typeof CreateConversationBody>> = {},
    ): Promise<Conversation> {
      if (folderId !== null) await folders.check(caller, folderId)
      const [row] = await db
        .insert(conversations)
        .values({
          id: newId(),
          userId: caller.userId,
          title,
          folderId,
          temporary,
          instructions,
          instructionsViaKey: instructions !== '' && caller.apiKey !== undefined,
        })
        .returning()
      tell({ type: 'conversation', userId: caller.userId, conversationId: row!.id })
      return shown(row!)
    },

    /** For clients that name their own threads. @throws not_found when the id is somebody else's */
    async ensure(caller: Caller, id: string): Promise<void> {
      await db.insert(conversations).values({ id, userId: caller.userId }).onConflictDoNothing()
      await own(caller, id)
    },

    get: async (caller: Caller, id: string): Promise<Conversation> => shown(await own(caller, id)),

    async update(caller: Caller, id: string, change: UpdateConversationBody): Promise<Conversation> {
      await own(caller, id)
      if (change.folderId) await folders.check(caller, change.folderId)
      const values = {
        ...(change.title !== undefined && { title: change.title, titleIsMade: false }),
        ...(change.archived !== undefined && { archivedAt: change.archived ? new Date() : null }),
        ...(change.pinned !== undefined && { pinnedAt: change.pinned ? new Date() : null }),
        ...(change.folderId !== undefined && { folderId: change.folderId }),
        ...(change.instructions !== undefined && instructionsBy(caller, change.instructions, conversations)),
      }
      if (Object.keys(values).length === 0) return shown(await own(caller, id))
      const [row] = await db.update(conversations).set(values).where(owned(caller, id)).returning()
      if (!row) throw noConversation()
      tell({ type: 'conversation', userId: caller.userId, conversationId: id })
      return shown(row)
    },

    /** Which branch is shown, here and on the person's other devices. @throws not_found, invalid_request */
    async showBranch(caller: Caller, id: string, messageId: string): Promise<void> {
      await own(caller, id)
      const isOfIt = exists(
        db
          .select({ one: sql`1` })
          .from(messages)
          .where(and(eq(messages.id, messageId), eq(messages.conversationId, id))),
      )
      const [shown] = await db
        .update(conversations)
        .set({ leafId: messageId })
        .where(and(owned(caller, id), isOfIt))
        .returning({ id: conversations.id })
      if (!shown) {
        throw new AppError('invalid_request', 'messageId names no message of this conversation.', {
          errors: [{ path: 'messageId', message: 'is not a message of this conversation' }],
        })
      }
      tell({ type: 'conversation', userId: caller.userId, conversationId: id })
    },

    /** `forget`: with what is remembered from it. */
    async remove(caller: Caller, id: string, { forget = false } = {}): Promise<void> {
      await own(caller, id)
      if (!(await drop(caller.userId, id, { forget }))) throw noConversation()
    },

    /** One that has had its time, unless somebody uses it after all. What is remembered from it stays. */
    removeUnused: ({ id, userId, lastUsed }: { id: string; userId: string; lastUsed: string }): Promise<boolean> => drop(userId, id, { lastUsed }),

    /** @returns a file, and its name */
    async exportOne(caller: Caller, id: string, format: ExportFormat): Promise<{ name: string; text: string }> {
      const row = await own(caller, id)
      return { name: fileNameOf(row.title, format), text: await exportOne({ db }, row, format) }
    },

    exportAll: (caller: Caller) => exportConversations({ db }, caller),

    async messages(caller: Caller, id: string, query: MessageQuery) {
      await own(caller, id)
      return await messagePage({ db }, id, query)
    },
  }
}

/** By itself it shows what lists leave out. */
const shown = (row: typeof conversations.$inferSelect): Conversation => ({ ...toConversation(row), instructions: row.instructions })
