import type { ModelMessage, ModelTool, Wishes } from './index.ts'
import { messageJson, toolsJson } from './request-json.ts'

/** What a provider's template may put around messages that say nothing. */
const frameTokens = 64
/** More than any provider counts for a picture that it scales down. */
const imageTokensMax = 8192

/**
 * What a tool takes of a prompt, by tokens: two letters for one, a space with the word that follows, each other byte for one. Tokenizers find
 * less in any language's words; in letters that form none they may find more, and then what the call really used is charged all the same.
 */
export function toolTokensMax(tool: ModelTool): number {
  let tokens = known.get(tool)
  if (tokens === undefined) {
    tokens = toolFrameTokens
    for (const part of toolsJson([tool]).matchAll(/[A-Za-z]+|[^A-Za-z ]+/g)) {
      tokens += /^[A-Za-z]/.test(part[0]) ? Math.ceil(part[0].length / 2) : Buffer.byteLength(part[0])
    }
    known.set(tool, tokens)
  }
  return tokens
}

const toolFrameTokens = 8
/** Tools come again at every step of a run. */
const known = new WeakMap<ModelTool, number>()

/**
 * The most tokens that these messages and tools can be. No tokenizer of today makes two tokens of one byte, so the bytes of what is sent bound
 * the messages; the JSON around each message and tool is more than a provider's template puts there. Three to four times what English really is.
 */
export function promptTokensMax(messages: readonly ModelMessage[], tools: readonly ModelTool[], { format }: Wishes = {}): number {
  const bytes = messages.reduce((sum, message) => sum + 1 + boundOf(message), 2)
  const formatBytes = format ? Buffer.byteLength(JSON.stringify(format)) : 0
  return bytes + tools.reduce((sum, tool) => sum + toolTokensMax(tool), 0) + formatBytes + frameTokens
}

const attachedBytes = new WeakMap<object, number>()

function boundOf(message: ModelMessage): number {
  // A picture is no text: its bytes say nothing of its tokens.
  if (message.role === 'user' && message.images?.length)
    return Buffer.byteLength(JSON.stringify({ role: 'user', content: message.text })) + message.images.length * imageTokensMax
  const bytes = Buffer.byteLength(messageJson(message))
  if (message.role !== 'assistant' || !message.attached) return bytes
  const { attached } = message
  const known = attachedBytes.get(attached) ?? Buffer.byteLength(JSON.stringify(attached.value))
  attachedBytes.set(attached, known)
  return bytes + known
}
