import type { MessageStatus, RecalledMemory, RouteValue, RunStatus, Source, ToolCall, Usage } from '@jarvis/contracts/chat.ts'
import type { ErrorCode } from '@jarvis/contracts/errors.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { sql } from 'drizzle-orm'
import { bigint, bigserial, check, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core'
import type { RunStep } from '#lib/run-step.ts'

/** The whole data model on one page. Times are UTC; money is integer micro-US-dollars; ids are UUIDv7 made by us, message ids by the client. */

const at = () => timestamp({ withTimezone: true })
const createdAt = () => at().notNull().defaultNow()
const ownerId = () =>
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
  disabledAt: at(),
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

export const conversations = pgTable(
  'conversations',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    title: text().notNull().default(''),
    archivedAt: at(),
    createdAt: createdAt(),
    updatedAt: createdAt(),
  },
  (table) => [index().on(table.userId, table.updatedAt, table.id)],
)

/** A tree per conversation: `position` orders siblings and the list, `parentId` makes the branches. */
export const messages = pgTable(
  'messages',
  {
    id: uuid().primaryKey(),
    conversationId: uuid()
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    parentId: uuid(),
    runId: uuid(),
    position: bigserial({ mode: 'number' }).notNull(),
    role: text().$type<'user' | 'assistant'>().notNull(),
    content: text().notNull(),
    status: text().$type<MessageStatus>().notNull(),
    model: text(),
    usage: jsonb().$type<Usage>(),
    toolCalls: jsonb().$type<ToolCall[]>().notNull().default([]),
    sources: jsonb().$type<Source[]>().notNull().default([]),
    route: jsonb().$type<RouteValue>(),
    memories: jsonb().$type<RecalledMemory[]>().notNull().default([]),
    error: jsonb().$type<{ code: ErrorCode; detail: string }>(),
    createdAt: createdAt(),
  },
  (table) => [
    unique().on(table.conversationId, table.id),
    foreignKey({ columns: [table.conversationId, table.parentId], foreignColumns: [table.conversationId, table.id] }).onDelete('cascade'),
    index().on(table.conversationId, table.position),
  ],
)

/** The queue and the state of every run. Whoever holds the lease, in its newest `attempt`, is the only one who may write. */
export const runs = pgTable(
  'runs',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    conversationId: uuid()
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    messageId: uuid().notNull().unique(),
    assistantMessageId: uuid().notNull(),
    position: bigserial({ mode: 'number' }).notNull(),
    status: text().$type<RunStatus>().notNull().default('queued'),
    requestedModel: text(),
    requestedTools: jsonb().$type<string[]>(),
    model: text(),
    routeReason: text(),
    errorCode: text().$type<ErrorCode>(),
    attempt: integer().notNull().default(0),
    /** The number of its last event, once its log has an end: who has seen that has seen all. */
    lastSeq: bigint({ mode: 'number' }),
    leaseOwner: text(),
    leaseUntil: at(),
    cancelRequestedAt: at(),
    createdAt: createdAt(),
    finishedAt: at(),
  },
  (table) => [
    index().on(table.status, table.position),
    index().on(table.conversationId, table.position),
    index().on(table.userId),
    // Only runs at work and those whose log has no end yet hold a lease.
    index()
      .on(table.leaseUntil)
      .where(sql`${table.leaseUntil} is not null`),
    check('run_status', sql`${table.status} in ('queued', 'running', 'succeeded', 'cancelled', 'failed')`),
  ],
)

/**
 * What a run has finished so far, so that another attempt goes on from there: model calls that asked for tools, tool results, and,
 * before a tool that changes something outside, the note that it is about to act.
 */
export const runSteps = pgTable(
  'run_steps',
  {
    runId: uuid()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    position: integer().notNull(),
    step: jsonb().$type<RunStep>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.position] })],
)

/** What a user may still spend in one billing cycle: only ever changed by one conditional statement. */
export const budgets = pgTable(
  'budgets',
  {
    userId: ownerId(),
    cycleStartsAt: at().notNull(),
    tokensUsed: bigint({ mode: 'number' }).notNull().default(0),
    tokensReserved: bigint({ mode: 'number' }).notNull().default(0),
    costMicroUsd: bigint({ mode: 'number' }).notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.cycleStartsAt] }),
    check('budget_positive', sql`${table.tokensUsed} >= 0 and ${table.tokensReserved} >= 0 and ${table.costMicroUsd} >= 0`),
  ],
)

/** What is set aside for a run before its model is called; gone once it is settled or released. */
export const reservations = pgTable('reservations', {
  runId: uuid().primaryKey(),
  userId: ownerId(),
  cycleStartsAt: at().notNull(),
  tokens: bigint({ mode: 'number' }).notNull(),
  createdAt: createdAt(),
})

/** Append-only: one row for each thing that was paid for. `kind` says whether it was an answer or an embedding. */
export const ledger = pgTable(
  'ledger',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    userId: ownerId(),
    cycleStartsAt: at().notNull(),
    runId: uuid(),
    conversationId: uuid(),
    kind: text().$type<'answer' | 'embedding'>().notNull(),
    model: text().notNull(),
    inputTokens: bigint({ mode: 'number' }).notNull(),
    outputTokens: bigint({ mode: 'number' }).notNull(),
    costMicroUsd: bigint({ mode: 'number' }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.userId, table.createdAt)],
)

/** What this installation made once for itself and must never lose, such as the key that names the memory collections. */
export const keptSecrets = pgTable('kept_secrets', { name: text().primaryKey(), value: text().notNull(), createdAt: createdAt() })

/** Security events, each row chained to the one before by `hash`, so that a changed or missing row shows. */
export const audit = pgTable(
  'audit',
  {
    id: bigint({ mode: 'number' }).primaryKey(),
    at: at().notNull(),
    action: text().notNull(),
    actorId: uuid(),
    target: text(),
    address: text(),
    requestId: text(),
    details: jsonb().$type<Record<string, string | number | boolean | null>>().notNull(),
    hash: text().notNull(),
  },
  (table) => [index().on(table.actorId), index().on(table.at)],
)

/** The first answer to each `Idempotency-Key`, kept for a day. `status` is null while that first request is still at work. */
export const idempotentAnswers = pgTable(
  'idempotent_answers',
  {
    userId: ownerId(),
    key: text().notNull(),
    request: text().notNull(),
    status: integer(),
    body: text(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.key] }), index().on(table.createdAt)],
)
