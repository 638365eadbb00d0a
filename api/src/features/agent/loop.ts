import { AsyncLocalStorage } from 'node:async_hooks'
import { AIMessage, type BaseMessage, SystemMessage, ToolMessage } from '@langchain/core/messages'
import { AppError } from '#lib/app-error.ts'
import { estimateTokens, type Tokens } from '#lib/money.ts'
import type { RunStep } from '#lib/run-step.ts'
import type { EventQueue } from './event-queue.ts'
import { type Attempts, type Streamed, withFallback } from './fallback.ts'
import type { AgentDeps, AnswerRequest } from './index.ts'
import { untrustedBlock } from './prompt.ts'
import { runTool, type ToolCallRequest } from './run-tool.ts'
import { isUntrusted, type Tool } from './tool.ts'
import { type createUsageMeter, estimatePromptTokens } from './usage.ts'

const modelCallsMax = 8

export type Conversation = AnswerRequest &
  Attempts & {
    tools: readonly Tool[]
    usage: ReturnType<typeof createUsageMeter>
    system: string
    messages: BaseMessage[]
  }

/** What a shared agent's middleware knows of the conversation that it serves right now. */
type Running = { conversation: Conversation; modelCalls: number }
type CompiledAgent = Awaited<ReturnType<typeof compileAgent>>

const running = new AsyncLocalStorage<Running>()

/** Runs LangChain's agent to its end, from the last finished step on. Text goes from the model straight into the queue; LangChain only sees finished messages. */
export async function converse(deps: AgentDeps, agents: AgentCache, conversation: Conversation): Promise<void> {
  const { queue, signal, tools } = conversation
  const agent = await agents(tools)
  const { messages: resumed, modelCalls } = await resume(deps, conversation)
  const messages = [...conversation.messages, ...resumed]
  const options = { signal, recursionLimit: 4 * modelCallsMax, configurable: { sink: queue.sink } }
  await running.run({ conversation, modelCalls }, () => agent.invoke({ messages }, options))
}

export type AgentCache = (tools: readonly Tool[]) => Promise<CompiledAgent>

/** LangChain compiles its graph once for each set of tools: for each run it would cost more than the run's own stages. */
export function createAgentCache(deps: AgentDeps): AgentCache {
  const agents = new Map<string, Promise<CompiledAgent>>()
  return (tools) => {
    const key = tools.map(({ name }) => name).join(' ')
    const agent = agents.get(key) ?? compileAgent(deps, tools)
    agents.set(key, agent)
    return agent
  }
}

async function compileAgent(deps: AgentDeps, tools: readonly Tool[]) {
  const langchain = await import('langchain')
  const middleware = langchain.createMiddleware({
    name: 'jarvis',

    async wrapModelCall(request, next) {
      const current = running.getStore()!
      const { conversation } = current
      // The last call is offered no tools, so that it has to answer.
      const offered = ++current.modelCalls < modelCallsMax ? request.tools : []
      const systemMessage = new SystemMessage(conversation.system)
      return await withFallback(conversation, async (model, streamed) => {
        const call = () => next({ ...request, systemMessage, tools: offered, model: deps.chatModel(model) }) as Promise<AIMessage>
        const message = await metered(conversation, model, streamed, request.messages, () => deps.circuit.pass(call))
        const calls = (message.tool_calls ?? []).map(({ id = '', name, args }) => ({ id, name, args: args as Record<string, unknown> }))
        for (const { id } of calls) conversation.queue.endToolCall(id)
        requireProgress(message, offered.length)
        if (calls.length > 0) await conversation.record({ kind: 'model', model, text: message.text, calls, ...tokensOf(message) })
        return message
      })
    },

    async wrapToolCall({ toolCall: { id = '', name, args } }) {
      return await callTool(deps, running.getStore()!.conversation, { id, name, args })
    },
  })
  return langchain.createAgent({
    model: deps.chatModel(deps.models[0]!),
    tools: tools.map(({ name, description, args }) => langchain.tool(async () => '', { name, description, schema: args })),
    middleware: [middleware],
  })
}

/** Notes what a call used: the provider's figure, or an estimate where it gave none or was cut off. */
async function metered({ usage, system }: Conversation, model: string, streamed: Streamed, asked: BaseMessage[], call: () => Promise<AIMessage>) {
  const estimate = () => ({ inputTokens: estimatePromptTokens(system, asked), outputTokens: estimateTokens(streamed.text) })
  try {
    const message = await call()
    message.usage_metadata ??= usageMetadata(estimate())
    const { inputTokens, outputTokens } = tokensOf(message)
    usage.add(model, inputTokens, outputTokens)
    return message
  } catch (error) {
    if (streamed.any) usage.add(model, estimate().inputTokens, estimate().outputTokens)
    throw error
  }
}

