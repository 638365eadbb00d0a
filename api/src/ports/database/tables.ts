import type { ApprovalPolicy, Interrupt } from '@jarvis/contracts/approvals.ts'
import type {
  Citation,
  Effort,
  Feedback,
  FinishReason,
  GivenFile,
  MessageStatus,
  RecalledMemory,
  RouteValue,
  RunStatus,
  Source,
  TurnSpeaker,
  Usage,
} from '@jarvis/contracts/chat.ts'
import type { StoredPart, ToolCall } from '@jarvis/contracts/parts.ts'
import type { ErrorCode, Failure } from '@jarvis/contracts/errors.ts'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  bigserial,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import type { SharedMessage } from '@jarvis/contracts/shares.ts'
import type { RunStep } from '#lib/run-step.ts'
import { at, bytes, createdAt } from './columns.ts'
import { ownerId } from './people-tables.ts'

export * from './audit-tables.ts'
export * from './factor-tables.ts'
export * from './scim-tables.ts'
export * from './file-tables.ts'
export * from './identity-tables.ts'
export * from './import-tables.ts'
export * from './mail-tables.ts'
export * from './memory-tables.ts'
export * from './money-tables.ts'
export * from './notice-tables.ts'
export * from './organisation-tables.ts'
export * from './people-tables.ts'
export * from './privacy-tables.ts'
export * from './prompt-tables.ts'
export * from './push-tables.ts'
export * from './upkeep-tables.ts'
export * from './v1-tables.ts'

/** The whole data model, with people and money beside it. Ids are UUIDv7 made by us, message ids by the client. */

/** Conversations that belong together, with what holds for each of them. */
export const folders = pgTable(
  'folders',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    name: text().notNull(),
    instructions: text().notNull().default(''),
    /** A program wrote them, with an API key: to its person they are text from outside. */
    instructionsViaKey: boolean().notNull().default(false),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.userId, table.name, table.id)],
)

export const conversations = pgTable(
  'conversations',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    title: text().notNull().default(''),
    /** Jarvis made the title, and may make a better one: nobody has named the conversation. */
    titleIsMade: boolean().notNull().default(false),
    /** In no list and in no memory, and gone when it is left, or a day later. */
    temporary: boolean().notNull().default(false),
    /** What the person wishes for this conversation. */
    instructions: text().notNull().default(''),
    instructionsViaKey: boolean().notNull().default(false),
    archivedAt: at(),
    pinnedAt: at(),
    folderId: uuid().references(() => folders.id, { onDelete: 'set null' }),
    /** The message whose branch is shown; null where it is the newest one's. */
    leafId: uuid(),
    createdAt: createdAt(),
    updatedAt: createdAt(),
  },
  (table) => [
    index().on(table.userId, table.updatedAt, table.id),
    index('conversations_current')
      .on(table.userId, table.updatedAt, table.id)
      .where(sql`${table.archivedAt} is null`),
    index('conversations_archived')
      .on(table.userId, table.updatedAt, table.id)
      .where(sql`${table.archivedAt} is not null`),
    index('conversations_user_id').on(table.userId, table.id),
    index('conversations_pinned')
      .on(table.userId, table.updatedAt, table.id)
      .where(sql`${table.pinnedAt} is not null`),
    index('conversations_folder')
      .on(table.folderId, table.updatedAt, table.id)
      .where(sql`${table.folderId} is not null`),
    index('conversations_temporary')
      .on(table.updatedAt)
      .where(sql`${table.temporary}`),
  ],
)

