import type { Failure } from '@jarvis/contracts/errors.ts'
import type { FileStatus } from '@jarvis/contracts/files.ts'
import { bigint, index, integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { createdAt } from './columns.ts'
import { ownerId } from './people-tables.ts'

/** What a person keeps; the bytes are a blob. The same bytes are one file. */
export const files = pgTable(
  'files',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    name: text().notNull(),
    mediaType: text().notNull(),
    bytes: bigint({ mode: 'number' }).notNull(),
    sha256: text().notNull(),
    blobKey: text().notNull(),
    status: text().$type<FileStatus>().notNull(),
    error: jsonb().$type<Failure>(),
    pages: integer(),
    createdAt: createdAt(),
  },
  (table) => [unique().on(table.userId, table.sha256), index().on(table.userId, table.id)],
)
