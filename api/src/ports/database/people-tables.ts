import type { MemoryUse } from '@jarvis/contracts/accounts.ts'
import type { KeyScope } from '@jarvis/contracts/api-keys.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import type { Subscription } from '@jarvis/contracts/billing.ts'
import { sql } from 'drizzle-orm'
import { bigint, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { at, createdAt } from './columns.ts'

export const ownerId = () =>
  uuid()
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' })

export const users = pgTable('users', {
  id: uuid().primaryKey(),
  /** Lower case, so that one address is one account. */
  email: text().notNull().unique(),
  name: text().notNull(),
  passwordHash: text().notNull(),
  role: text().$type<Role>().notNull(),
  plan: text().$type<PlanId>().notNull().default('free'),
  /** Who gave the plan: a subscription, or an administrator by hand. */
  planSource: text().$type<Subscription['source']>().notNull().default('none'),
  /** What this person may spend in a calendar month; null is no ceiling of their own. */
  ceilingMicroUsd: bigint({ mode: 'number' }),
  disabledAt: at(),
  /** Whether what they say is remembered, and what is remembered is used. */
  memory: text().$type<MemoryUse>().notNull().default('on'),
  /** What this person wishes for each answer, in their own words. */
  instructions: text().notNull().default(''),
  createdAt: createdAt(),
})

/** A sign-in on one device; the family of its refresh tokens. */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    userAgent: text().notNull(),
    address: text().notNull(),
    createdAt: createdAt(),
    lastSeenAt: createdAt(),
    revokedAt: at(),
  },
  (table) => [index().on(table.userId)],
)

export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    tokenHash: text().primaryKey(),
    sessionId: uuid()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    expiresAt: at().notNull(),
    usedAt: at(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.sessionId), index().on(table.expiresAt)],
)

/** Secrets that stand for a person in programs. Only their hash is kept; `prefix` is for people to tell them apart. */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    name: text().notNull(),
    prefix: text().notNull(),
    secretHash: text().notNull().unique(),
    requestsPerMinute: integer(),
    /** Keys that were made before there were scopes could do all of this. */
    scopes: text()
      .array()
      .$type<KeyScope[]>()
      .notNull()
      .default(sql`'{chat,v1,memory,files,tools}'`),
    models: text().array(),
    budgetMicroUsd: bigint({ mode: 'number' }),
    expiresAt: at(),
    lastUsedAt: at(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.userId)],
)
