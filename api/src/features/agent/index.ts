import { randomBytes } from 'node:crypto'
import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import type { RecalledMemory, RouteValue, ToolCall } from '@jarvis/contracts/chat.ts'
import type { ErrorCode } from '@jarvis/contracts/errors.ts'
import { emptyAnswer, foldRunEvent, type GuardValue, type RunEvent } from '@jarvis/contracts/run.ts'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import type { RunStep } from '#lib/run-step.ts'
import type { Circuit } from './circuit.ts'
import { createCitations } from './citations.ts'
import { callAlone, loneToolsOf } from './lone-call.ts'
import { loadMath } from './tools/calculator.ts'
import { createEventQueue } from './event-queue.ts'
import { type Conversation, converse, createAgentCache } from './loop.ts'
import type { PaidCall } from './paid-call.ts'
import type { Policies } from './policies.ts'
import { type HistoryMessage, systemPrompt, toModelMessages } from './prompt.ts'
import { parseObject } from '#lib/parse-object.ts'
import { createProvenance } from './provenance.ts'
import { summarise, type SummaryRequest } from './summarise.ts'
import { admitCall, refused, type ToolCallRequest } from './run-tool.ts'
import { isUntrusted, mayUse, type Tool } from './tool.ts'
import { createUsageMeter, type ModelUsage } from './usage.ts'

export { createPolicies, type Policies } from './policies.ts'
export type { HistoryMessage } from './prompt.ts'
export { hashOfArgs } from './approval.ts'
export { waitingIn } from './replay.ts'
export type { Tool } from './tool.ts'
export { type Summary, summarisedCharactersMax, summaryMessage } from './summarise.ts'
export type { ModelUsage } from './usage.ts'
export { createCircuit } from './circuit.ts'
export { calculator } from './tools/calculator.ts'
export { browserTools, createScreenshotStore, screenshotUrl } from './tools/browser/index.ts'
export { clock } from './tools/clock.ts'
export { createMcpApprovals, openMcpTools } from './tools/mcp/index.ts'
export { readGrammar, systemCommand } from './tools/system/index.ts'
export { webSearch } from './tools/web-search.ts'

