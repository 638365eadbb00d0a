import type { Failure } from '@jarvis/contracts/errors.ts'
import type { FileStatus } from '@jarvis/contracts/files.ts'
import { sql } from 'drizzle-orm'
import { bigint, index, integer, jsonb, pgTable, primaryKey, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core'
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
    /** Of a picture: the blob that models are shown. */
    shownKey: text(),
    status: text().$type<FileStatus>().notNull(),
    error: jsonb().$type<Failure>(),
    pages: integer(),
    /** Pages without text: they may be pictures. */
    emptyPages: integer().notNull().default(0),
    /** Of those that have to be seen, so many were looked at; null where none has to. */
    pagesSeen: integer(),
    pagesToSee: integer(),
    /** Who reads it says so again and again: a reader that is silent is dead. */
    claimedAt: timestamp({ withTimezone: true }),
    /** Where a page of the web was when it was kept. */
    url: text(),
    /** Whose vectors of its passages are in the vector store; empty: none yet. */
    encoder: text().notNull().default(''),
    createdAt: createdAt(),
  },
  (table) => [
    unique().on(table.userId, table.sha256),
    index().on(table.userId, table.id),
    index('files_unread')
      .on(table.createdAt)
      .where(sql`${table.status} = 'processing'`),
    index('files_by_encoder').on(table.encoder, table.id),
  ],
)

/** The text of a file in pieces, each once, in order; `userId` is the file's owner, whom each query names. */
export const filePassages = pgTable(
  'file_passages',
  {
    fileId: uuid()
      .notNull()
      .references(() => files.id, { onDelete: 'cascade' }),
    userId: ownerId(),
    position: integer().notNull(),
    /** Where it begins in the file's text, in UTF-16 units. */
    start: integer().notNull(),
    page: integer(),
    heading: text(),
    text: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.fileId, table.position] }), index().on(table.userId)],
)
