import { type Dispatcher, request } from 'undici'
import { AppError } from '#lib/app-error.ts'
import type { Embeddings } from './index.ts'
import type { Waiting } from './path-watch.ts'
import { ProviderError, toProviderError } from './provider-error.ts'
import { readText } from './read-text.ts'
import { refusedBy } from './refused-by.ts'
import { ownDispatcher, requestIdHeader, watchPath } from './transport.ts'
import { toUnitLength } from './unit-length.ts'
import { parseJson } from '#lib/parse-json.ts'

export type ProviderEmbeddingsOptions = {
  baseUrl: string
  apiKey: string
  model: string
  dimensions?: number
  timeoutMs?: number
  dispatcher?: Dispatcher
}

type Answer = { data?: { index?: number; embedding?: number[] }[]; usage?: { prompt_tokens?: number } }

// Below the 8,192 tokens of OpenAI's models even where a character is two tokens.
const textCharactersMax = 4000
/** More than any model reads of one text: what is over its own limit the provider refuses. */
const wholeCharactersMax = 100_000
const responseBytesMax = 64 * 1024 * 1024

/** Embeddings of an OpenAI-compatible provider. @throws ProviderError upstream_rejected, upstream_failed, upstream_timeout */
export function createProviderEmbeddings(options: ProviderEmbeddingsOptions): Embeddings {
  const { model, dimensions } = options
  return {
    id: [model.replace(/[^\w.-]+/g, '-'), dimensions].filter(Boolean).join('-'),
    textsMax: 256,
    model,
    charactersMax: wholeCharactersMax,
    embed: (texts, signal, { whole = false } = {}) =>
      embedOnce(
        options,
        texts.map((text) => text.slice(0, whole ? wholeCharactersMax : textCharactersMax) || ' '),
        signal,
      ),
  }
}

async function embedOnce(options: ProviderEmbeddingsOptions, texts: string[], signal: AbortSignal | undefined) {
  const { baseUrl, apiKey, model, dimensions, dispatcher, timeoutMs = 10_000 } = options
  signal?.throwIfAborted()
  const timeout = AbortSignal.timeout(timeoutMs)
  const stop = new AbortController()
  const url = `${baseUrl}/embeddings`
  let path: Waiting | undefined
  try {
    path = watchPath(url, dispatcher, (error) => stop.abort(error))
    const response = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...requestIdHeader(), authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ model, input: texts, dimensions, encoding_format: 'float' }),
      signal: AbortSignal.any([...(signal ? [signal] : []), timeout, stop.signal]),
      dispatcher: dispatcher ?? ownDispatcher,
    })
    path.heard()
    const { statusCode: status, headers } = response
    if (status < 200 || status > 299) throw refusedBy({ status, headers, body: await readText(response.body), apiKey })
    return read(parseJson(await readText(response.body, responseBytesMax)) as Answer | null, texts.length)
  } catch (error) {
    path?.failed(error)
    signal?.throwIfAborted()
    if (error instanceof AppError) throw error
    if (timeout.aborted) throw new ProviderError('upstream_timeout.embedding', {}, { cause: error, lost: true })
    throw toProviderError(error)
  } finally {
    path?.[Symbol.dispose]()
  }
}

function read(answer: Answer | null, count: number): { vectors: number[][]; inputTokens: number } {
  const vectors: number[][] = []
  for (const [position, { index = position, embedding }] of (Array.isArray(answer?.data) ? answer.data : []).entries()) {
    if (Array.isArray(embedding) && embedding.every(Number.isFinite)) vectors[index] = toUnitLength(embedding)
  }
  const width = vectors[0]?.length
  if (vectors.length !== count || Array.from(vectors).some((vector) => vector?.length !== width))
    throw new RangeError('The vectors are not those of the texts.')
  const tokens = answer?.usage?.prompt_tokens
  return { vectors, inputTokens: Number.isSafeInteger(tokens) ? tokens! : 0 }
}
