import { z } from 'zod'
import { Capabilities } from './chat.ts'
import { ErrorCode } from './errors.ts'
import { ModelTier, PlanId } from './plans.ts'
import { Id, text, Timestamp } from './text.ts'

/** Who set it: the environment and the file of the operator count before this page, and cannot be changed here. */
export const SettingSource = z.enum(['environment', 'file', 'page'])
export type SettingSource = z.infer<typeof SettingSource>

const ProviderKind = z.enum(['openai', 'azure', 'anthropic', 'google'])
const baseUrl = z.url({ protocol: /^https?$/ }).refine((url) => {
  const { username, password, search, hash } = URL.parse(url) ?? {}
  return [username, password, search, hash].every((part) => part === '')
}, 'must be an address alone: the key has a field of its own')
const apiVersion = text(40)
/** What a header can carry. */
const apiKey = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[\u0021-\u007e]+$/, 'must be without spaces and special characters, as the provider shows it')

/** `keySet`: there is a key, which is never told. `keyFault`: it was encrypted with another SECRETS_KEY and must be typed again. */
export const AdminProvider = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: ProviderKind,
    baseUrl: z.string(),
    apiVersion: z.string().nullable(),
    source: SettingSource,
    keySet: z.boolean(),
    keyFault: z.boolean(),
  })
  .meta({ id: 'AdminProvider' })
export type AdminProvider = z.infer<typeof AdminProvider>

/** `baseUrl`: absent, the maker's own. */
export const AdminProviderBody = z.strictObject({
  name: text(60),
  kind: ProviderKind,
  baseUrl: baseUrl.optional(),
  apiKey: apiKey.optional(),
  apiVersion: apiVersion.optional(),
})
/** An `apiKey` of null takes the key away. */
export const AdminProviderChange = z.strictObject({
  name: text(60).optional(),
  baseUrl: baseUrl.optional(),
  apiKey: apiKey.nullable().optional(),
  apiVersion: apiVersion.nullable().optional(),
})

/** `model`: its name there; absent, a chosen one, or the first of its list. */
export const ProviderTestBody = z.strictObject({ model: text(200).optional() })
/** `said`: the provider's own words where it failed, without keys; `advice`: what to do. */
export const ProviderTest = z
  .object({ ok: z.boolean(), model: z.string().nullable(), tookMs: z.int(), said: z.string().nullable(), advice: z.string().nullable() })
  .meta({ id: 'ProviderTest' })
export type ProviderTest = z.infer<typeof ProviderTest>

/** A model that a provider has, with what it says of it; null where it says nothing. */
export const OfferedModel = z
  .object({
    model: z.string(),
    contextTokens: z.int().nullable(),
    outputTokensMax: z.int().nullable(),
    capabilities: Capabilities.partial(),
    /** Whether its price is known, or it costs nothing; else who chooses it says what a million tokens cost. */
    priced: z.boolean(),
    /** The ids under which it is chosen already. */
    chosenAs: z.array(z.string()),
  })
  .meta({ id: 'OfferedModel' })
export type OfferedModel = z.infer<typeof OfferedModel>

/** A server that answers at its usual address and is not listed yet. */
export const FoundProvider = z
  .object({ name: z.string(), kind: ProviderKind, baseUrl: z.string(), models: z.array(OfferedModel) })
  .meta({ id: 'FoundProvider' })
export type FoundProvider = z.infer<typeof FoundProvider>

/** A call of a model that failed. `said`: the provider's own words, without keys; `messageId`: the answer that it was for. */
export const FailedCall = z
  .object({
    failedAt: Timestamp,
    provider: z.string(),
    model: z.string(),
    attempt: z.int(),
    code: ErrorCode,
    status: z.int().nullable(),
    said: z.string().nullable(),
    messageId: Id.nullable(),
  })
  .meta({ id: 'FailedCall' })
export type FailedCall = z.infer<typeof FailedCall>
export const FailedCallQuery = z.strictObject({ messageId: Id.optional() })

/** How a model at an address wants to be asked, as its refusals taught it: names as in `parameters` and `capabilities` of MODELS_FILE. */
export const ModelLesson = z
  .object({
    id: Id,
    baseUrl: z.string(),
    model: z.string(),
    lesson: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    learnedAt: Timestamp,
  })
  .meta({ id: 'ModelLesson' })
export type ModelLesson = z.infer<typeof ModelLesson>

const microUsd = z.number().min(0).max(1e12)
const Choice = {
  name: text(100),
  tier: ModelTier,
  contextTokens: z.int().min(1024).max(1e9),
  outputTokensMax: z.int().min(16).max(1e9),
  inputMicroUsdPerMillion: microUsd,
  outputMicroUsdPerMillion: microUsd,
  /** Tried in this order when the model fails before its first token. */
  fallbacks: z.array(text(100)).max(20),
  /** The plans whose standard model it is. */
  standardFor: z.array(PlanId).max(3),
}

export const AdminModel = z
  .object({
    id: z.string(),
    provider: z.string(),
    model: z.string(),
    source: SettingSource,
    ...Choice,
    capabilities: Capabilities,
    economy: z.boolean(),
  })
  .meta({ id: 'AdminModel' })
export type AdminModel = z.infer<typeof AdminModel>

/** A model to choose, by an id of your own, or one to change: then what is absent stays. */
const AdminModelSet = z.strictObject({
  id: text(100),
  provider: text(100).optional(),
  model: text(200).optional(),
  ...z.object(Choice).partial().shape,
  capabilities: Capabilities.partial().optional(),
})
export type AdminModelSet = z.infer<typeof AdminModelSet>
export const AdminModelsBody = z.strictObject({
  set: z.array(AdminModelSet).max(100).default([]),
  remove: z.array(text(100)).max(100).default([]),
})
export type AdminModelsBody = z.infer<typeof AdminModelsBody>
