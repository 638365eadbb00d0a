/** What a streaming chat model reports of its answer while it arrives; called synchronously, once per delta, on the token path. */
export type ModelSink = {
  text(delta: string): void
  toolCallStart(toolCallId: string, name: string): void
  toolCallArgs(toolCallId: string, delta: string): void
}

export interface Embeddings {
  /** Names the vector space: vectors of different ids never share a collection. */
  readonly id: string
  /** One vector per text, in order; also the tokens the provider billed (0 for the bundled encoder). */
  embed(texts: string[], signal?: AbortSignal): Promise<{ vectors: number[][]; inputTokens: number }>
  /** Begins what `embed` will soon be asked for, where that costs nothing: the provider's embeddings do nothing. */
  prepare(text: string): void
}
