import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages'
import type { ChatResult } from '@langchain/core/outputs'
import { convertToOpenAITool } from '@langchain/core/utils/function_calling'
import type { ModelAnswer, ModelMessage, ModelTool } from '#ports/models/index.ts'

// The border to LangChain: its messages and tools as ours, and an answer of ours as its message.

/** Stands where LangChain's agent wants a model. Its middleware asks completions, so this one is never called. */
export class NoModel extends BaseChatModel {
  override _llmType(): string {
    return 'none'
  }

  override bindTools(): this {
    return this
  }

  override async _generate(): Promise<ChatResult> {
    throw new Error('Models are called by completions.')
  }
}

// Messages come again at every step of a run; what is the same object is rendered once.
const converted = new WeakMap<BaseMessage, ModelMessage>()

export function toModelMessage(message: BaseMessage): ModelMessage {
  const known = converted.get(message) ?? convert(message)
  converted.set(message, known)
  return known
}

function convert(message: BaseMessage): ModelMessage {
  const { text } = message
  if (AIMessage.isInstance(message)) {
    const calls = (message.tool_calls ?? []).map(({ id = '', name, args }) => ({ id, name, args: args as Record<string, unknown> }))
    return { role: 'assistant', text, calls }
  }
  if (ToolMessage.isInstance(message)) return { role: 'tool', callId: message.tool_call_id, text }
  if (message.type === 'system') return { role: 'system', text }
  if (message.type === 'human') return { role: 'user', text }
  throw new TypeError(`A message of type ${message.type} cannot be sent to a model.`)
}

export function toAiMessage({ text, calls }: ModelAnswer): AIMessage {
  return new AIMessage({ content: text, tool_calls: calls.map(({ id, name, args }) => ({ id, name, args, type: 'tool_call' as const })) })
}

export function toModelTool(tool: Parameters<typeof convertToOpenAITool>[0]): ModelTool {
  const { name, description = '', parameters } = convertToOpenAITool(tool).function
  return { name, description, parameters: parameters ?? { type: 'object', properties: {} } }
}
