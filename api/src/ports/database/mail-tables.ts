import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { at, createdAt } from './columns.ts'
import { users } from './people-tables.ts'

/** Letters that wait to be sent; written in the transaction of what they are about. No secret is in them: links are made when they are sent. */
export const letters = pgTable(
  'letters',
  {
    id: uuid().primaryKey(),
    kind: text().notNull(),
    /** Whom it is about; null where that is found out when it is sent, or there is nobody yet. */
    userId: uuid().references(() => users.id, { onDelete: 'cascade' }),
    address: text().notNull(),
    params: jsonb().$type<Record<string, string>>().notNull().default({}),
    createdAt: createdAt(),
    /** When the queue is asked once more, if it is still there. */
    dueAt: at().notNull(),
  },
  (table) => [index().on(table.dueAt), index().on(table.userId), index().on(table.address)],
)
