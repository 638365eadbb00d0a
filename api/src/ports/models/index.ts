import type { Effort } from '@jarvis/contracts/chat.ts'
import type { Dispatcher } from 'undici'
import type { Tokens } from '#lib/money.ts'
import type { Attached, CallStep } from '#lib/run-step.ts'

export type { Effort }

export type ModelImage = { mediaType: string; base64: string }

/** What a model reads. A call of a tool stands in the message that made it, its result in one of its own. */
export type ModelMessage =
  | { role: 'system'; text: string }
  | { role: 'user'; text: string; images?: readonly ModelImage[] }
  | { role: 'assistant'; text: string; calls: readonly CallStep[]; attached?: Attached | null }
  | { role: 'tool'; callId: string; text: string }

/** `parameters` is a JSON schema. */
export type ModelTool = { name: string; description: string; parameters: object; strict?: boolean }

/** How a client of the API wants its answer made; what is absent is as the provider has it. */
export type Wishes = {
  temperature?: number | undefined
  topP?: number | undefined
  stop?: readonly string[] | undefined
  seed?: number | undefined
  presencePenalty?: number | undefined
  frequencyPenalty?: number | undefined
  toolChoice?: 'auto' | 'none' | 'required' | { name: string } | undefined
  /** Whether several tools may be called at once. */
  parallelCalls?: boolean | undefined
  format?:
    | { type: 'json_object' }
    | { type: 'json_schema'; name: string; description?: string | undefined; schema: object; strict?: boolean | undefined }
    | undefined
}

/** What a streaming chat model reports of its answer while it arrives; called synchronously, once per delta, on the token path. */
export type ModelSink = {
  text(delta: string): void
  /** What it thinks, which is no part of its answer. */
  reasoning(delta: string): void
  toolCallStart(toolCallId: string, name: string): void
  toolCallArgs(toolCallId: string, delta: string): void
}

export type ModelRequest = {
  messages: readonly ModelMessage[]
  tools: readonly ModelTool[]
  /** What the answer may have at most; the provider's own limit when absent. */
  outputTokensMax?: number
  /** How long to think; not said to a model that has no such choice. */
  effort?: Effort | undefined
  wishes?: Wishes | undefined
  sink?: ModelSink
  signal?: AbortSignal
}

/** The provider's count. Output includes reasoning, input includes what was read from its cache and written to it. */
export type ModelUsage = Tokens & { cachedInputTokens: number; cacheWriteTokens: number; reasoningTokens: number }

/** Why a model ended; `other` where it said what nobody knows. */
export type Finish = 'stop' | 'length' | 'content_filter' | 'tool_calls' | 'other'

/** A whole answer. `usage` is null where the provider gave none that can be read. `attached` goes back to the provider with the answer's calls. */
export type ModelAnswer = {
  text: string
  reasoning: string
  calls: CallStep[]
  usage: ModelUsage | null
  model: string
  finishReason: Finish
  attached: Attached | null
}

/** One model of one provider. An adapter speaks one protocol; what differs between those who speak it is a `Dialect`. */
export interface ChatModel {
  /** Names the provider in logs and metrics. */
  readonly provider: string
  /** Streams into the sink and returns the whole. An aborted signal ends the request at once and rejects with its reason. @throws ProviderError */
  complete(request: ModelRequest): Promise<ModelAnswer>
}

/** What differs in how a model wants to be asked. The table of models may say it, names of models imply it, and a refusal teaches it. */
export type Dialect = {
  maxTokens: 'max_tokens' | 'max_completion_tokens' | 'none'
  /** The role that carries the rules. */
  system: 'system' | 'developer' | 'user'
  /** Whether usage in a stream may be asked for. */
  streamUsage: boolean
  /** Whether it takes a temperature. */
  temperature: boolean
  /** Whether turns of one side in a row are joined to one. */
  alternateRoles: boolean
  tools: boolean
  images: boolean
  json: boolean
  /** Whether the effort of its thinking can be chosen. */
  reasoning: boolean
  /** Anthropic's two ways to ask for thinking. */
  thinking: 'budget' | 'adaptive'
  /** More tools are not offered. */
  toolsMax: number
  /** Whether what it attached is sent back. */
  attached: boolean
  /** Which ids of calls it takes: Mistral's are of nine letters and digits. */
  callIds: 'any' | 'nine'
}

export type ProviderKind = 'openai' | 'azure' | 'anthropic' | 'google'

export type Provider = {
  id: string
  kind: ProviderKind
  /** Without a slash at its end. */
  baseUrl: string
  apiKey: string
  headers?: Record<string, string> | undefined
  /** Azure's. */
  apiVersion?: string | undefined
  /** The longest silence before the first token, comments and headers being no silence. */
  firstTokenSeconds?: number | undefined
  /** The longest silence after it. */
  idleSeconds?: number | undefined
  /** The way there, where it is not a direct one. */
  dispatcher?: Dispatcher | undefined
}

export interface Embeddings {
  /** Names the vector space: vectors of different ids never share a collection. */
  readonly id: string
  /** How many texts one call may have. */
  readonly textsMax: number
  /** What it is called at the provider. */
  readonly model: string
  /** What is read of a text. */
  readonly charactersMax: number
  /** One vector per text, in order; also the tokens that the provider billed, 0 where it counted none. One request at most: that is what is paid for. A text that is long is cut, unless it is asked for `whole`. */
  embed(texts: string[], signal?: AbortSignal, options?: { whole?: boolean }): Promise<{ vectors: number[][]; inputTokens: number }>
}

export type TranscriptionWish = {
  file: { name: string; mediaType: string; bytes: Uint8Array<ArrayBuffer> }
  language?: string | undefined
  prompt?: string | undefined
  temperature?: number | undefined
  format: 'json' | 'text' | 'verbose_json' | 'srt' | 'vtt'
  granularities?: readonly string[]
}
/** `whole` is all that the provider said, null where it answered in cues; `seconds` is how much it heard, null where it did not say. */
export type Transcript = { text: string; whole: Record<string, unknown> | null; seconds: number | null }

export type SpeechWish = {
  text: string
  voice: string
  format?: string | undefined
  speed?: number | undefined
  instructions?: string | undefined
}
/** `body` has to be read to its end, or let go. */
export type Speech = { mediaType: string; body: AsyncGenerator<Uint8Array> }

export type PictureWish = { prompt: string; size: string; quality?: string | undefined }
/** `inputTokens` is what the provider counted of the prompt, null where it did not. */
export type MadePicture = { bytes: Buffer; inputTokens: number | null }

/** A model that makes pictures, one a call. @throws ProviderError */
export interface PictureModel {
  readonly provider: string
  /** Where the prompt goes. */
  readonly host: string
  make(wish: PictureWish, signal?: AbortSignal): Promise<MadePicture>
}

/** A model that hears or speaks. @throws ProviderError */
export interface AudioModel {
  readonly provider: string
  /** Where sound and text go. */
  readonly host: string
  transcribe(wish: TranscriptionWish, signal?: AbortSignal): Promise<Transcript>
  /** Resolves when the provider has begun to speak: from then on it is paid for. */
  speak(wish: SpeechWish, signal?: AbortSignal): Promise<Speech>
}
