import { index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt } from './columns.ts'
import { ownerId, users } from './people-tables.ts'

/** What administrators chose for everybody, by name; what was never chosen has no row. Its schema is that of its name. */
export const installationChoices = pgTable('installation_choices', {
  name: text().primaryKey(),
  value: jsonb().$type<unknown>().notNull(),
})

/** An administrator read what a person said. `conversationId` stays when the conversation goes; without one the list of them was read. */
export const wordsAccesses = pgTable(
  'words_accesses',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    actorId: uuid().references(() => users.id, { onDelete: 'set null' }),
    conversationId: uuid(),
    reason: text().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.userId, table.id), index().on(table.actorId)],
)

/** After how many days without use a person wants their conversations deleted. */
export const retentionWishes = pgTable('retention_wishes', { userId: ownerId().primaryKey(), conversationDays: integer() })
