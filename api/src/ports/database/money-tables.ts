import type { PlanId } from '@jarvis/contracts/plans.ts'
import type { Interval, SubscriptionStatus } from '@jarvis/contracts/billing.ts'
import { sql } from 'drizzle-orm'
import { bigint, bigserial, boolean, check, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { at, createdAt, microUsd, tokenCount } from './columns.ts'
import { organisations } from './organisation-tables.ts'
import { ownerId } from './people-tables.ts'

export type ChargeKind = 'answer' | 'embedding' | 'audio' | 'picture'
export type LedgerAccount = 'available' | 'reserved' | 'spent'

/** Whose counters a row of `budgets` holds. A member's bounds what one person may spend of an organisation's, a key's what a program may. */
export type ScopeKind = 'key' | 'person' | 'member' | 'organisation' | 'installation'

/** The installation's own row in `budgets`. */
export const installationScope = '00000000-0000-0000-0000-000000000000'

/**
 * Counters of what was spent and set aside in one billing cycle, by scope: only ever changed by one conditional statement, and equal to sums
 * over the ledger. A charge counts in each scope of its payer. The installation has a row only while it has a ceiling, for every model call of
 * everybody locks it, and counts money alone. A person who is erased keeps no row here, but an unknown payer does: a trigger on `users` sees to it.
 */
export const budgets = pgTable(
  'budgets',
  {
    /** A person's id in the row of a person, as release 0.1.0 has it. */
    scopeId: uuid('user_id').notNull(),
    cycleStartsAt: at().notNull(),
    kind: text().$type<ScopeKind>().notNull().default('person'),
    tokensUsed: tokenCount(),
    tokensReserved: tokenCount(),
    costMicroUsd: microUsd(),
    reservedMicroUsd: microUsd(),
  },
  (table) => [
    primaryKey({ columns: [table.scopeId, table.cycleStartsAt] }),
    check('budget_positive', sql`${table.tokensUsed} >= 0 and ${table.tokensReserved} >= 0 and ${table.costMicroUsd} >= 0`),
    check('budget_reserved_positive', sql`${table.reservedMicroUsd} >= 0`),
  ],
)

/** What an organisation, or one of its members, may use in a cycle; null is no limit. A person's limits follow from `users`. */
export const budgetScopes = pgTable('budget_scopes', {
  id: uuid().primaryKey(),
  kind: text().$type<ScopeKind>().notNull(),
  tokensPerCycle: bigint({ mode: 'number' }),
  ceilingMicroUsd: bigint({ mode: 'number' }),
  createdAt: createdAt(),
})

/** What holds for the whole installation; one row. */
export const installation = pgTable(
  'installation',
  { id: boolean().primaryKey().default(true), ceilingMicroUsd: bigint({ mode: 'number' }) },
  (table) => [check('installation_one_row', sql`${table.id}`)],
)

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
    payerId: uuid('user_id').notNull(),
    /** Null: the payer, who is a person. */
    actorId: uuid(),
    /** Null: the payer alone. */
    scopes: uuid().array(),
    cycleStartsAt: at().notNull(),
    kind: text().$type<ChargeKind>().notNull().default('answer'),
    model: text().notNull().default(''),
    /** Prompt and answer. */
    tokens: bigint({ mode: 'number' }).notNull(),
    outputTokens: tokenCount(),
    costMicroUsd: microUsd(),
    /** The call follows at once: should its end be lost, the provider bills it all the same. Release 0.1.0 sets aside long before. */
    isSent: boolean().notNull().default(false),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.runId)],
)

/**
 * Append-only, held by a trigger, and double-entry: each row moves tokens and money from one account of a person to another, so that it
 * balances by its shape. A reservation goes from available to reserved, its settlement on to spent and its refund back; what was used past
 * it goes from available to spent. An estimate is a settlement that no provider's figure stands behind. What is spent is what was paid for.
 */
export const ledger = pgTable(
  'ledger',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    payerId: uuid('user_id').notNull(),
    /** Null: the payer, who is a person. */
    actorId: uuid(),
    /** The budgets that it counts in, besides the installation's; null: the payer's alone. */
    scopes: uuid().array(),
    cycleStartsAt: at().notNull(),
    /** The transaction: one call of a model. */
    reservationId: uuid(),
    runId: uuid(),
    messageId: uuid(),
    conversationId: uuid(),
    kind: text().$type<ChargeKind>().notNull(),
    model: text().notNull(),
    entry: text().$type<'reservation' | 'settlement' | 'estimate' | 'refund' | 'excess'>().notNull().default('settlement'),
    debitAccount: text().$type<LedgerAccount>().notNull().default('available'),
    creditAccount: text().$type<LedgerAccount>().notNull().default('spent'),
    inputTokens: bigint({ mode: 'number' }).notNull(),
    outputTokens: bigint({ mode: 'number' }).notNull(),
    costMicroUsd: bigint({ mode: 'number' }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index().on(table.payerId, table.createdAt),
    index()
      .on(table.actorId)
      .where(sql`${table.actorId} is not null`),
    // Rows come in the order of time: a few bytes are enough to find a month of everybody.
    index().using('brin', table.createdAt),
    check(
      'ledger_accounts',
      sql`${table.debitAccount} <> ${table.creditAccount} and ${table.debitAccount} in ('available', 'reserved') and ${table.creditAccount} in ('available', 'reserved', 'spent')`,
    ),
    check('ledger_positive', sql`${table.inputTokens} >= 0 and ${table.outputTokens} >= 0 and ${table.costMicroUsd} >= 0`),
  ],
)

/** A customer at Stripe and what it is subscribed to, as it was when last asked for. Fetches are numbered, so that an older one never overwrites a newer. */
const ofCustomer = () => ({
  customerId: text().notNull().unique(),
  subscriptionId: text(),
  status: text().$type<SubscriptionStatus>().notNull().default('none'),
  /** What this gives now. */
  plan: text().$type<PlanId>().notNull().default('free'),
  priceId: text(),
  /** How many are paid for. */
  quantity: integer().notNull().default(1),
  interval: text().$type<Interval>(),
  /** Of one. */
  priceMicroUsd: bigint({ mode: 'number' }),
  currentPeriodEndsAt: at(),
  cancelAtPeriodEnd: boolean().notNull().default(false),
  trialEndsAt: at(),
  graceEndsAt: at(),
  fetchesStarted: bigint({ mode: 'number' }).notNull().default(0),
  fetchApplied: bigint({ mode: 'number' }).notNull().default(0),
  createdAt: createdAt(),
})

/** What each person pays for. */
export const subscriptions = pgTable('subscriptions', { userId: ownerId().primaryKey(), ...ofCustomer() }, (table) => [index().on(table.status)])

/** What each organisation pays for: as many seats as `quantity`. */
export const organisationSubscriptions = pgTable(
  'organisation_subscriptions',
  {
    organisationId: uuid()
      .primaryKey()
      .references(() => organisations.id, { onDelete: 'cascade' }),
    ...ofCustomer(),
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
