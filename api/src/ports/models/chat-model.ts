import { type BaseLanguageModelInput } from '@langchain/core/language_models/base'
import { BaseChatModel, type BaseChatModelCallOptions, type BindToolsInput } from '@langchain/core/language_models/chat_models'
import type { AIMessage, AIMessageChunk, BaseMessage } from '@langchain/core/messages'
import type { ChatResult } from '@langchain/core/outputs'
import type { Dispatcher } from 'undici'
import type { ModelSink } from './index.ts'
import { messagesJson, toolChoiceJson, toolsJson } from './request-json.ts'
import { streamCompletion } from './stream-completion.ts'

export { isRetryable } from './provider-error.ts'

export type ChatModelOptions = {
  /** Ends in /v1 or the like, without a slash. */
  baseUrl: string
  apiKey: string
  model: string
  maxOutputTokens?: number
  temperature?: number
  /** From the request to the first token, connecting included. */
  firstTokenTimeoutMs?: number
  betweenTokensTimeoutMs?: number
  dispatcher?: Dispatcher
}

/**
 * A chat model for LangChain that streams past LangChain: each delta goes synchronously to `configurable.sink`, and the finished message
 * is returned. An aborted signal ends the request at once and rejects with the signal's reason.
 * @throws ProviderError upstream_rejected, upstream_failed, upstream_timeout
 */
export const createChatModel = (options: ChatModelOptions): BaseChatModel => new StreamingChatModel(options)

type CallOptions = BaseChatModelCallOptions & { configurable?: { sink?: ModelSink } }
type Bound = { tools: string; toolChoice: string | undefined }

class StreamingChatModel extends BaseChatModel<CallOptions> {
  readonly model: string
  readonly #options: ChatModelOptions
  readonly #bound: Bound | undefined

  constructor(options: ChatModelOptions, bound?: Bound) {
    // Nothing of the options goes to LangChain, which would serialise the key with the model.
    super({})
    this.model = options.model
    this.#options = options
    this.#bound = bound
  }

  override _llmType(): string {
    return 'openai-compatible'
  }

  override bindTools(tools: BindToolsInput[], kwargs?: Partial<CallOptions>): StreamingChatModel {
    if (tools.length === 0) return new StreamingChatModel(this.#options)
    return new StreamingChatModel(this.#options, { tools: toolsJson(tools), toolChoice: toolChoiceJson(kwargs?.tool_choice) })
  }

  /** LangChain's own goes through its callback manager, at a cost per call and none of it used here. */
  override async invoke(input: BaseLanguageModelInput, options?: Partial<CallOptions>): Promise<AIMessageChunk> {
    const messages = BaseChatModel._convertInputToPromptValue(input).toChatMessages()
    return (await this.#complete(messages, options)) as unknown as AIMessageChunk
  }

  override async _generate(messages: BaseMessage[], options: this['ParsedCallOptions']): Promise<ChatResult> {
    const message = await this.#complete(messages, options)
    return { generations: [{ text: message.text, message }] }
  }

  #complete(messages: BaseMessage[], options: Partial<CallOptions> = {}): Promise<AIMessage> {
    const { baseUrl, apiKey, dispatcher, firstTokenTimeoutMs = 30_000, betweenTokensTimeoutMs = 30_000 } = this.#options
    return streamCompletion({
      url: `${baseUrl}/chat/completions`,
      apiKey,
      dispatcher,
      firstTokenTimeoutMs,
      betweenTokensTimeoutMs,
      body: this.#body(messages, options.stop),
      sink: options.configurable?.sink,
      signal: options.signal,
    })
  }

  #body(messages: BaseMessage[], stop: string[] | undefined): string {
    const { baseUrl, model, maxOutputTokens, temperature } = this.#options
    // OpenAI's newer models refuse max_tokens; most others know nothing else.
    const tokensMax = new URL(baseUrl).hostname.endsWith('openai.com') ? 'max_completion_tokens' : 'max_tokens'
    const settings = JSON.stringify({ model, stream: true, stream_options: { include_usage: true }, temperature, [tokensMax]: maxOutputTokens, stop })
    const parts = [settings.slice(0, -1), `"messages":${messagesJson(messages)}`]
    if (this.#bound) parts.push(`"tools":${this.#bound.tools}`)
    if (this.#bound?.toolChoice) parts.push(`"tool_choice":${this.#bound.toolChoice}`)
    return `${parts.join(',')}}`
  }
}
