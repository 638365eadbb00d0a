import { readFileSync } from 'node:fs'
import { PlanId, ModelTier } from '@jarvis/contracts/plans.ts'
import { z } from 'zod'
import { parseJson } from '#lib/parse-json.ts'
import { faultsOf, sayFault } from '#lib/plain-issues.ts'
import { capabilitiesOf } from '#ports/models/dialects.ts'

const price = z.number().min(0)

/** What differs in how a provider wants to be asked; absent, as OpenAI and those like it have it. */
const Parameters = z
  .strictObject({
    maxTokens: z.enum(['max_tokens', 'max_completion_tokens', 'none']),
    system: z.enum(['system', 'developer', 'user']),
    streamUsage: z.boolean(),
    temperature: z.boolean(),
    alternateRoles: z.boolean(),
  })
  .partial()

const seconds = z.number().min(1).max(3600)
const defaultUrls = {
  openai: 'https://api.openai.com/v1',
  azure: undefined,
  anthropic: 'https://api.anthropic.com',
  google: 'https://generativelanguage.googleapis.com',
} as const

const ProviderEntry = z
  .strictObject({
    id: z.string().min(1).max(100),
    kind: z.enum(['openai', 'azure', 'anthropic', 'google']),
    /** Absent, the maker's own. Azure's is that of the resource. */
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .transform((url) => url.replace(/\/$/, ''))
      .optional(),
    /** The variable of the environment that holds its key; absent, it needs none. */
    apiKeyEnv: z.string().min(1).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    firstTokenSeconds: seconds.optional(),
    idleSeconds: seconds.optional(),
    /** Azure's `api-version`. */
    apiVersion: z.string().min(1).max(40).optional(),
  })
  .transform((provider, context) => {
    const baseUrl = provider.baseUrl ?? defaultUrls[provider.kind]
    if (baseUrl === undefined) context.addIssue({ code: 'custom', path: ['baseUrl'], message: 'is needed: the address of your Azure resource' })
    if (provider.apiVersion !== undefined && provider.kind !== 'azure')
      context.addIssue({ code: 'custom', path: ['apiVersion'], message: 'is for the kind "azure" alone' })
    return { ...provider, baseUrl: baseUrl ?? '' }
  })

/** What a model can; absent, what its name says. */
const CapabilityChoice = z.strictObject({ tools: z.boolean(), images: z.boolean(), json: z.boolean(), reasoning: z.boolean() }).partial()

/** Kinds of tokens that have a price of their own. */
const Prices = z
  .strictObject({
    cachedInputMicroUsdPerMillion: price,
    /** Of what is written to the provider's cache: Anthropic's is dearer than input. */
    cacheWriteMicroUsdPerMillion: price,
    reasoningMicroUsdPerMillion: price,
  })
  .partial()

export const ModelEntry = z.strictObject({
  id: z.string().min(1).max(100),
  name: z.string().min(1).max(100),
  tier: ModelTier,
  contextTokens: z.int().min(1024),
  outputTokensMax: z.int().min(16),
  inputMicroUsdPerMillion: price,
  outputMicroUsdPerMillion: price,
  /** Tried in this order when the model fails before its first token. */
  fallbacks: z.array(z.string()).default([]),
  /** One of `providers`; absent, the provider of `OPENAI_…`. */
  provider: z.string().optional(),
  /** Its name there; absent, its id. */
  model: z.string().min(1).max(200).optional(),
  parameters: Parameters.optional(),
  capabilities: CapabilityChoice.optional(),
  prices: Prices.optional(),
  /** In place of the provider's. */
  firstTokenSeconds: seconds.optional(),
  idleSeconds: seconds.optional(),
})
export type ModelEntry = z.infer<typeof ModelEntry>

const openAiVoices = ['alloy', 'ash', 'coral', 'echo', 'fable', 'nova', 'onyx', 'sage', 'shimmer']

/** A model that hears is paid for by the minute of sound, one that speaks by the character. */
const audioPlace = {
  id: z.string().min(1).max(100),
  tier: ModelTier.default('economy'),
  provider: z.string().optional(),
  model: z.string().min(1).max(200).optional(),
}
export const AudioEntry = z.discriminatedUnion('kind', [
  z.strictObject({ ...audioPlace, kind: z.literal('transcription'), microUsdPerMinute: price }),
  z.strictObject({
    ...audioPlace,
    kind: z.literal('speech'),
    microUsdPerMillionCharacters: price,
    /** Those that people may choose from; the first is the usual one. */
    voices: z.array(z.string().min(1).max(200)).min(1).max(100).default(openAiVoices),
  }),
])
export type AudioEntry = z.infer<typeof AudioEntry>

