import { FinishReason } from '@jarvis/contracts/chat.ts'
import { AsyncLocalStorage } from 'node:async_hooks'
import { ToolMessage } from '@langchain/core/messages'
import { AppError } from '#lib/app-error.ts'
import type { CallStep } from '#lib/run-step.ts'
import type { ModelAnswer } from '#ports/models/index.ts'
import type { AgentDeps, Conversation } from './answering.ts'
import { callTool } from './call-tool.ts'
import { NoModel, toAiMessage, toModelMessage, toModelTool } from './langchain.ts'
import { replay } from './replay.ts'
import type { Tool } from './tool.ts'

/** A task in a browser takes a call for each look and each click. */
const modelCallsMax = 24

/** What a shared agent's middleware knows of the conversation that it serves right now; `taint` as it was at the newest model call. */
type Running = { conversation: Conversation; modelCalls: number; taint: string | null; calls: Map<string, CallStep> }
type CompiledAgent = Awaited<ReturnType<typeof compileAgent>>

const running = new AsyncLocalStorage<Running>()

/** Ends LangChain's loop before another model call. */
class Paused extends Error {
  override readonly name = 'Paused'
}

/** Runs LangChain's agent to its end or to a pause, from the last finished step on. Text goes from the model straight into the queue; LangChain only sees finished messages. */
export async function converse(deps: AgentDeps, agents: AgentCache, conversation: Conversation): Promise<void> {
  const { signal, tools, interrupts } = conversation
  const agent = await agents(tools)
  const { messages: resumed, modelCalls } = await replay(deps, conversation)
  if (interrupts.length > 0) return
  const messages = [...conversation.messages, ...resumed]
  const options = { signal, recursionLimit: 4 * modelCallsMax }
  const current: Running = { conversation, modelCalls, taint: null, calls: new Map() }
  try {
    await running.run(current, () => agent.invoke({ messages }, options))
  } catch (error) {
    // LangChain wraps what a middleware throws.
    if (!(error instanceof Paused) && !(error instanceof Error && error.cause instanceof Paused)) throw error
  }
}

export type AgentCache = (tools: readonly Tool[]) => Promise<CompiledAgent>

const agentsMax = 64

/**
 * LangChain compiles its graph once for each set of tools: for each run it would cost more than the run's own stages. A tool of an MCP server
 * that is described otherwise is another tool of the same name.
 */
export function createAgentCache(deps: AgentDeps): AgentCache {
  const agents = new Map<string, Promise<CompiledAgent>>()
  const numbers = new WeakMap<Tool, number>()
  let tally = 0
  const numberOf = (tool: Tool) => {
    const number = numbers.get(tool) ?? ++tally
    numbers.set(tool, number)
    return number
  }
  return (tools) => {
    const key = tools.map(numberOf).join(' ')
    const agent = agents.get(key) ?? compileAgent(deps, tools)
    if (agents.size >= agentsMax) agents.clear()
    agents.set(key, agent)
    return agent
  }
}

async function compileAgent(deps: AgentDeps, tools: readonly Tool[]) {
  const langchain = await import('langchain')
  const langchainTools = tools.map(({ name, description, args }) => langchain.tool(async () => '', { name, description, schema: args }))
  const modelTools = langchainTools.map(toModelTool)
  const middleware = langchain.createMiddleware({
    name: 'jarvis',

    async wrapModelCall(request) {
      const current = running.getStore()!
      const { conversation } = current
      if (conversation.interrupts.length > 0) throw new Paused()
      current.taint = conversation.provenance.taint()
      // The last call is offered no tools, so that it has to answer.
      const offered = ++current.modelCalls < modelCallsMax ? modelTools : []
      const { model, answer, used } = await conversation.complete({
        messages: [{ role: 'system', text: conversation.system }, ...request.messages.map(toModelMessage)],
        tools: offered,
        sink: conversation.queue.sink,
        models: conversation.models,
        economy: conversation.economy,
        answering: conversation.answering,
        signal: conversation.signal,
        onRoute: (model, reason) => conversation.queue.push({ type: 'CUSTOM', name: 'route', value: { model, reason, estimatedCostMicroUsd: 0 } }),
        onUsed: conversation.usage.add,
        check: (answer) => requireProgress(answer, offered.length),
      })
      const { text, calls } = answer
      current.calls = new Map(calls.map((call) => [call.id, call]))
      for (const { id } of calls) conversation.queue.endToolCall(id)
      conversation.queue.finished(finishReasonOf(answer))
      const { inputTokens, outputTokens } = used
      if (calls.length > 0) await conversation.record({ kind: 'model', model, text, calls, inputTokens, outputTokens })
      return toAiMessage(answer)
    },

    async wrapToolCall({ toolCall: { id = '', name } }) {
      const { conversation, calls, taint } = running.getStore()!
      // One that waits gets a stand-in: the model is not called with it.
      return (await callTool(deps, conversation, calls.get(id)!, taint)) ?? new ToolMessage({ tool_call_id: id, name, content: '' })
    },
  })
  return langchain.createAgent({ model: new NoModel({}), tools: langchainTools, middleware: [middleware] })
}

/** Null where it ended to call tools, or said nothing that we know. */
const finishReasonOf = ({ finishReason }: ModelAnswer) => FinishReason.safeParse(finishReason).data ?? null

/** A model that says nothing, or that asks for tools it was not offered, would leave a person without an answer. */
function requireProgress({ calls, text }: ModelAnswer, toolsOffered: number): void {
  if (calls.length > 0 && toolsOffered === 0) {
    throw new AppError(
      'upstream_rejected',
      `The model asked for tools ${modelCallsMax} times and gave no answer. Ask in another way, or choose another model.`,
    )
  }
  if (calls.length === 0 && text === '') throw new AppError('upstream_failed', 'The model gave an empty answer. Try again.')
}
