import type { FoundProvider, OfferedModel, ProviderTest } from '@jarvis/contracts/admin-models.ts'
import { AppError } from '#lib/app-error.ts'
import { parseObject } from '#lib/parse-object.ts'
import { openChatModels } from '#ports/models/chat-models.ts'
import type { Dialect, Provider } from '#ports/models/index.ts'
import { listModels, listOllama } from '#ports/models/list-models.ts'
import { ProviderError, redacted } from '#ports/models/provider-error.ts'

const answerMsMax = 10_000
const listMsMax = 10_000
/** A machine without one says so at once. */
const findMsMax = 3000
/** Room for a model that thinks before it says yes. */
const outputTokensMax = 256

const unknown = { contextTokens: null, outputTokensMax: null }

/** Asks one tiny question. What fails is the answer, not an error. */
export async function tryProvider(
  provider: Provider,
  { model: wanted, dialect }: { model: string | undefined; dialect: Partial<Dialect> },
): Promise<ProviderTest> {
  const since = performance.now()
  const signal = AbortSignal.timeout(answerMsMax)
  let model = wanted ?? null
  const answer = (ok: boolean, said: string | null, advice: string | null) => ({
    ok,
    model,
    tookMs: Math.round(performance.now() - since),
    said,
    advice,
  })
  try {
    model ??= (await listModels(provider, signal))[0]?.model ?? null
    if (model === null) return answer(false, null, 'The provider lists no models: type the name of one.')
    const at = { id: model, provider: provider.id, model, dialect }
    const chat = openChatModels([provider], [at]).get(model)!
    const messages = [{ role: 'user' as const, text: 'Answer with the word yes.' }]
    const { text } = await chat.complete({ messages, tools: [], outputTokensMax, signal })
    return answer(true, redacted(text, provider.apiKey).slice(0, 200), null)
  } catch (error) {
    if (signal.aborted) return answer(false, null, `There was no answer within ${answerMsMax / 1000} seconds. Check the address.`)
    return answer(false, wordsOf(error, provider.apiKey), error instanceof AppError ? error.message : 'The provider failed.')
  }
}

/** @throws AppError with the provider's own words */
export async function offeredBy(provider: Provider): Promise<Omit<OfferedModel, 'chosenAs' | 'priced'>[]> {
  try {
    const offered = await listModels(provider, AbortSignal.timeout(listMsMax))
    return offered.map((model) => ({ ...unknown, ...model }))
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    const words = wordsOf(error, provider.apiKey)
    throw new AppError(error.code, words === null ? error.message : `${error.message} The provider said: ${words}`, { cause: error.cause })
  }
}

/** The Ollama at its usual address, with what it says of its models; none where nothing there speaks as one. */
export async function findOllama(url: string, dispatcher: Provider['dispatcher']): Promise<FoundProvider[]> {
  const baseUrl = `${new URL(url).origin}/v1`
  const models = await listOllama({ id: 'ollama', kind: 'openai', baseUrl, apiKey: '', dispatcher }, AbortSignal.timeout(findMsMax)).catch(() => null)
  return models
    ? [{ name: 'Ollama', kind: 'openai', baseUrl, models: models.map((model) => ({ ...unknown, ...model, priced: true, chosenAs: [] })) }]
    : []
}

/** What the provider said, in the usual places of an error, or as it came. */
function wordsOf(error: unknown, apiKey: string): string | null {
  const { cause } = error as { cause?: unknown }
  if (!(cause instanceof Error)) return null
  const body = cause.message.replace(/^\d{3}: /, '')
  const read = parseObject(body)
  const inner = read?.error
  const words = (inner as { message?: unknown } | undefined)?.message ?? inner ?? read?.message ?? read?.detail ?? body
  const said = redacted(typeof words === 'string' ? words : body, apiKey).trim()
  return said || (cause as NodeJS.ErrnoException).code || null
}
