import { ApiError } from './http.ts'

export type ToolCall = { id: string; name: string; arguments: string }
export type Message = { role: string; text: string; toolCalls: ToolCall[]; toolCallId: string }

const roles = new Set(['system', 'developer', 'user', 'assistant', 'tool'])

type WireMessage = {
  role?: unknown
  content?: unknown
  tool_call_id?: unknown
  tool_calls?: { id?: unknown; function?: { name?: unknown; arguments?: unknown } }[]
}

/** Reads `messages` as strictly as OpenAI does: every tool call is answered at once, and nothing else is answered. */
export function readMessages(value: unknown): Message[] {
  if (!Array.isArray(value) || value.length === 0) throw new ApiError(400, "Missing required parameter: 'messages'.", null, 'messages')
  const messages = value.map(readMessage)
  const open = new Set<string>()
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!open.delete(message.toolCallId)) {
        throw invalid(index, "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.")
      }
      continue
    }
    if (open.size > 0) throw unanswered(index, open)
    for (const { id } of message.toolCalls) open.add(id)
  }
  if (open.size > 0) throw unanswered(messages.length - 1, open)
  return messages
}

function readMessage(value: unknown, index: number): Message {
  const { role, content, tool_call_id: toolCallId, tool_calls: toolCalls } = (value ?? {}) as WireMessage
  if (typeof role !== 'string' || !roles.has(role))
    throw invalid(index, `Invalid value: '${String(role)}'. Supported roles are: ${[...roles].join(', ')}.`)
  if (toolCalls !== undefined && !Array.isArray(toolCalls)) throw invalid(index, "'tool_calls' must be an array.")
  return {
    role,
    text: readText(content, index),
    toolCallId: string(toolCallId),
    toolCalls: (toolCalls ?? []).map((call) => ({
      id: string(call?.id),
      name: string(call?.function?.name),
      arguments: string(call?.function?.arguments),
    })),
  }
}

const string = (value: unknown) => (typeof value === 'string' ? value : '')

function readText(content: unknown, index: number): string {
  if (content === null || content === undefined) return ''
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) throw invalid(index, "'content' must be a string or an array of parts.")
  return content.map((part: { text?: unknown }) => string(part?.text)).join('')
}

const invalid = (index: number, message: string) => new ApiError(400, message, null, `messages.[${index}]`)

const unanswered = (index: number, ids: Set<string>) =>
  invalid(
    index,
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. Missing: ${[...ids].join(', ')}`,
  )
