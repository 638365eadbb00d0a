import type { MemoryUse } from '@jarvis/contracts/accounts.ts'
import type { KeyScope } from '@jarvis/contracts/api-keys.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import type { Subscription } from '@jarvis/contracts/billing.ts'
import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { at, createdAt } from './columns.ts'

export const ownerId = () =>
  uuid()
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' })

/** What stands for the address of somebody who has shown none: no address is like it, so nothing that looks for one finds it. */
export const noAddress = 'provisional:'

export const users = pgTable(
  'users',
  {
    id: uuid().primaryKey(),
    /** Lower case, so that one address is one account; `noAddress` and the id while the account is provisional. */
    email: text().notNull().unique(),
    name: text().notNull(),
    passwordHash: text().notNull(),
    role: text().$type<Role>().notNull(),
    plan: text().$type<PlanId>().notNull().default('free'),
    /** Who gave the plan: a subscription, or an administrator by hand. */
    planSource: text().$type<Subscription['source']>().notNull().default('none'),
    /** What a seat in an organisation gives beside the plan of their own: the better of the two holds. */
    seatPlan: text().$type<PlanId>(),
    /** What this person may spend in a calendar month; null is no ceiling of their own. */
    ceilingMicroUsd: bigint({ mode: 'number' }),
    disabledAt: at(),
    /** The address at which the person showed that they read what is sent there: `email` is verified while it is the same. */
    verifiedEmail: text(),
    /** The address that a provisional account gave, be it somebody else’s; null once a letter showed whose it is. Many may claim one. */
    claimedEmail: text(),
    /** The address that this one is to be replaced by, once it is confirmed where it has to be. */
    pendingEmail: jsonb().$type<PendingEmail>(),
    /** Since when the password is refused until a new one is set, as an administrator wished; null where it is not. */
    passwordEndedAt: at(),
    /** Whether what they say is remembered, and what is remembered is used. */
    memory: text().$type<MemoryUse>().notNull().default('on'),
    /** What this person wishes for each answer, in their own words. */
    instructions: text().notNull().default(''),
    /** The language of the page, as a tag; null is what the browser asks for. */
    language: text(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.claimedEmail)],
)

/** `waitsFor` are the addresses that have yet to agree: the one before, the next one. */
export type PendingEmail = { address: string; waitsFor: ('old' | 'new')[]; expiresAt: string }

/** What a link of a letter is good for. */
export type ProofPurpose = 'password_reset' | 'email_verify' | 'email_change_old' | 'email_change_new'

/** Secrets of links, each good for one thing, once. Only their hash is kept. */
export const oneTimeTokens = pgTable(
  'one_time_tokens',
  {
    tokenHash: text().primaryKey(),
    purpose: text().$type<ProofPurpose>().notNull(),
    userId: ownerId(),
    /** The address that it was made for: the link ends when the account has another. */
    email: text().notNull(),
    /** Sent to the address, so that who has it reads what is sent there; else handed over by an administrator. */
    isMailed: boolean().notNull(),
    createdAt: createdAt(),
    expiresAt: at().notNull(),
  },
  // A new one takes the place of the one before.
  (table) => [unique().on(table.userId, table.purpose), index().on(table.expiresAt)],
)

/** A door that somebody holds open for one person. `createdBy` is the administrator who did; null: the operator, or the person's own wish. */
export const invitations = pgTable(
  'invitations',
  {
    id: uuid().primaryKey(),
    /** Null until the letter is sent. */
    tokenHash: text().unique(),
    email: text(),
    role: text().$type<Role>().notNull(),
    plan: text().$type<PlanId>().notNull(),
    isMailed: boolean().notNull(),
    /** Asked for by who is to come, where people register by letter. */
    isAsked: boolean().notNull().default(false),
    createdBy: uuid().references(() => users.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
    expiresAt: at().notNull(),
    acceptedAt: at(),
    acceptedBy: uuid().references(() => users.id, { onDelete: 'cascade' }),
  },
  (table) => [index().on(table.email), index().on(table.createdBy), index().on(table.acceptedBy)],
)

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
    /** When the person last showed here that it is they; null: when it was opened. */
    authenticatedAt: at(),
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
