import { type BaseMessage, ToolMessage } from '@langchain/core/messages'
import { AppError } from '#lib/app-error.ts'
import { estimateTokens } from '#lib/money.ts'
import type { ModelSink } from '#ports/models/index.ts'
import type { EventQueue } from './event-queue.ts'
import type { AgentDeps, AnswerRequest } from './index.ts'
import { untrustedBlock } from './prompt.ts'
import { runTool } from './run-tool.ts'
import { isUntrusted, type Tool } from './tool.ts'
import { type createUsageMeter, estimatePromptTokens } from './usage.ts'

const modelCallsMax = 8
const attemptsMax = 3
const retryWaitMsMax = 5000

export type Conversation = AnswerRequest & {
  tools: readonly Tool[]
  queue: EventQueue
  usage: ReturnType<typeof createUsageMeter>
  /** Tells which model gave the answer, after a fallback too. */
  answering: { model: string }
  system: string
  messages: BaseMessage[]
}

/** Runs LangChain's agent to its end. Text goes from the model straight into the queue; LangChain only sees finished messages. */
export async function converse(deps: AgentDeps, conversation: Conversation): Promise<void> {
  const { queue, usage, signal, tools, system } = conversation
  const langchain = await import('langchain')
  let modelCalls = 0

  const middleware = langchain.createMiddleware({
    name: 'jarvis',

    async wrapModelCall(request, next) {
      modelCalls++
      // The last call is offered no tools, so that it has to answer.
      const offered = modelCalls < modelCallsMax ? request.tools : []
      return await withFallback(conversation, async (model, streamed) => {
        try {
          const message = await next({ ...request, tools: offered, model: deps.chatModel(model) })
          const counted = message.usage_metadata
          usage.add(
            model,
            counted?.input_tokens ?? estimatePromptTokens(system, request.messages),
            counted?.output_tokens ?? estimateTokens(streamed.text),
          )
          for (const { id } of message.tool_calls ?? []) if (id) queue.endToolCall(id)
          return message
        } catch (error) {
          if (streamed.any) usage.add(model, estimatePromptTokens(system, request.messages), estimateTokens(streamed.text))
          throw error
        }
      })
    },

    async wrapToolCall(request) {
      const { id = '', name, args } = request.toolCall
      const result = await runTool(tools, { id, name, args }, { caller: conversation.caller, signal }, deps.log)
      const isForeign = !result.failed && isUntrusted(tools, name)
      const content = isForeign ? screened(deps, queue, result.content) : result.content
      if (result.sources?.length) queue.push({ type: 'CUSTOM', name: 'sources', value: { items: result.sources } })
      const shown = result.failed ? { metadata: { failed: true } } : {}
      queue.push({ type: 'TOOL_CALL_RESULT', messageId: `${id}-result`, toolCallId: id, content, role: 'tool', ...shown })
      const told = isForeign ? untrustedBlock(name, content) : content
      return new ToolMessage({ tool_call_id: id, name, content: told, status: result.failed ? 'error' : 'success' })
    },
  })

  const agent = langchain.createAgent({
    model: deps.chatModel(conversation.models[0]!),
    tools: tools.map(({ name, description, args }) => langchain.tool(async () => '', { name, description, schema: args })),
    systemPrompt: system,
    middleware: [middleware],
  })
  await agent.invoke({ messages: conversation.messages }, { signal, recursionLimit: 4 * modelCallsMax, configurable: { sink: queue.sink } })
}

/** Text from outside: inspected and sanitised before anyone sees it. */
function screened(deps: AgentDeps, queue: EventQueue, text: string): string {
  const verdict = deps.inspectToolOutput(text)
  if (verdict.action !== 'allow') {
    queue.push({ type: 'CUSTOM', name: 'guard', value: { channel: 'tool_output', score: verdict.score, action: verdict.action } })
  }
  if (verdict.action === 'block') return 'The result was withheld: it tried to give the assistant instructions.'
  return verdict.text
}

type Streamed = { any: boolean; text: string }

/** The one retry layer: the next model, or the same again, but never after the first token has been shown. */
async function withFallback<Result>(conversation: Conversation, call: (model: string, streamed: Streamed) => Promise<Result>): Promise<Result> {
  const { models, queue, signal, answering } = conversation
  const candidates = models.length > 1 ? models : [models[0]!, models[0]!]
  const attempts = candidates.slice(Math.max(0, candidates.indexOf(answering.model))).slice(0, attemptsMax)
  for (const [index, model] of attempts.entries()) {
    const streamed = watched(queue.sink)
    try {
      if (model !== answering.model) {
        answering.model = model
        queue.push({ type: 'CUSTOM', name: 'route', value: { model, reason: 'The first choice did not answer', estimatedCostMicroUsd: 0 } })
      }
      return await call(model, streamed)
    } catch (error) {
      const last = index === attempts.length - 1
      if (signal.aborted || last || streamed.any || !mayPass(error)) throw error
      await pause(error, signal)
    } finally {
      streamed.release()
    }
  }
  throw new AppError('upstream_failed', 'No model answered.')
}

const mayPass = (error: unknown) => error instanceof AppError && (error.code === 'upstream_failed' || error.code === 'upstream_timeout')

async function pause(error: unknown, signal: AbortSignal): Promise<void> {
  const askedMs = error instanceof AppError && error.retryAfterSeconds !== undefined ? error.retryAfterSeconds * 1000 : 250
  const { setTimeout: wait } = await import('node:timers/promises')
  await wait(Math.min(askedMs, retryWaitMsMax), undefined, { signal })
}

/** Notes what passes through the sink during one attempt. */
function watched(sink: ModelSink): Streamed & { release(): void } {
  const original = { ...sink }
  const streamed = { any: false, text: '', release: () => void Object.assign(sink, original) }
  sink.text = (delta) => {
    streamed.any = true
    streamed.text += delta
    original.text(delta)
  }
  sink.toolCallStart = (id, name) => {
    streamed.any = true
    original.toolCallStart(id, name)
  }
  return streamed
}
