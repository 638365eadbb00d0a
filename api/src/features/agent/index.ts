import { randomBytes } from 'node:crypto'
import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import type { RecalledMemory } from '@jarvis/contracts/chat.ts'
import { changeCalls, flatOf, type Part } from '@jarvis/contracts/parts.ts'
import { emptyAnswer, foldRunEvent, type RunEvent } from '@jarvis/contracts/run.ts'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import { estimateTokens } from '#lib/money.ts'
import type { RunStep } from '#lib/run-step.ts'
import { isDatabaseOutage } from '#lib/outage.ts'
import { failureOf, refusal } from '#lib/refusal.ts'
import { parseObject } from '#lib/parse-object.ts'
import type { Transaction } from '#ports/database/index.ts'
import type { AgentDeps, AnswerRequest, AnswerResult, Thread } from './answering.ts'
import { attachedFiles } from './attached-files.ts'
import { createCitations } from './citations.ts'
import { createEventQueue } from './event-queue.ts'
import { callAlone } from './lone-call.ts'
import { type Loop, openLoop } from './loop.ts'
import { admitCall, loneToolsOf, mayUse, textOf } from './may-it.ts'
import { dated, systemPrompt, toModelMessages, untrustedBlock, withContext } from './prompt.ts'
import { tokensOfTools } from './model-tools.ts'
import { createProvenance, isForeignMemory, outsideWith } from './provenance.ts'
import { refused, type ToolCallRequest } from './run-tool.ts'
import { screen } from './screen.ts'
import { summarise, type SummaryRequest } from './summarise.ts'
import { isUntrusted, type Tool } from './tool.ts'
import { createUsageMeter } from './usage.ts'

export type { AnswerRequest, AnswerResult } from './answering.ts'
export { hashOfArgs } from './may-it.ts'
export { createPolicies } from './policies.ts'
export { type HistoryMessage, untrustedBlock } from './prompt.ts'
export { contextTaint } from './provenance.ts'
export { waitingIn } from './replay.ts'
export { type Summary, summarisedCharactersMax, summaryMessage } from './summarise.ts'
export type { Tool } from './tool.ts'

export type Agent = ReturnType<typeof createAgent>

