import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import type { Log } from '#lib/log.ts'
import { responseCache, responseCacheSavedMicroUsd } from '#lib/meters.ts'
import type { Cache } from '#ports/cache/index.ts'
import type { Admitted } from './answering.ts'
import type { Whole } from './chat-answer.ts'

export type Kept = Whole & { model: string }
/** Who is answered from it: the same person, anybody who asks the same, or nobody. */
export type Sharing = 'person' | 'all' | 'off'
export type CacheKey = { id: string; secret: Buffer; userId: string }

/**
 * Answers to what was asked before, word for word, at temperature 0: of the same model, with all that the provider would be sent. The store
 * gets neither question nor answer in clear: what decrypts an answer follows from its question alone, so only who asks the same reads it.
 */
export function createResponseCache({ cache, sharing, log }: { cache: Cache; sharing(): Sharing; log: Log }) {
  /** An answer does not depend on whether the store can be reached. */
  async function orNull<Value>(asked: Promise<Value>): Promise<Value | null> {
    try {
      return await asked
    } catch (error) {
      log.debug({ err: error }, 'the response cache could not be used')
      return null
    }
  }

  return {
    /** Null for what is not to be kept: answers that are meant to differ. */
    keyOf(userId: string, { mayCache, models, messages, tools, wishes, outputTokensMax, effort }: Admitted): CacheKey | null {
      const shared = sharing()
      if (shared === 'off' || !mayCache || wishes.temperature !== 0) return null
      const asked = JSON.stringify([shared === 'all' ? null : userId, models[0], messages, tools, wishes, outputTokensMax, effort])
      const digest = (use: string) => createHash('sha256').update(`${use}\n${asked}`)
      return { id: digest('id').digest('base64url'), secret: digest('secret').digest(), userId }
    },

    /** Free, and marked. */
    async find({ id, secret }: CacheKey): Promise<Kept | undefined> {
      const sealed = await orNull(cache.get(id))
      const kept = sealed === null ? undefined : (JSON.parse(opened(sealed, secret)) as Kept)
      responseCache.inc({ outcome: kept ? 'hit' : 'miss' })
      if (!kept) return undefined
      responseCacheSavedMicroUsd.inc(kept.receipt.costMicroUsd)
      return { ...kept, receipt: { ...kept.receipt, costMicroUsd: 0, cached: true } }
    },

    /** What another model had to answer, and what was withheld, is asked anew. */
    async keep({ id, secret, userId }: CacheKey, answer: Kept, model: string): Promise<void> {
      if (answer.model !== model || answer.finishReason === 'content_filter') return
      await orNull(cache.set(id, sealed(JSON.stringify(answer), secret), userId))
    },
  }
}

const algorithm = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

function sealed(text: string, secret: Buffer): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(algorithm, secret, iv)
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')
}

function opened(text: string, secret: Buffer): string {
  const bytes = Buffer.from(text, 'base64')
  const decipher = createDecipheriv(algorithm, secret, bytes.subarray(0, ivBytes))
  decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
  return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString('utf8')
}
