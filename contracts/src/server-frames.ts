import { z } from 'zod'
import { User } from './accounts.ts'
import { Announcement } from './announcements.ts'
import { Citation, Conversation, FinishReason, GivenFile, RecalledMemory, RouteValue, Source } from './chat.ts'
import { ErrorCode, Params } from './errors.ts'
import type { RunEvent as TypedRunEvent } from './run.ts'
import type { ServerFrame as TypedServerFrame } from './socket.ts'
import { Id, MicroUsd, Timestamp, TokenCount } from './text.ts'

// The events and frames that the server sends, as schemas: for the socket's description, and for tests. Pages need their types alone.

const text = z.string()
const event = <Type extends string, Fields extends z.ZodRawShape>(type: Type, fields: Fields) => z.strictObject({ type: z.literal(type), ...fields })
const custom = <Name extends string, Value extends z.ZodType>(name: Name, value: Value) =>
  z.strictObject({ type: z.literal('CUSTOM'), name: z.literal(name), value })

const messageId = { messageId: text }
const ofRun = { threadId: text, runId: text }
const toolCallId = { toolCallId: text }
const usage = z.array(z.strictObject({ model: text.optional(), inputTokens: TokenCount.optional(), outputTokens: TokenCount.optional() }))

const AguiInterrupt = z.strictObject({
  id: text,
  reason: text,
  message: text,
  toolCallId: text,
  expiresAt: Timestamp,
  metadata: z.record(text, z.unknown()).describe('`tool`, `args`, `argsHash`, `risk`, and what would leave.'),
})
const Outcome = z.union([
  z.strictObject({ type: z.enum(['success', 'cancelled']) }),
  z.strictObject({ type: z.literal('interrupt'), interrupts: z.array(AguiInterrupt) }),
])

const Custom = z.discriminatedUnion('name', [
  custom('route', RouteValue),
  custom('guard', z.strictObject({ channel: z.enum(['user', 'tool_output']), score: z.number(), action: z.enum(['allow', 'flag', 'block']) })),
  custom('memory', z.strictObject({ memories: z.array(RecalledMemory), note: text.optional(), full: z.boolean().optional() })),
  custom('screenshot', z.strictObject({ toolCallId: text, url: text })),
  custom('image', z.strictObject({ toolCallId: text, fileId: Id, mediaType: text, alt: text })),
  custom('sources', z.strictObject({ items: z.array(Source) })),
  custom('citations', z.strictObject({ items: z.array(Citation) })),
  custom('files', z.strictObject({ items: z.array(GivenFile) })),
  custom('rewind', z.strictObject({ messageId: text, length: z.int().min(0) })),
  custom('cost', z.strictObject({ costMicroUsd: MicroUsd, cached: z.boolean() })),
])

/** One event of a run, as AG-UI 1.0 has it. */
export const RunEvent = z.discriminatedUnion('type', [
  event('RUN_STARTED', ofRun),
  event('TEXT_MESSAGE_START', { ...messageId, role: z.literal('assistant') }),
  event('TEXT_MESSAGE_CONTENT', { ...messageId, delta: text }),
  event('TEXT_MESSAGE_END', { ...messageId, content: text.optional(), finishReason: FinishReason.nullish() }),
  event('REASONING_START', messageId),
  event('REASONING_MESSAGE_START', { ...messageId, role: z.literal('reasoning') }),
  event('REASONING_MESSAGE_CONTENT', { ...messageId, delta: text }),
  event('REASONING_MESSAGE_END', messageId),
  event('REASONING_END', messageId),
  event('TOOL_CALL_START', { ...toolCallId, toolCallName: text, parentMessageId: text }),
  event('TOOL_CALL_ARGS', { ...toolCallId, delta: text }),
  event('TOOL_CALL_END', { ...toolCallId, args: text.optional() }),
  event('TOOL_CALL_RESULT', {
    ...messageId,
    ...toolCallId,
    content: text,
    role: z.literal('tool'),
    metadata: z.strictObject({ failed: z.boolean().optional(), denied: z.boolean().optional(), durationMs: z.int().min(0).optional() }).optional(),
  }),
  event('STEP_STARTED', { stepName: text }),
  event('STEP_FINISHED', { stepName: text }),
  Custom,
  event('RUN_FINISHED', { ...ofRun, outcome: Outcome, usage: usage.optional() }),
  event('RUN_ERROR', { message: text, code: ErrorCode, usage: usage.optional(), metadata: z.strictObject({ params: Params }).optional() }),
]) satisfies z.ZodType<TypedRunEvent>

const id = { id: text.optional() }

/** Every frame that the server sends, by its `type`. */
export const serverFrames = {
  ready: event('ready', { ...id, user: User, heartbeatSeconds: z.int() }),
  ack: event('ack', { ...id, runId: Id, messageId: Id.optional(), assistantMessageId: Id.optional(), parentId: Id.nullish() }),
  pong: event('pong', id),
  user: event('user', { user: User }),
  conversation: event('conversation', { conversation: Conversation }),
  conversation_gone: event('conversation_gone', { conversationId: Id }),
  run: event('run', { conversationId: Id, runId: Id, messageId: Id, assistantMessageId: Id }),
  approval: event('approval', { runId: Id, state: z.enum(['waiting', 'answered']) }),
  announcements: event('announcements', { items: z.array(Announcement) }),
  event: event('event', { conversationId: Id, runId: Id, seq: z.int().min(1), event: RunEvent }),
  error: event('error', { ...id, code: ErrorCode, detail: text, retryAfterSeconds: z.number().optional(), params: Params.optional() }),
} satisfies { [Type in TypedServerFrame['type']]: z.ZodType<Extract<TypedServerFrame, { type: Type }>> }
