import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { type Dispatcher, request } from 'undici'
import { AppError } from '#lib/app-error.ts'
import { parseJson } from '#lib/parse-json.ts'
import type { Draft } from './answer-draft.ts'
import { type Decoder, list, object } from './codec.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import type { Waiting } from './path-watch.ts'
import { ProviderError, toProviderError } from './provider-error.ts'
import { readText } from './read-text.ts'
import { failedInAnswer, refusedBy } from './refused-by.ts'
import { createSseParser } from './sse.ts'
import { ownDispatcher, requestIdHeader, watchPath } from './transport.ts'

export type Post = {
  url: string
  apiKey: string
  headers: Record<string, string>
  body: string
  signal: AbortSignal | undefined
  firstTokenMs: number
  idleMs: number
  dispatcher: Dispatcher | undefined
}

const responseBytesMax = 64 * 1024 * 1024
// A stream that has ended is read to its close, so that the connection can be used again; but some providers leave it open.
const afterDoneMs = 200
/** For the usage, which may come after the end. */
const afterFinishMs = 1500
/** However many signs of life come, an answer ends. */
const answerMsMax = 60 * 60_000

/** Posts one completion and reads its answer into the draft to the end, or lets go of the connection. @throws ProviderError */
export async function postCompletion(call: Post, draft: Draft, decoder: Decoder): Promise<void> {
  const { signal } = call
  signal?.throwIfAborted()
  const stop = new AbortController()
  const silence = createDeadline(call.firstTokenMs, () => stop.abort())
  const longest = createDeadline(answerMsMax, () => stop.abort())
  const forward = () => stop.abort(signal?.reason)
  signal?.addEventListener('abort', forward, { once: true })

  let path: Waiting | undefined
  try {
    path = watchPath(call.url, call.dispatcher, (error) => stop.abort(error))
    const response = await request(call.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...requestIdHeader(), ...call.headers },
      body: call.body,
      signal: stop.signal,
      dispatcher: call.dispatcher ?? ownDispatcher,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    path.heard()
    const { statusCode: status, headers } = response
    const body = unpacked(response.body, headers['content-encoding'])
    if (status < 200 || status > 299) throw refusedBy({ status, headers, body: await readText(body), apiKey: call.apiKey })
    if (
      String(headers['content-type'] ?? '')
        .toLowerCase()
        .startsWith('text/html')
    )
      throw new ProviderError('upstream_failed.no_stream')
    await readAnswer(body, { call, draft, decoder, silence, path })
  } catch (error) {
    path?.failed(error)
    signal?.throwIfAborted()
    if (error instanceof AppError) throw error
    if (draft.complete) return
    const { streamed } = draft
    if (silence.passed || longest.passed) throw new ProviderError('upstream_timeout', {}, { streamed, lost: true, isFinal: true })
    throw toProviderError(error, streamed)
  } finally {
    path?.[Symbol.dispose]()
    silence.clear()
    longest.clear()
    signal?.removeEventListener('abort', forward)
    // Also closes a body that was not read to its end.
    stop.abort()
  }
}

/** Servers pack what nobody asked them to pack. */
function unpacked(body: Readable, encoding: string | string[] | undefined): Readable {
  const kind = String(encoding ?? '').toLowerCase()
  const unpack = kind.includes('gzip') ? createGunzip() : kind === 'deflate' ? createInflate() : kind === 'br' ? createBrotliDecompress() : null
  if (!unpack) return body
  body.on('error', (error) => unpack.destroy(error))
  unpack.on('close', () => body.destroy())
  return body.pipe(unpack)
}

type Reading = { call: Post; draft: Draft; decoder: Decoder; silence: Deadline; path: Waiting }

async function readAnswer(body: Readable, { call, draft, decoder, silence, path }: Reading): Promise<void> {
  let isDone = false
  let hasToken = false

  function take(data: string, event: string): void {
    if (isDone) return
    if (data.startsWith('[DONE]')) {
      isDone = true
      draft.markDone()
      silence.set(afterDoneMs)
      return
    }
    const value = event === 'error' && !data.startsWith('{') ? { error: data } : parseJson(data)
    const read = object(value)
    if (!read) throw new SyntaxError('An event of the answer is no object.')
    add(read)
    if (draft.hasEnded) silence.set(draft.usage ? afterDoneMs : Math.min(call.idleMs, afterFinishMs))
    else hasToken ||= draft.begun
  }

  function add(value: Record<string, unknown>): void {
    const { error } = value
    if (error !== undefined && error !== null && error !== false)
      throw failedInAnswer(error, { streamed: draft.streamed, begun: draft.begun, apiKey: call.apiKey })
    decoder.add(value)
  }

  const parser = createSseParser(take)
  let bytes = 0
  /** A whole answer, or a list of its chunks, where a stream was asked for. */
  let whole: Uint8Array[] | null = null
  let isFirst = true
  // By events: an async iterator over a stream costs more than all that is done with a chunk here.
  body.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length
    path.heard()
    try {
      if (bytes > responseBytesMax) throw new RangeError('The answer is too long.')
      if (isFirst) {
        const first = firstSign(chunk)
        isFirst = first === undefined
        if (first === '<') throw new ProviderError('upstream_failed.no_stream')
        if (first === '{' || first === '[') whole = []
      }
      if (whole) whole.push(chunk)
      else parser.push(chunk)
      // Any byte is a sign of life, comments too; but what comes after the end holds nothing back.
      if (!isDone && !draft.hasEnded) silence.set(hasToken ? call.idleMs : call.firstTokenMs)
    } catch (error) {
      body.destroy(error as Error)
    }
  })
  try {
    await finished(body)
    parser.end()
  } finally {
    decoder.end?.()
  }
  if (!whole) return
  const value = parseJson(Buffer.concat(whole).toString('utf8'))
  for (const part of Array.isArray(value) ? list(value) : [value]) {
    const read = object(part)
    if (!read) throw new SyntaxError('The answer is no object.')
    add(read)
  }
  decoder.end?.()
  draft.markDone()
}

/** The first byte that says something. */
function firstSign(chunk: Uint8Array): string | undefined {
  const at = chunk.findIndex((byte) => byte > 32 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf)
  return at === -1 ? undefined : String.fromCharCode(chunk[at]!)
}
