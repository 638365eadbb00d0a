import { type FormData, request } from 'undici'
import { AppError } from '#lib/app-error.ts'
import { createDeadline } from './deadline.ts'
import type { Provider } from './index.ts'
import { azureUrl } from './openai-chat.ts'
import type { Waiting } from './path-watch.ts'
import { ProviderError, toProviderError } from './provider-error.ts'
import { readText } from './read-text.ts'
import { refusedBy } from './refused-by.ts'
import { ownDispatcher, requestIdHeader, watchPath } from './transport.ts'

/** A provider hears about a minute in a second; a long recording on a slow machine takes its time, and so does a picture. */
const firstByteSecondsDefault = 300
const idleSecondsDefault = 60

export type Call = Awaited<ReturnType<ReturnType<typeof createPost>>>

/**
 * Sends one request to a provider that is asked as OpenAI is, under its deadlines. Who gets a call reads its body and ends it. `about` says what a
 * refusal means for who made the request. @throws ProviderError
 */
export function createPost(provider: Provider, model: string, about: (refused: ProviderError, path: string) => ProviderError) {
  const { apiKey, headers = {}, dispatcher } = provider
  const firstByteMs = (provider.firstTokenSeconds ?? firstByteSecondsDefault) * 1000
  const idleMs = (provider.idleSeconds ?? idleSecondsDefault) * 1000

  return async function post(path: string, body: string | FormData, signal: AbortSignal | undefined) {
    signal?.throwIfAborted()
    const url = urlOf(provider, model, path)
    const stop = new AbortController()
    const forward = () => stop.abort(signal?.reason)
    signal?.addEventListener('abort', forward, { once: true })
    const silence = createDeadline(firstByteMs, () => stop.abort())
    let way: Waiting | undefined
    const end = () => {
      way?.[Symbol.dispose]()
      silence.clear()
      signal?.removeEventListener('abort', forward)
    }
    const failure = (error: unknown): unknown => {
      way?.failed(error)
      if (signal?.aborted) return signal.reason
      if (error instanceof AppError) return error
      if (silence.passed) return new ProviderError('upstream_timeout', {}, { cause: error, lost: true, isFinal: true })
      return toProviderError(error)
    }
    try {
      way = watchPath(url, dispatcher, (error) => stop.abort(error))
      const response = await request(url, {
        method: 'POST',
        headers: {
          ...(typeof body === 'string' && { 'content-type': 'application/json' }),
          ...requestIdHeader(),
          ...keyHeaders(provider),
          ...headers,
        },
        body,
        signal: stop.signal,
        dispatcher: dispatcher ?? ownDispatcher,
        headersTimeout: 0,
        bodyTimeout: 0,
      })
      way.heard()
      // It is read later, and what breaks off before that is no fault of the process.
      response.body.on('error', () => undefined)
      const { statusCode: status } = response
      if (status < 200 || status > 299)
        throw about(refusedBy({ status, headers: response.headers, body: await readText(response.body), apiKey }), path)
      const mediaType = String(response.headers['content-type'] ?? '').toLowerCase()
      if (mediaType.startsWith('text/html')) throw new ProviderError('upstream_failed.unreadable', {}, { lost: true })
      silence.set(idleMs)
      return { response, mediaType, silence, heard: () => (way!.heard(), silence.set(idleMs)), failure, end, stop }
    } catch (error) {
      const failed = failure(error)
      end()
      stop.abort()
      throw failed
    }
  }
}

export async function* heardIn(body: AsyncIterable<Uint8Array>, heard: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    heard()
    yield chunk
  }
}

const keyHeaders = ({ kind, apiKey }: Provider): Record<string, string> =>
  kind === 'azure' ? { 'api-key': apiKey } : apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }

function urlOf(provider: Provider, model: string, path: string): string {
  return provider.kind === 'azure' ? azureUrl(provider, model, path) : `${provider.baseUrl}${path}`
}
