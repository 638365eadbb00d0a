import { z } from 'zod'
import type { User } from './accounts.ts'
import type { Announcement } from './announcements.ts'
import { ResumeBody } from './approvals.ts'
import { type Conversation, SendBody } from './chat.ts'
import type { ErrorCode, Params } from './errors.ts'
import type { RunEvent } from './run.ts'
import { Id, text } from './text.ts'

export const socketProtocol = 'jarvis.v1'
/** Anyone may open a socket; who says hello has to be one of these. */
export const socketWho = ['person', 'key:chat'] as const
export const heartbeatSeconds = 25

export const closeCodes = {
  restarting: 1001,
  frameTooLarge: 1009,
  tooSlow: 1013,
  badFrame: 4400,
  unauthenticated: 4401,
  revoked: 4403,
  noHello: 4408,
  tooManyConnections: 4429,
  tooManyFrames: 4429,
} as const
export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes]

const frameId = { id: text(64).optional() }

/** Client → server. The direct answer to a frame echoes its `id`. */
export const ClientFrame = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hello'), ...frameId, token: text(4096) }),
  z.strictObject({ type: z.literal('send'), ...frameId, conversationId: Id, ...SendBody.shape }),
  z.strictObject({ type: z.literal('subscribe'), ...frameId, runId: Id, after: z.int().min(0).default(0) }),
  z.strictObject({ type: z.literal('unsubscribe'), ...frameId, runId: Id }),
  z.strictObject({ type: z.literal('cancel'), ...frameId, runId: Id }),
  z.strictObject({ type: z.literal('resume'), ...frameId, runId: Id, ...ResumeBody.shape }),
  z.strictObject({ type: z.literal('ping'), ...frameId }),
])
export type ClientFrame = z.infer<typeof ClientFrame>

/** Enough of a faulty frame to answer it with `error` instead of closing the socket. */
export const NamedFrame = z.object({ type: z.enum(['send', 'subscribe', 'unsubscribe', 'cancel', 'resume', 'ping']), id: text(64) })

/** Server → client. An event's `seq` counts from 1 within its run and only grows; each comes exactly once and in order. */
export type ServerFrame =
  | { type: 'ready'; id?: string; user: User; heartbeatSeconds: number }
  | { type: 'ack'; id?: string; runId: string; messageId?: string; assistantMessageId?: string; parentId?: string | null }
  | { type: 'pong'; id?: string }
  /** The person's role, plan or name changed: read what depends on them anew. */
  | { type: 'user'; user: User }
  /** To each open socket of the person, whatever changed it: a conversation was made or changed, or is gone. */
  | { type: 'conversation'; conversation: Conversation }
  | { type: 'conversation_gone'; conversationId: string }
  /** A run began, on whatever device. */
  | { type: 'run'; conversationId: string; runId: string; messageId: string; assistantMessageId: string }
  /** A run waits for the person, or no longer does. */
  | { type: 'approval'; runId: string; state: 'waiting' | 'answered' }
  /** To everybody: what is to be shown from now on, all of it. */
  | { type: 'announcements'; items: Announcement[] }
  | { type: 'event'; conversationId: string; runId: string; seq: number; event: RunEvent }
  | { type: 'error'; id?: string; code: ErrorCode; detail: string; retryAfterSeconds?: number; params?: Params }
