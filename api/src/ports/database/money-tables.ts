import type { PlanId } from '@jarvis/contracts/plans.ts'
import type { Interval, SubscriptionStatus } from '@jarvis/contracts/billing.ts'
import { sql } from 'drizzle-orm'
import { bigint, bigserial, boolean, check, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { at, createdAt, microUsd, tokenCount } from './columns.ts'
import { ownerId } from './people-tables.ts'

export type ChargeKind = 'answer' | 'embedding'
export type LedgerAccount = 'available' | 'reserved' | 'spent'

/**
 * Counters of what a person has spent and set aside in one billing cycle: only ever changed by one conditional statement, and equal to
 * sums over the ledger. Whoever is erased keeps no row here, but an unknown payer does: a trigger on `users` sees to it, here and in the ledger.
 */
export const budgets = pgTable(
  'budgets',
  {
    userId: uuid().notNull(),
    cycleStartsAt: at().notNull(),
    tokensUsed: tokenCount(),
    tokensReserved: tokenCount(),
    costMicroUsd: microUsd(),
    reservedMicroUsd: microUsd(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.cycleStartsAt] }),
    check('budget_positive', sql`${table.tokensUsed} >= 0 and ${table.tokensReserved} >= 0 and ${table.costMicroUsd} >= 0`),
    check('budget_reserved_positive', sql`${table.reservedMicroUsd} >= 0`),
  ],
)

/** What holds for the whole installation; one row. */
export const installation = pgTable(
  'installation',
  { id: boolean().primaryKey().default(true), ceilingMicroUsd: bigint({ mode: 'number' }) },
  (table) => [check('installation_one_row', sql`${table.id}`)],
)

/** The sums of `budgets` by cycle, kept only while the installation has a ceiling: every model call of everybody locks this row. */
export const installationBudgets = pgTable('installation_budgets', {
  cycleStartsAt: at().primaryKey(),
  costMicroUsd: microUsd(),
  reservedMicroUsd: microUsd(),
})

/**
 * What is set aside for one call of a model before it is made; gone once it is settled or released. No run: an embedding. Two triggers enter
 * in the ledger what release 0.1.0 writes and deletes here.
 */
export const reservations = pgTable(
  'reservations',
  {
    id: uuid().primaryKey().defaultRandom(),
    runId: uuid(),
    attempt: integer().notNull().default(0),
    userId: uuid().notNull(),
    cycleStartsAt: at().notNull(),
    kind: text().$type<ChargeKind>().notNull().default('answer'),
    model: text().notNull().default(''),
    /** Prompt and answer. */
    tokens: bigint({ mode: 'number' }).notNull(),
    outputTokens: tokenCount(),
    costMicroUsd: microUsd(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.runId)],
)

/**
 * Append-only, held by a trigger, and double-entry: each row moves tokens and money from one account of a person to another, so that it
 * balances by its shape. A reservation goes from available to reserved, its settlement on to spent and its refund back; what was used past
 * it, or without one, goes from available to spent. What is spent is what was paid for.
 */
export const ledger = pgTable(
  'ledger',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    userId: uuid().notNull(),
    cycleStartsAt: at().notNull(),
    /** The transaction: one call of a model. */
    reservationId: uuid(),
    runId: uuid(),
    messageId: uuid(),
    conversationId: uuid(),
    kind: text().$type<ChargeKind>().notNull(),
    model: text().notNull(),
    entry: text().$type<'reservation' | 'settlement' | 'refund' | 'excess'>().notNull().default('settlement'),
    debitAccount: text().$type<LedgerAccount>().notNull().default('available'),
    creditAccount: text().$type<LedgerAccount>().notNull().default('spent'),
    inputTokens: bigint({ mode: 'number' }).notNull(),
    outputTokens: bigint({ mode: 'number' }).notNull(),
    costMicroUsd: bigint({ mode: 'number' }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index().on(table.userId, table.createdAt),
    // Rows come in the order of time: a few bytes are enough to find a month of everybody.
    index().using('brin', table.createdAt),
    check(
      'ledger_accounts',
      sql`${table.debitAccount} <> ${table.creditAccount} and ${table.debitAccount} in ('available', 'reserved') and ${table.creditAccount} in ('available', 'reserved', 'spent')`,
    ),
    check('ledger_positive', sql`${table.inputTokens} >= 0 and ${table.outputTokens} >= 0 and ${table.costMicroUsd} >= 0`),
  ],
)

/**
 * Each person's customer at Stripe and what it is subscribed to, as it was when last asked for. `plan` is what this gives now.
 * Fetches are numbered, so that an older one never overwrites a newer.
 */
export const subscriptions = pgTable(
  'subscriptions',
  {
    userId: ownerId().primaryKey(),
    customerId: text().notNull().unique(),
    subscriptionId: text(),
    status: text().$type<SubscriptionStatus>().notNull().default('none'),
    plan: text().$type<PlanId>().notNull().default('free'),
    priceId: text(),
    interval: text().$type<Interval>(),
    priceMicroUsd: bigint({ mode: 'number' }),
    currentPeriodEndsAt: at(),
    cancelAtPeriodEnd: boolean().notNull().default(false),
    trialEndsAt: at(),
    graceEndsAt: at(),
    fetchesStarted: bigint({ mode: 'number' }).notNull().default(0),
    fetchApplied: bigint({ mode: 'number' }).notNull().default(0),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.status)],
)

/** Events of Stripe that were applied; kept for longer than Stripe repeats them. */
export const stripeEvents = pgTable('stripe_events', { id: text().primaryKey(), type: text().notNull(), receivedAt: createdAt() }, (table) => [
  index().on(table.receivedAt),
])

/** Customers of people who were erased: nothing of them but the number by which their subscription is ended, and later events known. */
export const formerCustomers = pgTable(
  'former_customers',
  {
    customerId: text().primaryKey(),
    endedAt: at(),
    attempts: integer().notNull().default(0),
    nextAttemptAt: createdAt(),
    createdAt: createdAt(),
  },
  (table) => [
    index()
      .on(table.nextAttemptAt)
      .where(sql`${table.endedAt} is null`),
  ],
)
