import type { Conversation, Message } from '@jarvis/contracts/chat.ts'
import { and, asc, eq, getTableColumns, gt, lt, type SQL, sql } from 'drizzle-orm'
import type { Caller } from '#lib/caller.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, messages } from '#ports/database/tables.ts'
import { toConversation } from './conversation-list.ts'
import { toMessage } from './messages.ts'

type MessageRow = typeof messages.$inferSelect
/** A statement brings so many conversations, each with its first messages, up to a number and some bytes: these are the rows in memory. */
const conversationsAtOnce = 10
const messagesAtOnce = 50
const messageBytesAtOnce = 64 * 1024

/**
 * Everything a person said and was told, read as it is taken: a slow reader holds no connection, and never more than a few rows. What is
 * written meanwhile may be in it or not.
 */
export async function* exportConversations(
  { db }: Pick<Database, 'db'>,
  caller: Caller,
): AsyncGenerator<Conversation & { messages: AsyncIterable<Message> }> {
  const { pageAfter, messagesAfter } = statements(db)
  for (let after = nil; ;) {
    const rows = await pageAfter.execute({ userId: caller.userId, after })
    const pages = Map.groupBy(rows, (row) => row.page.id)
    for (const own of pages.values()) {
      yield { ...toConversation(own[0]!.page), messages: messagesFrom(own.flatMap((row) => row.first ?? [])) }
      after = own[0]!.page.id
    }
    if (pages.size < conversationsAtOnce) return
  }

  /** The first messages, which are here, and those after them. */
  async function* messagesFrom(begin: MessageRow[]): AsyncGenerator<Message> {
    for (let rows = begin; rows.length > 0;) {
      const { conversationId, position } = rows.at(-1)!
      for (const row of rows) yield toMessage(row)
      rows = await messagesAfter.execute({ conversationId, position })
    }
  }
}

/** Before every id. */
const nil = '00000000-0000-0000-0000-000000000000'

/** Made once for an export: to write them out anew for each page took a third of its time. */
function statements(db: Database['db']) {
  const page = db
    .select()
    .from(conversations)
    .where(and(eq(conversations.userId, sql.placeholder('userId')), gt(conversations.id, sql.placeholder('after'))))
    .orderBy(asc(conversations.id))
    .limit(conversationsAtOnce)
    .as('page')
  const first = messagesOf(db, eq(messages.conversationId, page.id))
  const pageAfter = db
    .select()
    .from(page)
    .leftJoinLateral(first, sql`true`)
    .orderBy(asc(page.id), asc(first.position))
    .prepare('')
  const further = messagesOf(
    db,
    and(eq(messages.conversationId, sql.placeholder('conversationId')), gt(messages.position, sql.placeholder('position'))),
  )
  const messagesAfter = db.select().from(further).orderBy(asc(further.position)).prepare('')
  return { pageAfter, messagesAfter }
}

/** The next messages, while those before them are not too long already; their lengths are known without reading them. */
function messagesOf(db: Database['db'], which: SQL | undefined) {
  const { content, context, parts, toolCalls, sources } = messages
  const bytes = sql`octet_length(${content}) + coalesce(octet_length(${context}), 0) + coalesce(pg_column_size(${parts}), 0) + pg_column_size(${toolCalls}) + pg_column_size(${sources})`
  const measured = db
    .select({
      ...getTableColumns(messages),
      bytesBefore: sql<number>`coalesce(sum(${bytes}) over (order by ${messages.position} rows between unbounded preceding and 1 preceding), 0)`.as(
        'bytes_before',
      ),
    })
    .from(messages)
    .where(which)
    .orderBy(asc(messages.position))
    .limit(messagesAtOnce)
    .as('measured')
  const { bytesBefore, ...row } = measured._.selectedFields
  return db.select(row).from(measured).where(lt(bytesBefore, messageBytesAtOnce)).as('first')
}