export type AgentDeps = {
  /** `outputTokensMax` is what its answer may have at most; the model's own limit when absent. */
  chatModel(id: string, outputTokensMax?: number): BaseChatModel
  /** Every model there is; the agent is compiled with the first and answers with any. */
  models: readonly string[]
  tools: readonly Tool[]
  /** The guard's view of a text from outside: what may be shown to the model, and what was found. */
  inspectToolOutput(text: string): { text: string; score: number; action: GuardValue['action'] }
  policies: Pick<Policies, 'rulesOf'>
  /** How long a person may take to answer. */
  approvalSeconds: number
  /** Who this is now. @throws unauthenticated */
  current(userId: string): Promise<Pick<Caller, 'userId' | 'role' | 'plan'>>
  audit: RecordAudit
  /** Shared by all runs of this process: one provider, one circuit. */
  circuit: Circuit
  log: Log
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
  content: string
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

export type Agent = ReturnType<typeof createAgent>

/** The model and its tools, in turns, until there is an answer. LangChain decides and calls; its types stop in this folder. */
export function createAgent(deps: AgentDeps) {
  const agents = createAgentCache(deps)
  return {
    /** Loads what the first answer would otherwise wait for. */
    warm: async () => void (await Promise.all([import('langchain'), loadMath()])),

    toolsOf: (caller: Pick<Caller, 'role' | 'plan'>): Tool[] => deps.tools.filter((tool) => mayUse(tool, caller)),

    /** Tools that a client may call without a conversation. */
    loneTools: (caller: Caller) => loneToolsOf(deps, caller),
    callAlone: (caller: Caller, call: ToolCallRequest, signal: AbortSignal) => callAlone(deps, caller, call, signal),

    /** Whether arguments that a person wrote are such as the tool takes. @throws invalid_request */
    checkArgs(caller: Pick<Caller, 'role' | 'plan'>, name: string, text: string): void {
      const args = parseObject(text)
      const admitted = args ? admitCall(deps.tools, { id: '', name, args }, caller) : refused('The arguments must be a JSON object.')
      if ('failed' in admitted) throw new AppError('invalid_request', admitted.content, { errors: [{ path: 'resume', message: admitted.content }] })
    },

    /** Whether one approval of this tool holds for the rest of the conversation by itself. */
    async isRemembered(userId: string, conversationId: string, name: string): Promise<boolean> {
      const tool = deps.tools.find((tool) => tool.name === name)
      return tool !== undefined && (await deps.policies.rulesOf(userId, conversationId, tool)).policy === 'conversation'
    },

    /** Lets go of what tools keep for a task that ended while it waited for a person. */
    release: (taskId: string) => release(deps.tools, taskId, deps.log),

    summarise: (request: SummaryRequest) => summarise(deps, request),

    /** Streams the answer's events and returns it whole. Never throws once it runs: a stop or a failure returns what there is. */
    async *answer(request: AnswerRequest): AsyncGenerator<RunEvent, AnswerResult> {
      const queue = createEventQueue(request.messageId)
      const usage = createUsageMeter()
      const abandoned = new AbortController()
      const signal = AbortSignal.any([request.signal, abandoned.signal])
      const tools = deps.tools.filter((tool) => mayUse(tool, request.caller) && (request.toolNames?.includes(tool.name) ?? true))
      const answering = { model: request.models[0]! }
      const mark = randomBytes(6).toString('hex')
      const provenance = createProvenance(deps.tools, request.history, request.text)
      const conversation: Conversation = {
        ...request,
        signal,
        tools,
        queue,
        usage,
        answering,
        mark,
        provenance,
        cite: createCitations(),
        interrupts: [],
        audits: [],
        system: systemPrompt(request.memories, new Date(), mark),
        messages: toModelMessages(request.history, request.text, mark, (name) => isUntrusted(deps.tools, name)),
      }
      const ended = converse(deps, agents, conversation)
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
      await Promise.all(conversation.audits)
      const { content, sources, route } = draft
      const isStopped = request.signal.aborted && (failure !== null || conversation.interrupts.length > 0)
      // As they stand in the answer, not as they came to be judged.
      const placeOf = ({ toolCallId }: Interrupt) => draft.toolCalls.findIndex(({ id }) => id === toolCallId)
      const interrupts = failure === null && !isStopped ? conversation.interrupts.toSorted((a, b) => placeOf(a) - placeOf(b)) : []
      if (interrupts.length === 0) await release(tools, request.taskId, deps.log)
      const waiting = new Set(interrupts.map(({ toolCallId }) => toolCallId))
      const toolCalls = draft.toolCalls.map((call): ToolCall =>
        call.status === 'running' ? { ...call, status: waiting.has(call.id) ? 'waiting' : 'cancelled' } : call,
      )
      const result = {
        content,
        sources,
        toolCalls,
        interrupts,
        taint: provenance.taint(),
        usage: usage.byModel(),
        calls: usage.calls(),
        route,
        error: null,
      }
      if (isStopped) return { ...result, status: 'stopped' }
      if (failure === null) return { ...result, status: interrupts.length > 0 ? 'waiting' : 'complete' }
      return { ...result, status: 'failed', error: toError(failure, deps.log) }
    },
  }
}

/** What a tool kept for the task goes with it; that it cannot be let go of is no fault of the answer. */
async function release(tools: readonly Tool[], taskId: string, log: Log): Promise<void> {
  const released = await Promise.allSettled(tools.map(async (tool) => tool.release?.(taskId)))
  for (const result of released) if (result.status === 'rejected') log.error({ err: result.reason, taskId }, 'a tool could not be released')
}

function toError(failure: unknown, log: Log): AnswerResult['error'] {
  // LangChain wraps what a middleware throws.
  const expected = [failure, failure instanceof Error ? failure.cause : undefined].find((error) => error instanceof AppError)
  if (expected) return { code: expected.code, detail: expected.message, cause: failure }
  log.error({ err: failure }, 'agent failed')
  return { code: 'internal', detail: 'Something went wrong on our side. It has been logged.', cause: failure }
}
