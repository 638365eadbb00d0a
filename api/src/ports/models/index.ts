import type { Dispatcher } from 'undici'
import type { Tokens } from '#lib/money.ts'
import type { CallStep } from '#lib/run-step.ts'

/** What a model reads. A call of a tool stands in the message that made it, its result in one of its own. */
export type ModelMessage =
  | { role: 'system' | 'user'; text: string }
  | { role: 'assistant'; text: string; calls: readonly CallStep[] }
  | { role: 'tool'; callId: string; text: string }

/** `parameters` is a JSON schema. */
export type ModelTool = { name: string; description: string; parameters: object }

/** What a streaming chat model reports of its answer while it arrives; called synchronously, once per delta, on the token path. */
export type ModelSink = {
  text(delta: string): void
  toolCallStart(toolCallId: string, name: string): void
  toolCallArgs(toolCallId: string, delta: string): void
}

export type ModelRequest = {
  messages: readonly ModelMessage[]
  tools: readonly ModelTool[]
  /** What the answer may have at most; the provider's own limit when absent. */
  outputTokensMax?: number
  sink?: ModelSink
  signal?: AbortSignal
}

/** A whole answer. `usage` is the provider's figure; null when it gave none. */
export type ModelAnswer = {
  text: string
  calls: CallStep[]
  usage: (Tokens & { cachedInputTokens: number; reasoningTokens: number }) | null
  model: string
  finishReason: string
}

/** One model of one provider. An adapter speaks one protocol; what differs between those who speak it is a `Dialect`. */
export interface ChatModel {
  /** Streams into the sink and returns the whole. An aborted signal ends the request at once and rejects with its reason. @throws ProviderError */
  complete(request: ModelRequest): Promise<ModelAnswer>
}

/** What differs in how providers of one protocol want to be asked. */
export type Dialect = {
  maxTokens: 'max_tokens' | 'max_completion_tokens' | 'none'
  /** The role that carries the rules. */
  system: 'system' | 'developer' | 'user'
  /** Whether usage in a stream may be asked for. */
  streamUsage: boolean
}

export type Provider = {
  id: string
  kind: 'openai'
  /** Ends in /v1 or the like, without a slash. */
  baseUrl: string
  apiKey: string
  headers?: Record<string, string>
  /** From the request to the first token, connecting included. */
  firstTokenSeconds?: number
  /** Between two tokens. */
  idleSeconds?: number
  /** The way there, where it is not a direct one. */
  dispatcher?: Dispatcher
}

export interface Embeddings {
  /** Names the vector space: vectors of different ids never share a collection. */
  readonly id: string
  /** How many texts one call may have. */
  readonly textsMax: number
  /** One vector per text, in order; also the tokens that the provider billed, 0 where it counted none. One request at most: that is what is paid for. */
  embed(texts: string[], signal?: AbortSignal): Promise<{ vectors: number[][]; inputTokens: number }>
  /** Begins what `embed` will soon be asked for, where that costs nothing: the provider's embeddings do nothing. */
  prepare(text: string): void
}
