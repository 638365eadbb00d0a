import { z } from 'zod'
import { Id, Timestamp, text } from './text.ts'

export const apiKeysMax = 50
export const apiKeyStart = 'jv_'

/** What a key may be for. */
export const keyScopes = ['chat', 'v1', 'memory', 'files', 'tools'] as const
export type KeyScope = (typeof keyScopes)[number]

/** `prefix` is the part that a person may recognise the key by; the secret itself is only told once. */
export const ApiKey = z
  .object({
    id: Id,
    name: z.string(),
    prefix: z.string(),
    createdAt: Timestamp,
    lastUsedAt: Timestamp.nullable(),
    expiresAt: Timestamp.nullable(),
    /** A limit of its own, beside the one of the person's plan, which holds for all keys together; null is none of its own. */
    requestsPerMinute: z.int().nullish(),
  })
  .meta({ id: 'ApiKey' })
export type ApiKey = z.infer<typeof ApiKey>
export const ApiKeyBody = z.strictObject({
  name: text(100).trim().min(1),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  requestsPerMinute: z.int().min(1).max(10_000).optional(),
})
export const NewApiKey = ApiKey.extend({ secret: z.string() }).meta({ id: 'NewApiKey' })
export type NewApiKey = z.infer<typeof NewApiKey>
