import { LRUCache } from 'lru-cache'
import { sha256 } from '#lib/ids.ts'
import { responseCache, responseCacheSavedMicroUsd } from '#lib/meters.ts'
import type { Admitted } from './answering.ts'
import type { Whole } from './chat-answer.ts'

type Kept = Whole & { model: string }

const bytesMax = 32 * 1024 * 1024
/** A longer answer would push out many others. */
const entryBytesMax = 512 * 1024
const keptMs = 60 * 60_000

/**
 * Answers of this process to what was asked before, word for word, at temperature 0: by the same person, of the same model, with all that the
 * provider would be sent. Nobody is shown what another person was answered. In memory alone, for an hour.
 */
export function createResponseCache({ bytes = bytesMax }: { bytes?: number } = {}) {
  const answers = new LRUCache<string, Kept>({
    maxSize: bytes,
    maxEntrySize: Math.min(bytes, entryBytesMax),
    ttl: keptMs,
    sizeCalculation: (answer, key) => key.length + 2 * JSON.stringify(answer).length,
  })

  return {
    /** Null for what is not to be kept: answers that are meant to differ. */
    keyOf(userId: string, { mayCache, models, messages, tools, wishes, outputTokensMax, effort }: Admitted): string | null {
      if (!mayCache || wishes.temperature !== 0) return null
      return sha256(JSON.stringify([userId, models[0], messages, tools, wishes, outputTokensMax, effort]))
    },

    /** Free, and marked. */
    find(key: string): Kept | undefined {
      const kept = answers.get(key)
      responseCache.inc({ outcome: kept ? 'hit' : 'miss' })
      if (!kept) return undefined
      responseCacheSavedMicroUsd.inc(kept.receipt.costMicroUsd)
      return { ...kept, receipt: { ...kept.receipt, costMicroUsd: 0, cached: true } }
    },

    /** What another model had to answer, and what was withheld, is asked anew. */
    keep(key: string, answer: Kept, model: string): void {
      if (answer.model === model && answer.finishReason !== 'content_filter') answers.set(key, answer)
    },
  }
}
