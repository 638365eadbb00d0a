import { index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { at, createdAt } from './columns.ts'
import { ownerId, users } from './people-tables.ts'

/** What an administrator tells everybody, from one time to another. */
export const announcements = pgTable(
  'announcements',
  {
    id: uuid().primaryKey(),
    text: text().notNull(),
    tone: text().$type<'info' | 'warning'>().notNull().default('info'),
    startsAt: createdAt(),
    endsAt: at(),
    createdBy: uuid().references(() => users.id, { onDelete: 'set null' }),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.endsAt), index().on(table.createdBy)],
)

/** What people accept before they go on, each version as it was. The highest is in force. An empty text asks nobody for anything. */
export const termsVersions = pgTable(
  'terms_versions',
  {
    version: integer().primaryKey(),
    text: text().notNull(),
    publishedBy: uuid().references(() => users.id, { onDelete: 'set null' }),
    publishedAt: createdAt(),
  },
  (table) => [index().on(table.publishedBy)],
)

/** Who accepted which, and when. */
export const termsAcceptances = pgTable(
  'terms_acceptances',
  {
    userId: ownerId(),
    version: integer()
      .notNull()
      .references(() => termsVersions.version, { onDelete: 'cascade' }),
    acceptedAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.version] }), index().on(table.version)],
)
