import type { ModelMessage, ModelTool } from './index.ts'
import { messagesJson, toolsJson } from './request-json.ts'

/** What a provider's template may put around messages that say nothing. */
const frameTokens = 64

/**
 * The most tokens that these messages and tools can be. No tokenizer of today makes two tokens of one byte, so the bytes of what is sent bound
 * them; its JSON around each message and tool is more than a provider's template puts there. Three to four times what English really is.
 */
export function promptTokensMax(messages: readonly ModelMessage[], tools: readonly ModelTool[]): number {
  return Buffer.byteLength(messagesJson(messages)) + (tools.length > 0 ? Buffer.byteLength(toolsJson(tools)) : 0) + frameTokens
}