/** A tree per conversation: `position` orders siblings and the list, `parentId` makes the branches. Migration 0016 has the indexes of the search. */
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
    /** The order of its parts, and those that `content` and `toolCalls` have no place for; null where these say it all. */
    parts: jsonb().$type<StoredPart[]>(),
    finishReason: text().$type<FinishReason>(),
    /** What the person thought of it. */
    feedback: jsonb().$type<Feedback>(),
    status: text().$type<MessageStatus>().notNull(),
    model: text(),
    usage: jsonb().$type<Usage>(),
    toolCalls: jsonb().$type<ToolCall[]>().notNull().default([]),
    sources: jsonb().$type<Source[]>().notNull().default([]),
    /** What the numbers of an answer lead to, and the files that it was made with; null for none. */
    citations: jsonb().$type<Citation[]>(),
    files: jsonb().$type<GivenFile[]>(),
    route: jsonb().$type<RouteValue>(),
    memories: jsonb().$type<RecalledMemory[]>().notNull().default([]),
    interrupts: jsonb().$type<Interrupt[]>().notNull().default([]),
    /** Where the untrusted text came from that this answer was made under; it outlives the window that showed it. */
    taint: text(),
    /** `detail` counts only where the catalogue has no sentence for `params`, and for version 0.1.0. */
    error: jsonb().$type<Failure>(),
    /** Sent by a program with an API key: in a person's own run it is text from outside. */
    viaKey: boolean().notNull().default(false),
    /** What an application put beside a question: text from outside. */
    context: text(),
    createdAt: createdAt(),
  },
  (table) => [
    unique().on(table.conversationId, table.id),
    foreignKey({ columns: [table.conversationId, table.parentId], foreignColumns: [table.conversationId, table.id] }).onDelete('cascade'),
    index().on(table.conversationId, table.position),
    index()
      .on(table.conversationId)
      .where(sql`${table.status} = 'waiting'`),
    index('messages_rated')
      .on(table.model)
      .where(sql`${table.feedback} is not null`),
  ],
)

/** A copy of a branch, as it was, for anybody who has its link; the link's secret is kept as a hash. */
export const conversationShares = pgTable(
  'conversation_shares',
  {
    id: uuid().primaryKey(),
    conversationId: uuid()
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    userId: ownerId(),
    tokenHash: text().notNull().unique(),
    title: text().notNull(),
    messages: jsonb().$type<SharedMessage[]>().notNull(),
    createdAt: createdAt(),
    expiresAt: at(),
  },
  (table) => [unique().on(table.conversationId)],
)

/** What was said in conversations, in pieces, to be found again. A row never changes, and goes with its message. */
export const memoryTurns = pgTable(
  'memory_turns',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    conversationId: uuid().notNull(),
    messageId: uuid()
      .notNull()
      .references(() => messages.id, { onDelete: 'cascade' }),
    /** The piece's number in its message. */
    place: integer().notNull(),
    /** The question that it answers, or is a piece of. */
    questionId: uuid().notNull(),
    speaker: text().$type<TurnSpeaker>().notNull(),
    /** Which tool returned it. */
    tool: text(),
    text: text().notNull(),
    /** Neither from outside, nor said under text from outside, nor sent with an API key. */
    trusted: boolean().notNull(),
    /** Where the text from outside came from. */
    taint: text(),
    saidAt: at().notNull(),
    /** In milliseconds, as programs compare it. */
    keptAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
    /** As of a memory; null: it is not to have a vector. */
    encoder: text().default(''),
  },
  (table) => [
    unique().on(table.messageId, table.place),
    index().on(table.userId, table.keptAt, table.id),
    index().on(table.userId, table.conversationId),
    index().on(table.questionId),
    index().on(table.encoder, table.id),
  ],
)

/** What was said up to a message, in few words: what the model reads instead of messages that no longer fit. `taint` as in a message. */
export const conversationSummaries = pgTable(
  'conversation_summaries',
  {
    conversationId: uuid().notNull(),
    messageId: uuid().notNull(),
    text: text().notNull(),
    taint: text(),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.conversationId, table.messageId] }),
    foreignKey({ columns: [table.conversationId, table.messageId], foreignColumns: [messages.conversationId, messages.id] }).onDelete('cascade'),
  ],
)

