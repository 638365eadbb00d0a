import type { Erased } from '@jarvis/contracts/erasures.ts'
import type { PlanId } from '@jarvis/contracts/plans.ts'
import { bigint, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { sql } from 'drizzle-orm'
import { at, createdAt } from './columns.ts'
import { users } from './people-tables.ts'

/**
 * A person who is being erased, or was: written first, and from then on triggers refuse new sessions, keys, runs, schedules and collections
 * of theirs. It names nobody once the rows are gone, and is kept for as long as late work of theirs may still come.
 */
export const erasures = pgTable(
  'erasures',
  {
    userId: uuid().primaryKey(),
    startedAt: createdAt(),
    rowsGoneAt: at(),
    finishedAt: at(),
    nextAttemptAt: createdAt(),
    /** How many rows and things were removed where: no more than numbers. */
    removed: jsonb().$type<Erased[]>().notNull().default([]),
  },
  (table) => [
    index()
      .on(table.nextAttemptAt)
      .where(sql`${table.rowsGoneAt} is null`),
    index().on(table.finishedAt),
  ],
)

/** What of an erased person is still in a store outside of this database; a row goes when it is done. */
export const erasureSteps = pgTable(
  'erasure_steps',
  {
    userId: uuid()
      .notNull()
      .references(() => erasures.userId, { onDelete: 'cascade' }),
    store: text().notNull(),
    /** What to remove there, by the names that the store knows. */
    keys: jsonb().$type<string[]>().notNull(),
    attempts: integer().notNull().default(0),
    nextAttemptAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.store] }), index().on(table.nextAttemptAt)],
)

/** Whose memories a collection of the vector store holds. Written before the collection is made, and gone after it is. */
export const memoryCollections = pgTable(
  'memory_collections',
  { name: text().primaryKey(), userId: uuid().notNull(), createdAt: createdAt() },
  (table) => [index().on(table.userId)],
)

/** Jobs that are due at a time: once (`at`), every so many seconds, or by a cron pattern in a time zone. No person: of the installation. */
export const schedules = pgTable(
  'schedules',
  {
    id: text().primaryKey(),
    job: text().notNull(),
    payload: jsonb().$type<unknown>(),
    userId: uuid().references(() => users.id, { onDelete: 'cascade' }),
    everySeconds: integer(),
    cron: text(),
    zone: text(),
    nextAt: at().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.nextAt), index().on(table.userId)],
)

/** How each attempt at a backup ended. */
export const backups = pgTable(
  'backups',
  {
    name: text().primaryKey(),
    /** The moment it is of. */
    beganAt: at().notNull(),
    tookMs: integer().notNull().default(0),
    bytes: bigint({ mode: 'number' }).notNull().default(0),
    rows: bigint({ mode: 'number' }).notNull().default(0),
    sha256: text(),
    /** Why there is none; null when it was read back whole. */
    failure: text(),
  },
  (table) => [index().on(table.beganAt)],
)

/** When each line of the retention table was last swept, and how much it has removed since the first time. */
export const sweeps = pgTable('sweeps', {
  what: text().primaryKey(),
  sweptAt: at(),
  tookMs: integer().notNull().default(0),
  removed: bigint({ mode: 'number' }).notNull().default(0),
  /** Why the last try failed; null when it did not. */
  failure: text(),
})

/** Providers that administrators have added. `sealedKey` is a box of `lib/sealed-box.ts`, which names the row's id. */
export const modelProviders = pgTable('model_providers', {
  id: text().primaryKey(),
  name: text().notNull(),
  kind: text().$type<'openai' | 'azure' | 'anthropic' | 'google'>().notNull(),
  baseUrl: text().notNull(),
  apiVersion: text(),
  sealedKey: text(),
  createdAt: createdAt(),
})

/** Models that administrators have chosen at those providers. `entry` is as MODELS_FILE has one. */
export const chosenModels = pgTable(
  'chosen_models',
  {
    id: text().primaryKey(),
    providerId: text()
      .notNull()
      .references(() => modelProviders.id, { onDelete: 'cascade' }),
    entry: jsonb().$type<unknown>().notNull(),
    standardFor: jsonb().$type<PlanId[]>().notNull().default([]),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.providerId)],
)

/** How a model at an address wants to be asked, as its refusals taught it. `place` is kind, address and name. */
export const modelLessons = pgTable('model_lessons', {
  place: text().primaryKey(),
  id: uuid().notNull().unique(),
  lesson: jsonb().$type<Record<string, string | number | boolean>>().notNull(),
  learnedAt: createdAt(),
})
