import { z } from 'zod'
import { Id, MicroUsd, Timestamp, text } from './text.ts'

export const apiKeysMax = 50
export const apiKeyStart = 'jv_'

/** What a key may be for. */
export const keyScopes = ['chat', 'v1', 'memory', 'files', 'tools'] as const
export const KeyScope = z.enum(keyScopes)
export type KeyScope = z.infer<typeof KeyScope>

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
    /** What it may be used for; everything else is refused. */
    scopes: z.array(KeyScope).optional(),
    /** What it may name as `model`: ids, `auto` and `jarvis`; null is all that the plan has. */
    models: z.array(z.string()).nullish(),
    /** What its calls may cost in a calendar month, within what the person may spend; null is no limit of its own. */
    budgetMicroUsdPerMonth: MicroUsd.nullish(),
    /** What its calls have cost this month. */
    spentMicroUsd: MicroUsd.optional(),
  })
  .meta({ id: 'ApiKey' })
export type ApiKey = z.infer<typeof ApiKey>
export const ApiKeyBody = z.strictObject({
  name: text(100).trim().min(1),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  requestsPerMinute: z.int().min(1).max(10_000).optional(),
  /** Absent: all of them, as keys had before they had scopes. */
  scopes: z.array(KeyScope).min(1).optional(),
  models: z.array(text(100).min(1)).min(1).max(100).optional(),
  budgetMicroUsdPerMonth: MicroUsd.optional(),
})
export const NewApiKey = ApiKey.extend({ secret: z.string() }).meta({ id: 'NewApiKey' })
export type NewApiKey = z.infer<typeof NewApiKey>
