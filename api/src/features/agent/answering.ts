import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import type { FinishReason, RecalledMemory, RouteValue } from '@jarvis/contracts/chat.ts'
import type { Part, ToolCall } from '@jarvis/contracts/parts.ts'
import type { ErrorCode } from '@jarvis/contracts/errors.ts'
import type { GuardValue } from '@jarvis/contracts/run.ts'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import type { BaseMessage } from '@langchain/core/messages'
import type { RecordAlone } from '#lib/audit-event.ts'
import type { Caller } from '#lib/caller.ts'
import type { RunStep } from '#lib/run-step.ts'
import type { Circuit } from './circuit.ts'
import type { createCitations } from './citations.ts'
import type { Attempts } from './fallback.ts'
import type { MayItDeps } from './may-it.ts'
import type { PaidCall } from './paid-call.ts'
import type { HistoryMessage } from './prompt.ts'
import type { Provenance } from './provenance.ts'
import type { Tool } from './tool.ts'
import type { createUsageMeter, ModelUsage } from './usage.ts'

// What the files of this folder hand to each other while an answer is made: types only, so that it stands below all of them.

export type AgentDeps = MayItDeps & {
  /** `outputTokensMax` is what its answer may have at most; the model's own limit when absent. */
  chatModel(id: string, outputTokensMax?: number): BaseChatModel
  /** Every model there is; the agent is compiled with the first and answers with any. */
  models: readonly string[]
  /** The guard's view of a text from outside: what may be shown to the model, and what was found. */
  inspectToolOutput(text: string): Promise<{ text: string; score: number; action: GuardValue['action'] }>
  /** Who this is now. @throws unauthenticated */
  current(userId: string): Promise<Pick<Caller, 'userId' | 'role' | 'plan'>>
  audit: RecordAlone
  /** Shared by all runs of this process: one provider, one circuit. */
  circuit: Circuit
}

export type AnswerRequest = {
  caller: Pick<Caller, 'userId' | 'role' | 'plan'>
  conversationId: string
  /** The first of the runs that make this answer. */
  taskId: string
  messageId: string
  text: string
  history: HistoryMessage[]
  memories: RecalledMemory[]
  /** The model, then those to try when it fails before its first token. */
  models: string[]
  /** The model to go on with when a spend ceiling leaves too little for another. */
  economy: string
  /** Pays for a call before it is made; its failure ends the answer. @throws budget_exhausted, ceiling_reached */
  prepay(model: string, inputTokensMax: number): Promise<PaidCall>
  /** Limits the tools to these names; null offers all that the caller may use. */
  toolNames: string[] | null
  /** What earlier attempts at this answer had finished. */
  steps: RunStep[]
  /** Keeps a finished step; its failure ends the answer. */
  record(step: RunStep): Promise<void>
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
  usage: ModelUsage[]
  /** The same call by call, as it is charged. */
  calls: ModelUsage[]
  error: { code: ErrorCode; detail: string; cause: unknown } | null
}

/** The agent's working state of one answer. */
export type Conversation = AnswerRequest &
  Attempts & {
    tools: readonly Tool[]
    usage: ReturnType<typeof createUsageMeter>
    system: string
    messages: BaseMessage[]
    /** Marks off untrusted text in this run, by a word that no text from outside can know. */
    mark: string
    provenance: Provenance
    /** Numbers sources through the whole answer. */
    cite: ReturnType<typeof createCitations>
    /** The calls that wait for a person: with any, the run pauses before its next model call. */
    interrupts: Interrupt[]
  }