/** A model that makes pictures is paid for by the picture, as its size and quality say; servers that know no quality have none. */
export const PictureEntry = z.strictObject({
  ...audioPlace,
  tier: ModelTier.default('premium'),
  prices: z
    .array(
      z.strictObject({
        size: z.string().regex(/^[1-9]\d{1,4}x[1-9]\d{1,4}$/, 'must be like "1024x1024"'),
        quality: z.string().min(1).max(40).optional(),
        microUsd: price,
      }),
    )
    .min(1)
    .max(50),
  /** On top, where the provider charges for the words too. */
  promptMicroUsdPerMillion: price.default(0),
  /** Whether to ask for base64 in `response_format`: servers that would answer with an address need it, OpenAI’s own models refuse it. */
  asksForBase64: z.boolean().default(false),
})
export type PictureEntry = z.infer<typeof PictureEntry>

/** The provider of `OPENAI_…`, or the practice model. */
export const ownProvider = 'default'

/** What MODELS_FILE holds. `embedding: null` keeps to the bundled encoder. */
export const ModelTable = z
  .strictObject({
    providers: z.array(ProviderEntry).default([]),
    models: z.array(ModelEntry).min(1),
    /** What hears and speaks for programs, at providers that do so as OpenAI. */
    audio: z.array(AudioEntry).default([]),
    /** What makes pictures, at providers that do so as OpenAI; the first that a plan may use is taken. */
    pictures: z.array(PictureEntry).default([]),
    /** The model that `auto` means, by plan. */
    auto: z.record(PlanId, z.string()),
    /** Answers when a budget is nearly used up. */
    economy: z.string(),
    embedding: z.strictObject({ model: z.string(), dimensions: z.int().min(1).optional(), inputMicroUsdPerMillion: price }).nullable(),
  })
  .superRefine((table, context) => {
    const known = new Set(table.models.map(({ id }) => id))
    const named = [...Object.values(table.auto), table.economy, ...table.models.flatMap(({ fallbacks }) => fallbacks)]
    for (const id of new Set(named))
      if (!known.has(id)) context.addIssue({ code: 'custom', message: `names the model "${id}", which is not in models` })
    const others = [...table.audio, ...table.pictures]
    const ids = new Set([...known, ...others.map(({ id }) => id)])
    if (ids.size < table.models.length + others.length) context.addIssue({ code: 'custom', message: 'lists a model twice' })
    const providers = new Map(table.providers.map(({ id, kind }) => [id, kind]))
    if (providers.size < table.providers.length) context.addIssue({ code: 'custom', message: 'lists a provider twice' })
    if (providers.has(ownProvider)) context.addIssue({ code: 'custom', message: `names a provider "${ownProvider}": that is the one of OPENAI_…` })
    for (const [entries, does] of [
      [table.audio, 'hears or speaks'],
      [table.pictures, 'makes pictures'],
    ] as const)
      for (const { id, provider = ownProvider } of entries)
        if (['anthropic', 'google'].includes(providers.get(provider) ?? ''))
          context.addIssue({ code: 'custom', message: `says that "${id}" ${does} at "${provider}", which does not do so as OpenAI` })
    for (const { id, provider } of [...table.models, ...others])
      if (provider !== undefined && !providers.has(provider))
        context.addIssue({ code: 'custom', message: `says that "${id}" is at "${provider}", which is not in providers` })
  })
export type ModelTable = z.infer<typeof ModelTable>

/** What a model of the table can do; one that names no provider is at the server of OPENAI_…. */
export function capabilitiesIn({ providers }: Pick<ModelTable, 'providers'>, { id, provider, model = id, capabilities = {} }: ModelEntry) {
  return capabilitiesOf(providers.find((one) => one.id === provider)?.kind ?? 'openai', model, capabilities)
}

const usd = (dollars: number) => Math.round(dollars * 1_000_000)
const model = (
  id: string,
  name: string,
  tier: ModelTier,
  contextTokens: number,
  outputTokensMax: number,
  input: number,
  output: number,
  fallbacks: string[],
) => ({
  id,
  name,
  tier,
  contextTokens,
  outputTokensMax,
  inputMicroUsdPerMillion: usd(input),
  outputMicroUsdPerMillion: usd(output),
  fallbacks,
})

const hears = (id: string, dollarsPerMinute: number): AudioEntry => ({
  id,
  kind: 'transcription',
  tier: 'economy',
  microUsdPerMinute: usd(dollarsPerMinute),
})
const speaks = (id: string, dollarsPerMillionCharacters: number): AudioEntry => ({
  id,
  kind: 'speech',
  tier: 'economy',
  microUsdPerMillionCharacters: usd(dollarsPerMillionCharacters),
  voices: openAiVoices,
})

