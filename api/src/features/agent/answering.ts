import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import type { Citation, Effort, FinishReason, GivenFile, RecalledMemory, RouteValue } from '@jarvis/contracts/chat.ts'
import type { Part, ToolCall } from '@jarvis/contracts/parts.ts'
import type { Failure } from '@jarvis/contracts/errors.ts'
import type { GuardValue } from '@jarvis/contracts/run.ts'
import type { Complete } from '#features/completions/index.ts'
import type { AuditEvent, RecordAlone } from '#lib/audit-event.ts'
import type { Caller } from '#lib/caller.ts'
import type { Bill } from '#lib/money.ts'
import type { RunStep } from '#lib/run-step.ts'
import type { Transaction } from '#ports/database/index.ts'
import type { ModelImage, ModelMessage } from '#ports/models/index.ts'
import type { Tracing } from '#ports/tracing/index.ts'
import type { AttachedFile } from './attached-files.ts'
import type { Citations } from './citations.ts'
import type { EventQueue } from './event-queue.ts'
import type { MayItDeps } from './may-it.ts'
import type { HistoryMessage } from './prompt.ts'
import type { Provenance } from './provenance.ts'
import type { Tool } from './tool.ts'
import type { createUsageMeter, ModelUsage } from './usage.ts'

// What the files of this folder hand to each other while an answer is made: types only, so that it stands below all of them.

export type AgentDeps = MayItDeps & {
  /** The guard's view of a text from outside: what may be shown to the model, and what was found. */
  inspectToolOutput(text: string): Promise<{ text: string; score: number; action: GuardValue['action'] }>
  /** Who this is now. @throws unauthenticated */
  current(userId: string): Promise<Pick<Caller, 'userId' | 'role' | 'plan'>>
  policies: { remember(tx: Transaction, userId: string, conversationId: string, tool: string): Promise<void> }
  audit: RecordAlone
  tracing: Tracing
}

export type AnswerRequest = {
  caller: Pick<Caller, 'userId' | 'role' | 'plan'>
  conversationId: string
  /** The first of the runs that make this answer. */
  taskId: string
  messageId: string
  text: string
  /** What of the question is not of the one who asks. */
  outside?: Pick<HistoryMessage, 'taint' | 'isForeign' | 'context'>
  /** Text from outside that the person attached. */
  files?: readonly AttachedFile[]
  /** And what they are shown. */
  pictures?: readonly ModelImage[]
  history: HistoryMessage[]
  memories: RecalledMemory[]
  /** What the person wrote that holds for the whole conversation. */
  instructions?: string
  /** And what a program wrote, with a key of theirs: text from outside. */
  foreignInstructions?: string
  /** What another person wrote for a folder that they share. */
  sharedInstructions?: string
  /** The model, then those to try when it fails before its first token. */
  models: string[]
  /** The model to go on with when a spend ceiling leaves too little for another. */
  economy: string
  /** What calls of tools that cost are booked on. */
  bill: Bill
  /** Makes a call of a model, paid for in advance; its failure ends the answer. */
  complete: Complete
  /** Limits the tools to these names; null offers all that the caller may use. */
  toolNames: string[] | null
  /** What the tools that are offered may take of each prompt. */
  toolTokensMax: number
  /** How long to think, where the model has the choice. */
  effort?: Effort | undefined
  /** What earlier attempts at this answer had finished. */
  steps: RunStep[]
  /** Keeps a finished step, and with it the event that audits it, both or neither; its failure ends the answer. */
  record(step: RunStep, event?: AuditEvent): Promise<void>
  signal: AbortSignal
}

export type AnswerResult = {
  /** All of it in order; `content`, `toolCalls` and `interrupts` say the same. */
  parts: Part[]
  content: string
  /** Why the model ended; null when it did not come to its end. */
  finishReason: FinishReason | null
  /** `waiting`: for the person's word on `interrupts`. */
  status: 'complete' | 'waiting' | 'stopped' | 'failed'
  interrupts: Interrupt[]
  /** The tool that untrusted text in the run came from. */
  taint: string | null
  /** Set when another model than the first one answered. */
  route: RouteValue | null
  toolCalls: ToolCall[]
  sources: { title: string; url: string }[]
  citations?: Citation[]
  files?: GivenFile[]
  usage: ModelUsage[]
  /** The same call by call, as it is charged. */
  calls: ModelUsage[]
  error: (Failure & { cause: unknown }) | null
}

/** The agent's working state of one answer. */
export type Thread = AnswerRequest & {
  /** Tells which model gives the answer, after a fallback too. */
  answering: { model: string }
  queue: EventQueue
  tools: readonly Tool[]
  usage: ReturnType<typeof createUsageMeter>
  system: string
  messages: ModelMessage[]
  /** Marks off untrusted text in this run, by a word that no text from outside can know. */
  mark: string
  provenance: Provenance
  /** How many calls of a tool have succeeded in this answer, or are at work. */
  callsOf(tool: string): number
  /** Counts one more; what is returned takes it back. */
  countCall(tool: string): () => void
  /** Numbers sources through the whole answer. */
  cite: Citations
  /** The calls that wait for a person: with any, the run pauses before its next model call. */
  interrupts: Interrupt[]
}
