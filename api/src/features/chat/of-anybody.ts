import type { Conversation, Message } from '@jarvis/contracts/chat.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, desc, eq, lt, not } from 'drizzle-orm'
import { cursorOf, idOfCursor } from '#lib/cursor.ts'
import type { Transaction } from '#ports/database/index.ts'
import { conversations } from '#ports/database/tables.ts'
import { toConversation } from './conversation-list.ts'
import { noConversation } from './conversations.ts'
import { messagePage } from './messages.ts'

type Asked = { limit: number; cursor?: string | undefined }

/**
 * Conversations whosever they are. Who may ask is decided, and recorded, by who calls this, in the same transaction. Temporary ones are nobody's to read.
 */
export const ofAnybody = {
  /** @throws not_found */
  async find(tx: Pick<Transaction, 'select'>, id: string): Promise<{ userId: string; conversation: Conversation }> {
    const [row] = await tx
      .select()
      .from(conversations)
      .where(and(eq(conversations.id, id), not(conversations.temporary)))
    if (!row) throw noConversation()
    return { userId: row.userId, conversation: toConversation(row) }
  },

  messages: (tx: Transaction, id: string, asked: Asked): Promise<Page<Message>> => messagePage({ db: tx }, id, asked),

  /** The newest first, archived ones too. @throws invalid_request */
  async list(tx: Pick<Transaction, 'select'>, userId: string, { limit, cursor }: Asked): Promise<Page<Conversation>> {
    const rows = await tx
      .select()
      .from(conversations)
      .where(
        and(
          eq(conversations.userId, userId),
          not(conversations.temporary),
          cursor === undefined ? undefined : lt(conversations.id, idOfCursor('of_anybody', cursor)),
        ),
      )
      .orderBy(desc(conversations.id))
      .limit(limit + 1)
    const items = rows.slice(0, limit).map(toConversation)
    return { items, nextCursor: rows.length > limit ? cursorOf('of_anybody', items.at(-1)!.id) : null }
  },
}