/** The model and its tools, in turns, until there is an answer. LangGraph runs the loop; its types stop in this folder. */
export function createAgent(deps: AgentDeps) {
  let opened: Promise<Loop> | undefined
  const loop = () => (opened ??= openLoop(deps))
  return {
    /** Loads what the first answer would otherwise wait for. */
    warm: async () => void (await loop()),

    toolsOf: (caller: Pick<Caller, 'role' | 'plan'>): Tool[] => deps.tools.filter((tool) => mayUse(tool, caller)),

    /** What goes into each call beside what is said: the rules, and the tools that would be offered. */
    promptTokens(caller: Pick<Caller, 'role' | 'plan'>, toolNames: string[] | null): { rulesTokens: number; hasTools: boolean } {
      const tools = deps.tools.filter((tool) => mayUse(tool, caller) && (toolNames?.includes(tool.name) ?? true))
      return { rulesTokens: estimateTokens(systemPrompt([], new Date(0), '')) + tokensOfTools(tools), hasTools: tools.length > 0 }
    },

    /** Tools that a client may call without a conversation. */
    loneTools: (caller: Caller) => loneToolsOf(deps, caller),
    callAlone: (caller: Caller, call: ToolCallRequest, signal: AbortSignal) => callAlone(deps, caller, call, signal),

    /** Arguments that a person wrote, as they will run; or why the tool does not take them. */
    readArgs(caller: Pick<Caller, 'role' | 'plan'>, name: string, text: string): { args: string } | { fault: string } {
      const args = parseObject(text)
      const admitted = args ? admitCall(deps.tools, { id: '', name, args }, caller) : refused('The arguments must be a JSON object.')
      return 'failed' in admitted ? { fault: admitted.content } : { args: textOf(admitted.args) }
    },

    /** Keeps one approval of this tool for the rest of the conversation, if the person wishes it, or if their policy does so by itself. */
    async remember(tx: Transaction, userId: string, conversationId: string, name: string, isWished: boolean): Promise<void> {
      const tool = deps.tools.find((tool) => tool.name === name)
      if (!tool || !(isWished || (await deps.policies.rulesOf(userId, conversationId, tool, tx)).policy === 'conversation')) return
      await deps.policies.remember(tx, userId, conversationId, name)
    },

    /** Lets go of what tools keep for a task that ended while it waited for a person. */
    release: (taskId: string) => release(deps.tools, taskId, deps.log),

    summarise: (request: SummaryRequest) => summarise(deps, request),

    /** Streams the answer's events and returns it whole. Never throws once it runs: a stop or a failure returns what there is. */
    async *answer(request: AnswerRequest): AsyncGenerator<RunEvent, AnswerResult> {
      const cite = createCitations()
      const queue = createEventQueue(request.messageId, cite.known)
      const usage = createUsageMeter()
      const abandoned = new AbortController()
      const signal = AbortSignal.any([request.signal, abandoned.signal])
      const tools = await withWork(
        deps.tools.filter((tool) => mayUse(tool, request.caller) && (request.toolNames?.includes(tool.name) ?? true)),
        request.caller,
      )
      const answering = { model: request.models[0]! }
      const mark = randomBytes(6).toString('hex')
      const files = await attachedFiles(deps, request.files ?? [], mark, cite.numberOf)
      const provenance = createProvenance({ ...deps, ...request, outside: outsideWith(request) })
      const own = request.memories.filter((memory) => !isForeignMemory(memory))
      const foreign = await foreignMemories(deps, request.memories.filter(isForeignMemory), mark)
      const screened = async (context: string | null | undefined) => (context ? (await screen(deps, context)).text : null)
      const [wishes, shared] = await Promise.all([request.foreignInstructions, request.sharedInstructions].map(screened))
      const history = await Promise.all(request.history.map(async (message) => ({ ...message, context: await screened(message.context) })))
      const asked = withContext(request.text, mark, await screened(request.outside?.context))
      const thread: Thread = {
        ...request,
        signal,
        tools,
        queue,
        usage,
        answering,
        mark,
        provenance,
        cite,
        interrupts: [],
        ...countCalls(request.steps),
        system: systemPrompt(own, new Date(), mark, request.instructions),
        messages: toModelMessages(
          history,
          {
            text: [
              asked,
              foreign,
              wishes && untrustedBlock(mark, 'instructions set with an API key', wishes),
              shared && untrustedBlock(mark, 'instructions of a folder that another person shares', shared),
              files,
            ]
              .filter(Boolean)
              .join('\n\n'),
            images: request.pictures ?? [],
          },
          mark,
          (name) => isUntrusted(deps.tools, name),
        ),
      }
      const ended = loop()
        .then((run) => run(thread))
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
      // What was finished is kept as steps: another attempt goes on from there when the database is back.
      if (isDatabaseOutage(failure) && !request.signal.aborted) throw failure
      const { sources, route } = draft
      const isStopped = request.signal.aborted && (failure !== null || thread.interrupts.length > 0)
      // As they stand in the answer, not as they came to be judged.
      const placeOf = ({ toolCallId }: Interrupt) => draft.toolCalls.findIndex(({ id }) => id === toolCallId)
      const interrupts = failure === null && !isStopped ? thread.interrupts.toSorted((a, b) => placeOf(a) - placeOf(b)) : []
      if (interrupts.length === 0) await release(tools, request.taskId, deps.log)
      else for (const tool of tools) tool.rest?.(request.taskId)
      const waiting = new Set(interrupts.map(({ toolCallId }) => toolCallId))
      const calls = changeCalls(draft.parts, (call) =>
        call.status === 'running' ? { ...call, status: waiting.has(call.id) ? 'waiting' : 'cancelled' } : call,
      )
      const parts = [...calls, ...interrupts.map((interrupt): Part => ({ type: 'approval', interrupt }))]
      const result = {
        parts,
        ...flatOf(parts),
        finishReason: draft.finishReason,
        sources,
        ...(draft.citations && { citations: draft.citations }),
        taint: provenance.taint(),
        usage: usage.byModel(),
        calls: usage.calls(),
        route,
        error: null,
      }
      // Whose access has ended did not stop it themselves.
      if (isStopped && request.signal.reason instanceof AppError)
        return { ...result, status: 'failed', error: toError(request.signal.reason, deps.log) }
      if (isStopped) return { ...result, status: 'stopped' }
      if (failure === null) return { ...result, status: interrupts.length > 0 ? 'waiting' : 'complete' }
      return { ...result, status: 'failed', error: toError(failure, deps.log) }
    },
  }
}

/** A tool without anything to work on would take room in each prompt. */
async function withWork(tools: readonly Tool[], caller: Pick<Caller, 'userId'>): Promise<Tool[]> {
  const has = await Promise.all(tools.map(async (tool) => (await tool.hasWork?.(caller)) ?? true))
  return tools.filter((_, at) => has[at])
}

/** Those of earlier attempts count too. */
function countCalls(steps: readonly RunStep[]): Pick<Thread, 'callsOf' | 'countCall'> {
  const counts = new Map<string, number>()
  const count = (tool: string, by: number) => void counts.set(tool, (counts.get(tool) ?? 0) + by)
  for (const step of steps) if (step.kind === 'tool' && !step.failed) count(step.name, 1)
  return {
    callsOf: (tool) => counts.get(tool) ?? 0,
    countCall(tool) {
      count(tool, 1)
      return () => count(tool, -1)
    },
  }
}

/** What somebody else had remembered, read and marked off as any text from outside. */
async function foreignMemories(deps: AgentDeps, memories: readonly RecalledMemory[], mark: string): Promise<string> {
  if (memories.length === 0) return ''
  const { text } = await screen(deps, memories.map((memory) => `- ${dated(memory)}`).join('\n'))
  return untrustedBlock(mark, 'memory', text)
}

/** What a tool kept for the task goes with it; that it cannot be let go of is no fault of the answer. */
async function release(tools: readonly Tool[], taskId: string, log: Log): Promise<void> {
  const released = await Promise.allSettled(tools.map(async (tool) => tool.release?.(taskId)))
  for (const result of released) if (result.status === 'rejected') log.error({ err: result.reason, taskId }, 'a tool could not be released')
}

function toError(failure: unknown, log: Log): AnswerResult['error'] {
  if (failure instanceof AppError) return { ...failureOf(failure), cause: failure }
  log.error({ err: failure }, 'agent failed')
  return { ...failureOf(refusal('internal')), cause: failure }
}