/** By shape, square and long, in each quality. */
const draws = (id: string, square: [number, number, number], long: [number, number, number], promptDollarsPerMillion: number): PictureEntry => ({
  id,
  tier: 'premium',
  prices: (['low', 'medium', 'high'] as const).flatMap((quality, at) => [
    { size: '1024x1024', quality, microUsd: usd(square[at]!) },
    { size: '1024x1536', quality, microUsd: usd(long[at]!) },
    { size: '1536x1024', quality, microUsd: usd(long[at]!) },
  ]),
  promptMicroUsdPerMillion: usd(promptDollarsPerMillion),
  asksForBase64: false,
})

/** Prices in US dollars for a million tokens, from OpenAI's public price list (https://platform.openai.com/docs/pricing). */
export const openAiTable: ModelTable = {
  providers: [],
  models: [
    model('gpt-4o-mini', 'GPT-4o mini', 'economy', 128_000, 16_384, 0.15, 0.6, ['gpt-4.1-mini']),
    model('gpt-4o', 'GPT-4o', 'premium', 128_000, 16_384, 2.5, 10, ['gpt-4.1', 'gpt-4o-mini']),
    model('gpt-4.1-nano', 'GPT-4.1 nano', 'economy', 1_047_576, 32_768, 0.1, 0.4, ['gpt-4o-mini']),
    model('gpt-4.1-mini', 'GPT-4.1 mini', 'economy', 1_047_576, 32_768, 0.4, 1.6, ['gpt-4o-mini']),
    model('gpt-4.1', 'GPT-4.1', 'premium', 1_047_576, 32_768, 2, 8, ['gpt-4o']),
    model('gpt-5-nano', 'GPT-5 nano', 'economy', 400_000, 128_000, 0.05, 0.4, ['gpt-4o-mini']),
    model('gpt-5-mini', 'GPT-5 mini', 'premium', 400_000, 128_000, 0.25, 2, ['gpt-4o-mini']),
    model('gpt-5', 'GPT-5', 'frontier', 400_000, 128_000, 1.25, 10, ['gpt-4o']),
  ],
  audio: [
    hears('gpt-4o-mini-transcribe', 0.003),
    hears('gpt-4o-transcribe', 0.006),
    hears('whisper-1', 0.006),
    // Its list has a price for a minute of speech, 0.015: a minute is at least 750 characters.
    speaks('gpt-4o-mini-tts', 20),
    speaks('tts-1', 15),
    speaks('tts-1-hd', 30),
  ],
  pictures: [
    draws('gpt-image-1-mini', [0.005, 0.011, 0.036], [0.006, 0.015, 0.052], 2),
    draws('gpt-image-1', [0.011, 0.042, 0.167], [0.016, 0.063, 0.25], 5),
  ],
  auto: { free: 'gpt-4o-mini', pro: 'gpt-4o', enterprise: 'gpt-4o' },
  economy: 'gpt-4o-mini',
  embedding: { model: 'text-embedding-3-small', inputMicroUsdPerMillion: usd(0.02) },
}

/** Name, prices and limits of a model that OpenAI makes, as far as we know it. */
export function knownModel(name: string): Omit<ModelEntry, 'id' | 'fallbacks'> | undefined {
  const found = openAiTable.models.find(({ id }) => id === name)
  if (!found) return undefined
  const { id: _, fallbacks: __, ...known } = found
  return known
}

/** With no provider: our own simulator answers under these names, and costs nothing. */
export const practiceTable: ModelTable = {
  providers: [],
  models: [
    model('practice-mini', 'Practice model (small)', 'economy', 32_000, 4096, 0, 0, []),
    model('practice', 'Practice model', 'premium', 32_000, 4096, 0, 0, ['practice-mini']),
  ],
  audio: [],
  pictures: [],
  auto: { free: 'practice-mini', pro: 'practice', enterprise: 'practice' },
  economy: 'practice-mini',
  embedding: null,
}

/** @throws Error that names the faults, one line each, fit for the person who wrote the file */
export function readModelTable(path: string): ModelTable {
  let content: unknown
  try {
    content = parseJson(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Error(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
  const parsed = ModelTable.safeParse(content)
  if (parsed.success) return parsed.data
  throw new Error(
    faultsOf(parsed.error)
      .map((fault) => `${path}: ${sayFault(fault, 'the table')}`)
      .join('\n'),
  )
}
