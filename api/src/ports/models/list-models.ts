import type { Capabilities } from '@jarvis/contracts/chat.ts'
import { request } from 'undici'
import { AppError } from '#lib/app-error.ts'
import { parseJson } from '#lib/parse-json.ts'
import { list, object } from './codec.ts'
import type { Provider } from './index.ts'
import { azurePlace } from './openai-chat.ts'
import { ProviderError, toProviderError } from './provider-error.ts'
import { readText } from './read-text.ts'
import { refusedBy } from './refused-by.ts'

/** What a provider says of a model of its; absent, what it does not say. */
export type Offered = { model: string; contextTokens?: number; outputTokensMax?: number; capabilities: Partial<Capabilities> }

const listBytesMax = 8 * 1024 * 1024
/** Ollama is asked about each of its models. */
const askedAtOnce = 8
const modelsMax = 2000

/** The models that a provider lists, each with what it says of itself. Redirects are not followed. @throws ProviderError */
export async function listModels(provider: Provider, signal: AbortSignal): Promise<Offered[]> {
  return sorted(await listed(provider, signal))
}

/** The same of an Ollama; null where nothing at its address speaks as one. @throws ProviderError */
export async function listOllama(provider: Provider, signal: AbortSignal): Promise<Offered[] | null> {
  const offered = await ofOllama(provider, {}, signal)
  return offered && sorted(offered)
}

const sorted = (offered: Offered[]) => offered.slice(0, modelsMax).toSorted((a, b) => a.model.localeCompare(b.model, 'en'))

async function listed(provider: Provider, signal: AbortSignal): Promise<Offered[]> {
  const { kind, baseUrl, apiKey } = provider
  const ask = (url: string, headers: Record<string, string> = {}) => get(provider, url, { headers, signal })
  if (kind === 'anthropic') {
    const root = baseUrl.endsWith('/v1') ? baseUrl : `${baseUrl}/v1`
    const { data } = await ask(`${root}/models?limit=1000`, { 'anthropic-version': '2023-06-01', ...(apiKey && { 'x-api-key': apiKey }) })
    return objects(data).flatMap((entry) => named(entry.id, {}))
  }
  if (kind === 'google') {
    const root = /\/v1(?:beta|alpha)?$/.test(baseUrl) ? baseUrl : `${baseUrl}/v1beta`
    const { models } = await ask(`${root}/models?pageSize=1000`, apiKey ? { 'x-goog-api-key': apiKey } : {})
    return objects(models)
      .filter(({ supportedGenerationMethods: methods }) => !Array.isArray(methods) || methods.includes('generateContent'))
      .flatMap(({ name, inputTokenLimit, outputTokenLimit }) =>
        named(typeof name === 'string' ? name.replace(/^models\//, '') : name, {
          ...count('contextTokens', inputTokenLimit),
          ...count('outputTokensMax', outputTokenLimit),
        }),
      )
  }
  if (kind === 'azure') {
    // Azure lists what can be deployed, not what is: only the address for all knows no deployments.
    const place = azurePlace(provider, '')
    if (!baseUrl.endsWith('/v1')) return []
    const { data } = await ask(place.url.replace('/chat/completions', '/models'), place.headers)
    return objects(data).flatMap((entry) => named(entry.id, {}))
  }
  const bearer: Record<string, string> = apiKey ? { authorization: `Bearer ${apiKey}` } : {}
  const ollama = await ofOllama(provider, bearer, signal)
  if (ollama) return ollama
  const answer = await ask(`${baseUrl}/models`, bearer)
  return objects(answer.data ?? answer.models).flatMap(ofOpenAiList)
}

/** vLLM says `max_model_len`; gateways `context_length`, and what goes in and out. */
function ofOpenAiList(entry: Record<string, unknown>): Offered[] {
  const { input_modalities: inputs } = object(entry.architecture) ?? {}
  const able = entry.supported_parameters
  const capabilities = {
    ...(Array.isArray(inputs) && { images: inputs.includes('image') }),
    ...(Array.isArray(able) && { tools: able.includes('tools'), reasoning: able.includes('reasoning') }),
  }
  return named(entry.id, { ...count('contextTokens', entry.max_model_len ?? entry.context_length), capabilities })
}

/** null where it is no Ollama. */
async function ofOllama(provider: Provider, headers: Record<string, string>, signal: AbortSignal): Promise<Offered[] | null> {
  const { baseUrl } = provider
  if (!baseUrl.endsWith('/v1') || new URL(baseUrl).hostname.endsWith('openai.com')) return null
  const root = baseUrl.slice(0, -'/v1'.length)
  // Whatever is wrong, the question that follows says it better.
  const tags = await get(provider, `${root}/api/tags`, { headers, signal }).catch(() => null)
  if (!Array.isArray(tags?.models)) return null
  const names = objects(tags.models).flatMap(({ name }) => (typeof name === 'string' ? [name] : []))
  const offered: Offered[] = []
  for (let from = 0; from < Math.min(names.length, modelsMax); from += askedAtOnce) {
    const some = names.slice(from, from + askedAtOnce).map(async (model): Promise<Offered[]> => {
      const shown = await get(provider, `${root}/api/show`, { headers, signal, body: { model } })
      return ofOllamaModel(model, shown)
    })
    offered.push(...(await Promise.all(some)).flat())
  }
  return offered
}

function ofOllamaModel(model: string, { capabilities: can, model_info: info, parameters }: Record<string, unknown>): Offered[] {
  const able = Array.isArray(can) ? can : undefined
  if (able && !able.includes('completion')) return []
  // What it was made for; `num_ctx` is what this server really loads.
  const made = Object.entries(object(info) ?? {}).find(([key]) => key.endsWith('.context_length'))?.[1]
  const loaded = typeof parameters === 'string' ? /^num_ctx\s+(\d{1,9})$/m.exec(parameters)?.[1] : undefined
  return named(model, {
    ...count('contextTokens', loaded === undefined ? made : Number(loaded)),
    capabilities: able ? { tools: able.includes('tools'), images: able.includes('vision'), reasoning: able.includes('thinking') } : {},
  })
}

type Asking = { headers: Record<string, string>; signal: AbortSignal; body?: object }

async function get(provider: Provider, url: string, { headers, signal, body }: Asking): Promise<Record<string, unknown>> {
  const { apiKey, dispatcher } = provider
  try {
    const response = await request(url, {
      method: body ? 'POST' : 'GET',
      headers: { accept: 'application/json', ...provider.headers, ...headers, ...(body && { 'content-type': 'application/json' }) },
      body: body ? JSON.stringify(body) : null,
      signal,
      ...(dispatcher && { dispatcher }),
    })
    const { statusCode: status } = response
    const text = await readText(response.body, listBytesMax)
    if (status < 200 || status > 299) throw refusedBy({ status, headers: response.headers, body: text, apiKey })
    const value = object(parseJson(text))
    if (!value) throw new SyntaxError('The list is no object.')
    return value
  } catch (error) {
    if (signal.aborted) throw new ProviderError('upstream_timeout', {}, { cause: error, isFinal: true })
    throw error instanceof AppError ? error : toProviderError(error)
  }
}

const objects = (value: unknown) =>
  list(value)
    .map(object)
    .filter((entry) => entry !== undefined)

const named = (model: unknown, more: Partial<Offered>): Offered[] =>
  typeof model === 'string' && model !== '' && model.length <= 200 ? [{ model, capabilities: {}, ...more }] : []

const count = (name: 'contextTokens' | 'outputTokensMax', value: unknown): Partial<Offered> =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? { [name]: value } : {}