/** The queue and the state of every run. Only the newest `attempt`, which holds the lease, may write. */
export const runs = pgTable(
  'runs',
  {
    id: uuid().primaryKey(),
    /** What the run does; the feature that registered the kind runs it. */
    kind: text().notNull().default('answer'),
    userId: ownerId(),
    conversationId: uuid()
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    messageId: uuid().notNull(),
    assistantMessageId: uuid().notNull(),
    position: bigserial({ mode: 'number' }).notNull(),
    status: text().$type<RunStatus>().notNull().default('queued'),
    /** The API key that asked for it, if one did. */
    apiKeyId: uuid(),
    requestedModel: text(),
    requestedTools: jsonb().$type<string[]>(),
    requestedEffort: text().$type<Effort>(),
    model: text(),
    routeReason: text(),
    errorCode: text().$type<ErrorCode>(),
    attempt: integer().notNull().default(0),
    /** The number of its last event, once its log has an end: who has seen that has seen all. */
    lastSeq: bigint({ mode: 'number' }),
    leaseOwner: text(),
    leaseUntil: at(),
    /** How often its process died, how often it outlived its lease in a process that lived on, and how often it broke off for a reason nobody foresaw. */
    losses: integer().notNull().default(0),
    hangs: integer().notNull().default(0),
    breaks: integer().notNull().default(0),
    cancelRequestedAt: at(),
    /** The run that paused for a person and that this one goes on from; `taskId` is the first of the chain. */
    resumes: uuid().unique(),
    taskId: uuid(),
    /** Of the request that asked for it: the log's lines of one turn have it in every process. */
    requestId: text(),
    /** The span of that request, as a traceparent: the worker's spans are below it, in whatever process. */
    trace: text(),
    createdAt: createdAt(),
    finishedAt: at(),
  },
  (table) => [
    index().on(table.messageId),
    index().on(table.status, table.position),
    index().on(table.conversationId, table.position),
    index().on(table.userId),
    // Only runs at work and those whose log has no end yet hold a lease.
    index()
      .on(table.leaseUntil)
      .where(sql`${table.leaseUntil} is not null`),
    check('run_status', sql`${table.status} in ('queued', 'running', 'interrupted', 'succeeded', 'cancelled', 'failed')`),
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

/** What each person chose for a tool, and the loosest that an administrator lets anyone choose; no row is the tool's own default. */
export const toolPolicies = pgTable(
  'tool_policies',
  { userId: ownerId(), tool: text().notNull(), policy: text().$type<ApprovalPolicy>().notNull() },
  (table) => [primaryKey({ columns: [table.userId, table.tool] })],
)
export const toolFloors = pgTable('tool_floors', { tool: text().primaryKey(), loosest: text().$type<ApprovalPolicy>().notNull() })

/** "For this conversation": a person need not be asked again for a tool, as long as nothing untrusted is in the run. */
export const standingApprovals = pgTable(
  'standing_approvals',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    conversationId: uuid()
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    tool: text().notNull(),
    createdAt: createdAt(),
  },
  (table) => [unique().on(table.userId, table.conversationId, table.tool)],
)

/** What this installation made once for itself and must never lose, such as the key that names the memory collections. */
export const keptSecrets = pgTable('kept_secrets', { name: text().primaryKey(), value: text().notNull(), createdAt: createdAt() })

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

/** What a page looked like to the browser tool, as JPEG; kept for a day. */
export const screenshots = pgTable(
  'screenshots',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    conversationId: uuid()
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    jpeg: bytes().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.userId, table.createdAt), index().on(table.conversationId), index().on(table.createdAt)],
)

/** How MCP servers describe their tools: the fingerprint of the newest description, and of the one that was approved. */
export const mcpTools = pgTable(
  'mcp_tools',
  {
    server: text().notNull(),
    name: text().notNull(),
    told: text().notNull(),
    approved: text(),
    description: text().notNull(),
    /** Why it cannot be offered as its server lists it now; `told` is empty for one that never could. */
    leftOut: text(),
    toldAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.server, table.name] })],
)

/** Calls of models that failed, as their providers said it, without keys. */
export const failedCalls = pgTable(
  'failed_calls',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    userId: ownerId(),
    messageId: uuid().references(() => messages.id, { onDelete: 'cascade' }),
    provider: text().notNull(),
    model: text().notNull(),
    attempt: integer().notNull(),
    code: text().$type<ErrorCode>().notNull(),
    status: integer(),
    said: text(),
    failedAt: createdAt(),
  },
  (table) => [index().on(table.userId), index().on(table.messageId), index().on(table.failedAt)],
)
