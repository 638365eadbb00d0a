import type { Conversation, Message } from '@jarvis/contracts/chat.ts'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Caller } from '#lib/caller.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, messages } from '#ports/database/tables.ts'
import { toConversation } from './conversation-list.ts'
import { toMessage } from './messages.ts'

type MessageRow = typeof messages.$inferSelect
/** A statement brings so many conversations, each with so many of its first messages: these are the rows in memory. */
const conversationsAtOnce = 10
const messagesAtOnce = 10

/**
 * Everything a person said and was told, read as it is taken: a slow reader holds no connection, and never more than a few rows. What is
 * written meanwhile may be in it or not.
 */
export async function* exportConversations(
  { db }: Pick<Database, 'db'>,
  caller: Caller,
): AsyncGenerator<Conversation & { messages: AsyncIterable<Message> }> {
  for (let after: string | undefined; ;) {
    const page = db
      .select()
      .from(conversations)
      .where(and(eq(conversations.userId, caller.userId), after === undefined ? undefined : gt(conversations.id, after)))
      .orderBy(asc(conversations.id))
      .limit(conversationsAtOnce)
      .as('page')
    const first = db
      .select()
      .from(messages)
      .where(eq(messages.conversationId, page.id))
      .orderBy(asc(messages.position))
      .limit(messagesAtOnce)
      .as('first')
    const rows = await db
      .select()
      .from(page)
      .leftJoinLateral(first, sql`true`)
      .orderBy(asc(page.id), asc(first.position))
    for (const own of Map.groupBy(rows, (row) => row.page.id).values()) {
      const begin = own.flatMap((row) => row.first ?? [])
      yield { ...toConversation(own[0]!.page), messages: messagesFrom({ db }, begin) }
      after = own[0]!.page.id
    }
    if (new Set(rows.map((row) => row.page.id)).size < conversationsAtOnce) return
  }
}

/** The first messages, which are here, and those after them. */
async function* messagesFrom({ db }: Pick<Database, 'db'>, begin: MessageRow[]): AsyncGenerator<Message> {
  for (let rows = begin; ;) {
    yield* rows.map(toMessage)
    const last = rows.at(-1)
    if (!last || rows.length < messagesAtOnce) return
    rows = await db
      .select()
      .from(messages)
      .where(and(eq(messages.conversationId, last.conversationId), gt(messages.position, last.position)))
      .orderBy(asc(messages.position))
      .limit(messagesAtOnce)
  }
}
