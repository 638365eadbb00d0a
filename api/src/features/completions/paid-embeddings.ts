import type { Billing } from '#features/billing/index.ts'
import { type Bill, billOf } from '#lib/money.ts'
import type { Embeddings } from '#ports/models/index.ts'

export type PaidEmbeddingsDeps = {
  embeddings: Embeddings
  /** Absent, they cost nothing. */
  price?: { model: string; embed: Billing['embed'] } | undefined
}

/** What an embedding model may put around a text. */
const frameTokens = 8

/** Embeddings that are paid for in advance, request by request: what becomes of one request changes nothing in what another cost. */
export function createPaidEmbeddings({ embeddings, price }: PaidEmbeddingsDeps) {
  async function request(bill: Bill, texts: string[], signal: AbortSignal | undefined): Promise<number[][]> {
    const call = () => embeddings.embed(texts, signal)
    if (!price) return (await call()).vectors
    // No tokenizer makes two tokens of one byte.
    const inputTokensMax = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + frameTokens, 0)
    return (await price.embed(bill, { model: price.model, inputTokensMax, signal }, call)).vectors
  }

  return {
    id: embeddings.id,
    prepare: (text: string) => embeddings.prepare(text),

    /** One vector per text, in order. @throws budget_exhausted, ceiling_reached, ProviderError */
    async embed(payer: Parameters<typeof billOf>[0], texts: string[], signal?: AbortSignal): Promise<number[][]> {
      const vectors: number[][] = []
      for (let from = 0; from < texts.length; from += embeddings.textsMax) {
        vectors.push(...(await request(billOf(payer), texts.slice(from, from + embeddings.textsMax), signal)))
      }
      return vectors
    },
  }
}
