import type { ModelMessage, ModelTool } from './index.ts'

// Messages do not change and come again at every step of a run; so do the tools. Each is rendered once.
const renderedMessages = new WeakMap<ModelMessage, string>()
const renderedTools = new WeakMap<ModelTool, string>()

/** As OpenAI's chat completions have it. */
export function messageJson(message: ModelMessage): string {
  let json = renderedMessages.get(message)
  if (json === undefined) {
    json = JSON.stringify(toOpenAi(message))
    renderedMessages.set(message, json)
  }
  return json
}

function toOpenAi(message: ModelMessage): object {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.callId, content: message.text }
  if (message.role === 'user' && message.images?.length) {
    const images = message.images.map(({ mediaType, base64 }) => ({ type: 'image_url', image_url: { url: `data:${mediaType};base64,${base64}` } }))
    return { role: 'user', content: [{ type: 'text', text: message.text }, ...images] }
  }
  if (message.role !== 'assistant' || message.calls.length === 0) return { role: message.role, content: message.text }
  const calls = message.calls.map(({ id, name, args }) => ({ id, type: 'function', function: { name, arguments: JSON.stringify(args) } }))
  return { role: 'assistant', content: message.text || null, tool_calls: calls }
}

export const toolsJson = (tools: readonly ModelTool[]): string => `[${tools.map(toolJson).join(',')}]`

function toolJson(tool: ModelTool): string {
  let json = renderedTools.get(tool)
  if (json === undefined) {
    const { name, description, parameters, strict } = tool
    json = JSON.stringify({ type: 'function', function: { name, description, parameters, strict } })
    renderedTools.set(tool, json)
  }
  return json
}
