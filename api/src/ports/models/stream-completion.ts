import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { type Dispatcher, request } from 'undici'
import { AppError } from '#lib/app-error.ts'
import { createAnswerReader } from './answer-reader.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import type { ModelAnswer, ModelSink } from './index.ts'
import { ProviderError, redacted, refusedBy, toProviderError } from './provider-error.ts'
import { readText } from './read-text.ts'
import { createSseParser } from './sse.ts'
import { parseJson } from '#lib/parse-json.ts'

export type StreamRequest = {
  url: string
  apiKey: string
  headers: Record<string, string>
  body: string
  sink: ModelSink | undefined
  signal: AbortSignal | undefined
  firstTokenTimeoutMs: number
  betweenTokensTimeoutMs: number
  dispatcher: Dispatcher | undefined
}

const responseBytesMax = 64 * 1024 * 1024
// A stream that has ended is read to its close, so that the connection can be used again; but some providers leave it open.
const afterDoneMs = 200
const afterFinishMs = 3000

/** Posts one completion and reads its answer to the end, or lets go of the connection. */
export async function streamCompletion(call: StreamRequest): Promise<ModelAnswer> {
  const { signal, sink } = call
  signal?.throwIfAborted()
  const reader = createAnswerReader(sink, (text) => redacted(text, call.apiKey))
  const stop = new AbortController()
  const silence = createDeadline(call.firstTokenTimeoutMs, () => stop.abort())
  const forward = () => stop.abort(signal?.reason)
  signal?.addEventListener('abort', forward, { once: true })

  try {
    const response = await request(call.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...(call.apiKey && { authorization: `Bearer ${call.apiKey}` }),
        ...call.headers,
      },
      body: call.body,
      signal: stop.signal,
      dispatcher: call.dispatcher,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    const { statusCode: status, headers } = response
    if (status < 200 || status > 299) throw refusedBy({ status, headers, body: await readText(response.body), apiKey: call.apiKey })

    const type = String(headers['content-type'] ?? 'text/event-stream')
    if (type.startsWith('application/json')) reader.add(parseJson(await readText(response.body, responseBytesMax)))
    else if (type.startsWith('text/event-stream')) await readEvents(response.body, reader, silence, call.betweenTokensTimeoutMs)
    else throw new ProviderError('upstream_failed.no_stream')
    return reader.finish()
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof AppError) throw error
    if (reader.complete) return reader.finish()
    const { streamed } = reader
    if (silence.passed) throw new ProviderError('upstream_timeout', {}, { streamed, lost: true })
    throw toProviderError(error, streamed)
  } finally {
    silence.clear()
    signal?.removeEventListener('abort', forward)
    // Also closes a body that was not read to its end.
    stop.abort()
  }
}

async function readEvents(
  body: Readable,
  reader: ReturnType<typeof createAnswerReader>,
  silence: Deadline,
  betweenTokensTimeoutMs: number,
): Promise<void> {
  let isDone = false
  const parser = createSseParser((data, event) => {
    if (isDone) return
    if (data.startsWith('[DONE]')) {
      isDone = true
      reader.markDone()
      silence.set(afterDoneMs)
    } else if (reader.add(event === 'error' ? { error: data } : parseJson(data))) {
      silence.set(reader.complete ? Math.min(betweenTokensTimeoutMs, afterFinishMs) : betweenTokensTimeoutMs)
    }
  })
  let bytes = 0
  // By events: an async iterator over a stream costs more than all that is done with a chunk here.
  body.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length
    try {
      if (bytes > responseBytesMax) throw new RangeError('The answer is too long.')
      parser.push(chunk)
    } catch (error) {
      body.destroy(error as Error)
    }
  })
  await finished(body)
  parser.end()
}
