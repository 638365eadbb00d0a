import { z } from 'zod'
import { ApprovalPolicy, Interrupt } from './approvals.ts'
import { ErrorCode, Failure } from './errors.ts'
import { messageFilesMax } from './files.ts'
import { MemoryOrigin } from './memory.ts'
import { ModelTier } from './plans.ts'
import { MessagePart, ToolCall } from './parts.ts'
import { Id, Instructions, MicroUsd, Timestamp, TokenCount, text } from './text.ts'

/** The longest message a person may send, in UTF-16 units; with JSON's escapes it stays below the 1 MiB body limit. */
export const messageCharactersMax = 200_000

export const Conversation = z
  .object({
    id: Id,
    title: z.string(),
    archived: z.boolean(),
    pinned: z.boolean(),
    folderId: Id.nullable(),
    /** The message whose branch is shown; null where it is the newest one's. */
    leafId: Id.nullable(),
    /** In no list, no search and no memory; gone when it is deleted, a day after it was last used at the latest. */
    temporary: z.boolean(),
    /** What the person wishes for it; where one conversation is shown, not in lists. */
    instructions: z.string().optional(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'Conversation' })
export type Conversation = z.infer<typeof Conversation>

/** Where a searched word stands in a message. `ranges` are UTF-16 units of the snippet, end excluded. */
export const Match = z.object({ messageId: Id, snippet: z.string(), ranges: z.array(z.tuple([z.int(), z.int()])) }).meta({ id: 'Match' })
export type Match = z.infer<typeof Match>

/** `matches` come with a search only. */
export const ListedConversation = Conversation.extend({ matches: z.array(Match).optional() }).meta({ id: 'ListedConversation' })
export type ListedConversation = z.infer<typeof ListedConversation>

export const CreateConversationBody = z
  .strictObject({
    title: text(200).trim().optional(),
    folderId: Id.nullable().optional(),
    temporary: z.boolean().optional(),
    instructions: Instructions.optional(),
  })
  .nullish()
/** What is absent stays; `folderId` null takes it out of its folder. */
export const UpdateConversationBody = z.strictObject({
  title: text(200).trim().optional(),
  archived: z.boolean().optional(),
  pinned: z.boolean().optional(),
  folderId: Id.nullable().optional(),
  instructions: Instructions.optional(),
})
export type UpdateConversationBody = z.infer<typeof UpdateConversationBody>

export const Usage = z.object({ inputTokens: TokenCount, outputTokens: TokenCount, costMicroUsd: MicroUsd }).meta({ id: 'Usage' })
export type Usage = z.infer<typeof Usage>

export const Source = z.object({ title: z.string(), url: z.string() })
export type Source = z.infer<typeof Source>

/** What a number in an answer leads to: a page of the web, or the passage of a file at its place there, from 0. */
export const Citation = z.object({
  n: z.int().min(1),
  kind: z.enum(['web', 'file']),
  title: z.string(),
  url: z.string().optional(),
  fileId: Id.optional(),
  position: z.int().min(0).optional(),
  page: z.int().nullable().optional(),
})
export type Citation = z.infer<typeof Citation>

/** A file that an answer was made with: all of it, or what of it fitted the question. */
export const GivenFile = z.object({ id: Id, name: z.string(), whole: z.boolean() })
export type GivenFile = z.infer<typeof GivenFile>

/** Another model that was considered, and why it was not chosen. `costMicroUsd`, after the answer: what the same tokens would have cost there. */
export const RouteAlternative = z.object({
  model: z.string(),
  reason: z.string(),
  estimatedCostMicroUsd: MicroUsd,
  costMicroUsd: MicroUsd.optional(),
})
export type RouteAlternative = z.infer<typeof RouteAlternative>

/**
 * Which model answers and why, with what the router thinks the whole turn will cost. `difficulty`, 0 to 1, is how much the question was thought to
 * need a stronger model. The first of `alternatives` is what the choice was against.
 */
export const RouteValue = z.object({
  model: z.string(),
  reason: z.string(),
  estimatedCostMicroUsd: MicroUsd,
  task: z.string().optional(),
  language: z.string().optional(),
  difficulty: z.number().optional(),
  alternatives: z.array(RouteAlternative).optional(),
})
export type RouteValue = z.infer<typeof RouteValue>

export const TurnSpeaker = z.enum(['person', 'assistant', 'tool'])
export type TurnSpeaker = z.infer<typeof TurnSpeaker>

/**
 * `score` is the ranker's, 0 to 1. `origin` and `trusted` as a memory has them; an answer of an earlier version has neither. With `turn` it is no
 * fact but a piece of what was said in another conversation.
 */
export const RecalledMemory = z.object({
  id: z.string(),
  text: z.string(),
  score: z.number(),
  origin: MemoryOrigin.optional(),
  trusted: z.boolean().optional(),
  createdAt: Timestamp.optional(),
  /** The time that it speaks of. */
  happened: z.string().nullish(),
  /** Where it was said, and who said it. `tool`: which one returned it; `taint`: where the text from outside came from that it was said under. */
  turn: z.object({ conversationId: Id, messageId: Id, speaker: TurnSpeaker, tool: z.string().optional(), taint: z.string().optional() }).optional(),
})
export type RecalledMemory = z.infer<typeof RecalledMemory>

export const MessageStatus = z.enum(['streaming', 'waiting', 'complete', 'stopped', 'failed'])
export type MessageStatus = z.infer<typeof MessageStatus>

export const FinishReason = z.enum(['stop', 'length', 'content_filter'])
export type FinishReason = z.infer<typeof FinishReason>

/** What the person thought of an answer. */
export const Feedback = z.strictObject({ rating: z.enum(['up', 'down']), comment: text(1000).trim().optional() })
export type Feedback = z.infer<typeof Feedback>

/** How long a model that can think does so before it answers. */
export const Effort = z.enum(['low', 'medium', 'high'])
export type Effort = z.infer<typeof Effort>

/** A message of the conversation's tree. A failed or stopped one keeps the text that had arrived; `error` says why it failed. */
export const Message = z
  .object({
    id: Id,
    conversationId: Id,
    parentId: Id.nullable(),
    runId: Id.nullable(),
    /** What an application put beside a question. */
    context: z.string().optional(),
    role: z.enum(['user', 'assistant']),
    content: z.string(),
    /** Its text, pictures, files and reasoning in order; `content` is the text of them, and tells where its calls stand. */
    parts: z.array(MessagePart),
    status: MessageStatus,
    model: z.string().nullable(),
    usage: Usage.nullable(),
    toolCalls: z.array(ToolCall),
    sources: z.array(Source),
    /** The numbers that its text names. Absent in what was answered before there were any. */
    citations: z.array(Citation).optional(),
    /** The files that it was made with. */
    files: z.array(GivenFile).optional(),
    route: RouteValue.nullable(),
    /** What was remembered for this answer. */
    memories: z.array(RecalledMemory),
    /** What waits for a person while `status` is `waiting`. */
    interrupts: z.array(Interrupt),
    error: Failure.nullable(),
    /** Why the model ended: `length` when the answer is cut. Null for a question, while it streams, and where nobody said. */
    finishReason: FinishReason.nullable(),
    feedback: Feedback.nullable().optional(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Message' })
export type Message = z.infer<typeof Message>

const runWish = {
  model: text(100).optional(),
  tools: z.array(text(64)).max(64).optional(),
  /** How long to think, for a model whose `capabilities.reasoning` says that it can be chosen; others do not hear of it. */
  effort: Effort.optional(),
}

/**
 * `messageId` is the client's own UUID: sending it again returns the same run. Without `parentId` the message follows the newest one;
 * `null` starts a new branch at the root. `tools` limits the run to these; absent means all that plan and role allow. `seenId` is the newest
 * message that the person had before them: what came below `parentId` since is followed, and not forked from.
 */
export const SendBody = z.strictObject({
  messageId: Id,
  parentId: Id.nullable().optional(),
  /** May be blank where there are files. */
  content: text(messageCharactersMax, 0),
  /** What was sent to `POST /files` before. */
  files: z.array(Id).max(messageFilesMax).optional(),
  seenId: Id.optional(),
  ...runWish,
})
export type SendBody = z.infer<typeof SendBody>

/** `parentId` is what the message follows, where that is not what it named. */
export const Accepted = z.object({ runId: Id, messageId: Id, assistantMessageId: Id, parentId: Id.nullable().optional() }).meta({ id: 'Accepted' })
export type Accepted = z.infer<typeof Accepted>

export const AnswerBody = z.strictObject(runWish).nullish()
export type AnswerBody = z.infer<typeof AnswerBody>

export const LeafBody = z.strictObject({ messageId: Id })

export const RunStatus = z.enum(['queued', 'running', 'interrupted', 'succeeded', 'cancelled', 'failed'])
export type RunStatus = z.infer<typeof RunStatus>

export const Run = z
  .object({
    id: Id,
    conversationId: Id,
    messageId: Id,
    assistantMessageId: Id,
    status: RunStatus,
    /** The place in line while it waits for a worker, from 1. */
    queuePosition: z.int().min(1).nullable(),
    model: z.string().nullable(),
    routeReason: z.string().nullable(),
    errorCode: ErrorCode.nullable(),
    createdAt: Timestamp,
    finishedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Run' })
export type Run = z.infer<typeof Run>

/** What a model can: call tools, look at images, keep to a schema, and choose how long it thinks. */
export const Capabilities = z.object({ tools: z.boolean(), images: z.boolean(), json: z.boolean(), reasoning: z.boolean() })
export type Capabilities = z.infer<typeof Capabilities>

/** Prices are micro-US-dollars for a million tokens. */
export const Model = z
  .object({
    id: z.string(),
    name: z.string(),
    tier: ModelTier,
    contextTokens: z.int(),
    outputTokensMax: z.int(),
    inputMicroUsdPerMillion: MicroUsd,
    outputMicroUsdPerMillion: MicroUsd,
    practice: z.boolean(),
    provider: z.string(),
    capabilities: Capabilities,
  })
  .meta({ id: 'Model' })
export type Model = z.infer<typeof Model>

export const Tool = z
  .object({
    name: z.string(),
    title: z.string(),
    description: z.string(),
    risk: z.enum(['read', 'write', 'act']),
    timeoutSeconds: z.number(),
    /** When this person is asked, and the loosest that an administrator lets them choose. */
    policy: ApprovalPolicy,
    loosest: ApprovalPolicy,
  })
  .meta({ id: 'Tool' })
export type Tool = z.infer<typeof Tool>
