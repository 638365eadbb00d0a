import type { BindToolsInput } from '@langchain/core/language_models/chat_models'
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages'
import { convertToOpenAITool } from '@langchain/core/utils/function_calling'

// Messages do not change and come again at every step of a run; so do the schemas of the tools. Each is rendered once.
const renderedMessages = new WeakMap<BaseMessage, string>()
const renderedParameters = new WeakMap<object, string>()

export const messagesJson = (messages: BaseMessage[]): string => `[${messages.map(messageJson).join(',')}]`

function messageJson(message: BaseMessage): string {
  let json = renderedMessages.get(message)
  if (json === undefined) {
    json = JSON.stringify(toOpenAI(message))
    renderedMessages.set(message, json)
  }
  return json
}

function toOpenAI(message: BaseMessage): object {
  if (AIMessage.isInstance(message)) {
    const calls = message.tool_calls ?? []
    if (calls.length === 0) return { role: 'assistant', content: message.text }
    const toolCalls = calls.map(({ id, name, args }) => ({ id, type: 'function', function: { name, arguments: JSON.stringify(args) } }))
    return { role: 'assistant', content: message.text || null, tool_calls: toolCalls }
  }
  if (ToolMessage.isInstance(message)) return { role: 'tool', tool_call_id: message.tool_call_id, content: message.text }
  if (message.type === 'system') return { role: 'system', content: message.text }
  if (message.type === 'human') return { role: 'user', content: userContent(message) }
  throw new TypeError(`A message of type ${message.type} cannot be sent to a model.`)
}

/** Images pass through in OpenAI's own shape; a message of text alone stays a string, which every provider takes. */
function userContent({ content, text }: BaseMessage): unknown {
  return typeof content !== 'string' && content.some(({ type }) => type !== 'text') ? content : text
}

export const toolsJson = (tools: BindToolsInput[]): string => `[${tools.map(toolJson).join(',')}]`

function toolJson(tool: BindToolsInput): string {
  if (!('schema' in tool && 'name' in tool)) return JSON.stringify(tool)
  const { name, description, schema } = tool as { name: string; description?: string; schema: object }
  let parameters = renderedParameters.get(schema)
  if (parameters === undefined) {
    parameters = JSON.stringify(
      convertToOpenAITool(tool as Parameters<typeof convertToOpenAITool>[0]).function.parameters ?? { type: 'object', properties: {} },
    )
    renderedParameters.set(schema, parameters)
  }
  return `{"type":"function","function":{"name":${JSON.stringify(name)},"description":${JSON.stringify(description ?? '')},"parameters":${parameters}}}`
}

/** LangChain's tool_choice in OpenAI's words. */
export function toolChoiceJson(choice: unknown): string | undefined {
  if (choice === undefined || choice === null) return undefined
  if (choice === 'any' || choice === 'required') return '"required"'
  if (typeof choice !== 'string' || choice === 'auto' || choice === 'none') return JSON.stringify(choice)
  return JSON.stringify({ type: 'function', function: { name: choice } })
}