const usageMetadata = ({ inputTokens, outputTokens }: Tokens) => ({
  input_tokens: inputTokens,
  output_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
})
const tokensOf = ({ usage_metadata }: AIMessage): Tokens => ({
  inputTokens: usage_metadata?.input_tokens ?? 0,
  outputTokens: usage_metadata?.output_tokens ?? 0,
})

/** A model that says nothing, or that asks for tools it was not offered, would leave a person without an answer. */
function requireProgress(message: AIMessage, toolsOffered: number): void {
  const calls = message.tool_calls?.length ?? 0
  if (calls > 0 && toolsOffered === 0) {
    throw new AppError(
      'upstream_rejected',
      `The model asked for tools ${modelCallsMax} times and gave no answer. Ask in another way, or choose another model.`,
    )
  }
  if (calls === 0 && message.text === '') throw new AppError('upstream_failed', 'The model gave an empty answer. Try again.')
}

/** Runs one call and tells the followers; its result is kept, so that no attempt makes it again. */
async function callTool(deps: AgentDeps, conversation: Conversation, call: ToolCallRequest): Promise<ToolMessage> {
  const { tools, caller, signal, record } = conversation
  const tool = tools.find(({ name }) => name === call.name)
  if (tool && tool.risk !== 'read') await record({ kind: 'acting', toolCallId: call.id })
  const result = await runTool(tools, call, { caller, signal }, deps.log)
  const content = !result.failed && isUntrusted(tools, call.name) ? screened(deps, conversation.queue, result.content) : result.content
  const step = { kind: 'tool', toolCallId: call.id, name: call.name, content, failed: result.failed, sources: result.sources ?? [] } as const
  await record(step)
  return finishTool(conversation, step)
}

type ToolStep = Extract<RunStep, { kind: 'tool' }>

function finishTool({ queue, tools }: Conversation, { toolCallId, name, content, failed, sources }: ToolStep): ToolMessage {
  if (sources.length > 0) queue.push({ type: 'CUSTOM', name: 'sources', value: { items: sources } })
  const shown = failed ? { metadata: { failed: true } } : {}
  queue.push({ type: 'TOOL_CALL_RESULT', messageId: `${toolCallId}-result`, toolCallId, content, role: 'tool', ...shown })
  const told = !failed && isUntrusted(tools, name) ? untrustedBlock(name, content) : content
  return new ToolMessage({ tool_call_id: toolCallId, name, content: told, status: failed ? 'error' : 'success' })
}

/** Tells again what earlier attempts had finished, makes the calls that they had not, and returns the messages to go on from. */
async function resume(deps: AgentDeps, conversation: Conversation): Promise<{ messages: BaseMessage[]; modelCalls: number }> {
  const { steps, queue, usage, answering } = conversation
  const messages: BaseMessage[] = []
  let modelCalls = 0
  for (const [index, step] of steps.entries()) {
    if (step.kind !== 'model') continue
    const { model, text, calls, inputTokens, outputTokens } = step
    modelCalls++
    answering.model = model
    usage.add(model, inputTokens, outputTokens)
    queue.sink.text(text)
    for (const { id, name, args } of calls) {
      queue.sink.toolCallStart(id, name)
      queue.sink.toolCallArgs(id, JSON.stringify(args))
      queue.endToolCall(id)
    }
    messages.push(new AIMessage({ content: text, tool_calls: calls.map((call) => ({ ...call, type: 'tool_call' as const })) }))
    // Some providers give the calls of every answer the same ids: only the steps up to the next answer are about these.
    const next = steps.findIndex(({ kind }, at) => at > index && kind === 'model')
    const own = steps.slice(index + 1, next === -1 ? undefined : next)
    for (const call of calls) {
      const isActed = own.some((step) => step.kind === 'acting' && step.toolCallId === call.id)
      const result = own.find((step): step is ToolStep => step.kind === 'tool' && step.toolCallId === call.id)
      const known = result ?? (isActed ? unknownOutcome(call) : undefined)
      messages.push(known ? finishTool(conversation, known) : await callTool(deps, conversation, call))
    }
  }
  return { messages, modelCalls }
}

const unknownOutcome = ({ id, name }: ToolCallRequest): ToolStep => ({
  kind: 'tool',
  toolCallId: id,
  name,
  content: `${name} was interrupted while it acted. Whether it took effect is not known, so it was not done again. Check before you repeat it.`,
  failed: true,
  sources: [],
})

/** Text from outside: inspected and sanitised before anyone sees it. */
function screened(deps: AgentDeps, queue: EventQueue, text: string): string {
  const verdict = deps.inspectToolOutput(text)
  if (verdict.action !== 'allow') {
    queue.push({ type: 'CUSTOM', name: 'guard', value: { channel: 'tool_output', score: verdict.score, action: verdict.action } })
  }
  if (verdict.action === 'block') return 'The result was withheld: it tried to give the assistant instructions.'
  return verdict.text
}
