import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt } from './columns.ts'
import { ownerId } from './people-tables.ts'

/** A response of `/v1/responses` that its client wanted kept. JSON stands as text: clients may send what `jsonb` does not take. */
export const keptResponses = pgTable(
  'kept_responses',
  {
    /** `resp_…` */
    id: text().primaryKey(),
    userId: ownerId(),
    /** The response that this one went on from; it may be gone. */
    previousId: text(),
    /** Where the assistant answered. */
    conversationId: uuid(),
    /** The items of the request, each with an id. */
    input: text().notNull(),
    /** What was answered, as a model reads it. */
    said: text().notNull(),
    /** The response, as it was given. */
    answer: text().notNull(),
    bytes: integer().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.userId, table.createdAt), index().on(table.createdAt)],
)

/** What administrators chose for `/v1`; one row, or none. */
export const v1Settings = pgTable(
  'v1_settings',
  { id: boolean().primaryKey().default(true), cacheSharing: text().$type<'person' | 'all' | 'off'>().notNull() },
  (table) => [check('v1_settings_one_row', sql`${table.id}`)],
)
