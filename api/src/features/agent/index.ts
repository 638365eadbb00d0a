import type { RecalledMemory, RouteValue, ToolCall } from '@jarvis/contracts/chat.ts'
import type { ErrorCode } from '@jarvis/contracts/errors.ts'
import { emptyAnswer, foldRunEvent, type GuardValue, type RunEvent } from '@jarvis/contracts/run.ts'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import type { RunStep } from '#lib/run-step.ts'
import type { Circuit } from './circuit.ts'
import { loadMath } from './tools/calculator.ts'
import { createEventQueue } from './event-queue.ts'
import { converse, createAgentCache } from './loop.ts'
import { type HistoryMessage, systemPrompt, toModelMessages } from './prompt.ts'
import { describeTool, isUntrusted, mayUse, type Tool } from './tool.ts'
import { createUsageMeter, type ModelUsage } from './usage.ts'

export type { HistoryMessage } from './prompt.ts'
export type { ModelUsage } from './usage.ts'
export { createCircuit } from './circuit.ts'
export { calculator } from './tools/calculator.ts'
export { clock } from './tools/clock.ts'
export { webSearch } from './tools/web-search.ts'

export type AgentDeps = {
  chatModel(id: string): BaseChatModel
  /** Every model there is; the agent is compiled with the first and answers with any. */
  models: readonly string[]
  tools: readonly Tool[]
  /** The guard's view of a text from outside: what may be shown to the model, and what was found. */
  inspectToolOutput(text: string): { text: string; score: number; action: GuardValue['action'] }
  /** Shared by all runs of this process: one provider, one circuit. */
  circuit: Circuit
  log: Log
}

export type AnswerRequest = {
  caller: Pick<Caller, 'userId' | 'role' | 'plan'>
  messageId: string
  text: string
  history: HistoryMessage[]
  memories: RecalledMemory[]
  /** The model, then those to try when it fails before its first token. */
  models: string[]
  /** Limits the tools to these names; null offers all that the caller may use. */
  toolNames: string[] | null
  /** What earlier attempts at this answer had finished. */
  steps: RunStep[]
  /** Keeps a finished step; its failure ends the answer. */
  record(step: RunStep): Promise<void>
  signal: AbortSignal
}

export type AnswerResult = {
  content: string
  status: 'complete' | 'stopped' | 'failed'
  /** Set when another model than the first one answered. */
  route: RouteValue | null
  toolCalls: ToolCall[]
  sources: { title: string; url: string }[]
  usage: ModelUsage[]
  error: { code: ErrorCode; detail: string; cause: unknown } | null
}

export type Agent = ReturnType<typeof createAgent>

/** The model and its tools, in turns, until there is an answer. LangChain decides and calls; its types stop in this folder. */
export function createAgent(deps: AgentDeps) {
  const agents = createAgentCache(deps)
  return {
    /** Loads what the first answer would otherwise wait for. */
    warm: async () => void (await Promise.all([import('langchain'), loadMath()])),

    toolsOf: (caller: Pick<Caller, 'role' | 'plan'>) => deps.tools.filter((tool) => mayUse(tool, caller)).map(describeTool),

    /** Streams the answer's events and returns it whole. Never throws once it runs: a stop or a failure returns what there is. */
    async *answer(request: AnswerRequest): AsyncGenerator<RunEvent, AnswerResult> {
      const queue = createEventQueue(request.messageId)
      const usage = createUsageMeter()
      const abandoned = new AbortController()
      const signal = AbortSignal.any([request.signal, abandoned.signal])
      const tools = deps.tools.filter((tool) => mayUse(tool, request.caller) && (request.toolNames?.includes(tool.name) ?? true))
      const answering = { model: request.models[0]! }
      const conversation = converse(deps, agents, {
        ...request,
        signal,
        tools,
        queue,
        usage,
        answering,
        system: systemPrompt(request.memories, new Date()),
        messages: toModelMessages(request.history, request.text, (name) => isUntrusted(deps.tools, name)),
      })
      const ended = conversation
        .then(
          () => null,
          (error: unknown) => error ?? new Error('unknown failure'),
        )
        .finally(() => queue.close())

      let draft = emptyAnswer
      try {
        for await (const batch of queue) {
          for (const event of batch) {
            draft = foldRunEvent(draft, event)
            yield event
          }
        }
      } finally {
        abandoned.abort()
      }
      const failure = await ended
      const { content, sources, route } = draft
      const toolCalls = draft.toolCalls.map((call): ToolCall => (call.status === 'running' ? { ...call, status: 'cancelled' } : call))
      const result = { content, sources, toolCalls, usage: usage.total(), route, error: null }
      if (failure === null) return { ...result, status: 'complete' }
      if (request.signal.aborted) return { ...result, status: 'stopped' }
      return { ...result, status: 'failed', error: toError(failure, deps.log) }
    },
  }
}

function toError(failure: unknown, log: Log): AnswerResult['error'] {
  // LangChain wraps what a middleware throws.
  const expected = [failure, failure instanceof Error ? failure.cause : undefined].find((error) => error instanceof AppError)
  if (expected) return { code: expected.code, detail: expected.message, cause: failure }
  log.error({ err: failure }, 'agent failed')
  return { code: 'internal', detail: 'Something went wrong on our side. It has been logged.', cause: failure }
}
