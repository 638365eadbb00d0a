import type { Failure } from '@jarvis/contracts/errors.ts'
import type { Import } from '@jarvis/contracts/imports.ts'
import { index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { at, createdAt } from './columns.ts'
import { ownerId } from './people-tables.ts'

const count = () => integer().notNull().default(0)

/** Conversations of another program that somebody brings. The file is a blob until it is read. */
export const imports = pgTable(
  'imports',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    name: text().notNull(),
    blobKey: text(),
    kind: text().$type<NonNullable<Import['kind']>>(),
    status: text().$type<Import['status']>().notNull().default('waiting'),
    total: count(),
    done: count(),
    added: count(),
    grown: count(),
    there: count(),
    messages: count(),
    skipped: jsonb().$type<Import['skipped']>().notNull().default([]),
    error: jsonb().$type<Failure>(),
    createdAt: createdAt(),
    endedAt: at(),
  },
  (table) => [index().on(table.userId, table.id)],
)
