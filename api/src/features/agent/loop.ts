import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages'
import { AppError } from '#lib/app-error.ts'
import { estimateTokens } from '#lib/money.ts'
import type { RunStep } from '#lib/run-step.ts'
import type { EventQueue } from './event-queue.ts'
import { type Attempts, withFallback } from './fallback.ts'
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

/** Runs LangChain's agent to its end, from the last finished step on. Text goes from the model straight into the queue; LangChain only sees finished messages. */
export async function converse(deps: AgentDeps, conversation: Conversation): Promise<void> {
  const { queue, usage, signal, tools, system, record } = conversation
  const langchain = await import('langchain')
  const resumed = await resume(deps, conversation)
  let modelCalls = resumed.modelCalls

  const middleware = langchain.createMiddleware({
    name: 'jarvis',

    async wrapModelCall(request, next) {
      modelCalls++
      // The last call is offered no tools, so that it has to answer.
      const offered = modelCalls < modelCallsMax ? request.tools : []
      return await withFallback(conversation, async (model, streamed) => {
        try {
          const message = await deps.circuit.pass(() => next({ ...request, tools: offered, model: deps.chatModel(model) }) as Promise<AIMessage>)
          const inputTokens = message.usage_metadata?.input_tokens ?? estimatePromptTokens(system, request.messages)
          const outputTokens = message.usage_metadata?.output_tokens ?? estimateTokens(streamed.text)
          usage.add(model, inputTokens, outputTokens)
          const calls = (message.tool_calls ?? []).map(({ id = '', name, args }) => ({ id, name, args: args as Record<string, unknown> }))
          for (const { id } of calls) queue.endToolCall(id)
          requireProgress(message, offered.length)
          if (calls.length > 0) await record({ kind: 'model', model, text: message.text, calls, inputTokens, outputTokens })
          return message
        } catch (error) {
          if (streamed.any) usage.add(model, estimatePromptTokens(system, request.messages), estimateTokens(streamed.text))
          throw error
        }
      })
    },

    async wrapToolCall({ toolCall: { id = '', name, args } }) {
      return await callTool(deps, conversation, { id, name, args })
    },
  })

  const agent = langchain.createAgent({
    model: deps.chatModel(conversation.models[0]!),
    tools: tools.map(({ name, description, args }) => langchain.tool(async () => '', { name, description, schema: args })),
    systemPrompt: system,
    middleware: [middleware],
  })
  const messages = [...conversation.messages, ...resumed.messages]
  await agent.invoke({ messages }, { signal, recursionLimit: 4 * modelCallsMax, configurable: { sink: queue.sink } })
}

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
