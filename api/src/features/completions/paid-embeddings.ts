import type { Billing } from '#features/billing/index.ts'
import { type Bill, billOf, estimateTokens } from '#lib/money.ts'
import type { Embeddings } from '#ports/models/index.ts'

export type PaidEmbeddingsDeps = {
  embeddings: Embeddings
  /** Absent, they cost nothing. */
  price?: { model: string; embed: Billing['embed'] } | undefined
}

export type PaidEmbeddings = ReturnType<typeof createPaidEmbeddings>
type Embedded = { vectors: number[][]; inputTokens: number }

/** What an embedding model may put around a text. */
const frameTokens = 8

/** Embeddings that are paid for in advance, request by request: what becomes of one request changes nothing in what another cost. */
export function createPaidEmbeddings({ embeddings, price }: PaidEmbeddingsDeps) {
  async function request(bill: Bill, texts: string[], signal: AbortSignal | undefined, whole = false): Promise<Embedded> {
    const call = () => embeddings.embed(texts, signal, { whole })
    if (!price) return await call()
    // No tokenizer makes two tokens of one byte.
    const inputTokensMax = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + frameTokens, 0)
    return await price.embed(bill, { model: price.model, inputTokensMax, signal }, call)
  }

  return {
    id: embeddings.id,
    model: embeddings.model,
    charactersMax: embeddings.charactersMax,

    /** One vector per text, in order. @throws budget_exhausted, ceiling_reached, ProviderError */
    async embed(payer: Parameters<typeof billOf>[0], texts: string[], signal?: AbortSignal): Promise<number[][]> {
      const vectors: number[][] = []
      for (let from = 0; from < texts.length; from += embeddings.textsMax) {
        vectors.push(...(await request(billOf(payer), texts.slice(from, from + embeddings.textsMax), signal)).vectors)
      }
      return vectors
    },

    /** The same for texts that are not cut, with the tokens that they were: an estimate where nobody counted. */
    async embedCounted(bill: Bill, texts: string[], signal?: AbortSignal): Promise<Embedded> {
      const all: Embedded = { vectors: [], inputTokens: 0 }
      for (let from = 0; from < texts.length; from += embeddings.textsMax) {
        const some = texts.slice(from, from + embeddings.textsMax)
        const { vectors, inputTokens } = await request(bill, some, signal, true)
        all.vectors.push(...vectors)
        all.inputTokens += inputTokens || some.reduce((sum, text) => sum + estimateTokens(text), 0)
      }
      return all
    },
  }
}
