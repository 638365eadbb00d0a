import type { MemoryOrigin } from '@jarvis/contracts/memory.ts'
import { boolean, index, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { at, createdAt } from './columns.ts'
import { ownerId } from './people-tables.ts'

/** What Jarvis remembers of people. `digest` is of the normalised text: the same text of one person is one memory. */
export const memories = pgTable(
  'memories',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    text: text().notNull(),
    digest: text().notNull(),
    origin: text().$type<MemoryOrigin>().notNull(),
    /** The person said so of one that is not their own. */
    trusted: boolean().notNull().default(false),
    /** Where it was said; it may outlive the conversation. */
    conversationId: uuid(),
    createdAt: createdAt(),
    /** In milliseconds, as programs compare it. */
    updatedAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
    /** Whose vector of it is in the vector store; empty: none yet. */
    encoder: text().notNull().default(''),
    /** The message that it was said in, which may be gone, and the sentence of it. */
    messageId: uuid(),
    source: text(),
    /** What it is about, in a word or two; empty where nobody said. */
    subject: text().notNull().default(''),
    /** The year, month, day or span of days that it speaks of, as ISO 8601 has them. */
    happened: text(),
    /** What replaced it, and when. It is kept as the history of that one. */
    successorId: uuid(),
    closedAt: at(),
  },
  (table) => [
    uniqueIndex().on(table.userId, table.digest),
    index().on(table.userId, table.createdAt, table.id),
    index().on(table.userId, table.updatedAt, table.id),
    index().on(table.encoder),
    index().on(table.successorId),
    index().on(table.userId, table.conversationId),
    index().on(table.messageId),
  ],
)

/**
 * What is known of a person's memory as a whole. `movedAt`: what versions before stored of theirs is in `memories`. `turnsDoneAt`: nothing that was
 * said before is to be brought into `memory_turns` any more; until then all conversations from `turnsFrom` on are in it, the newest first.
 */
export const memoryPeople = pgTable('memory_people', { userId: ownerId().primaryKey(), movedAt: at(), turnsFrom: uuid(), turnsDoneAt: at() })
