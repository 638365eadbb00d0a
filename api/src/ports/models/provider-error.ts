import type { ErrorCode, Params } from '@jarvis/contracts/errors.ts'
import type { SentenceKey } from '@jarvis/contracts/sentences.ts'
import { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'

type Options = { cause?: unknown; retryAfterSeconds?: number | undefined; streamed?: boolean; lost?: boolean }

/** What went wrong at a model provider. The message is fit for a user; `cause` holds what the provider said, trimmed and without keys. */
export class ProviderError extends AppError {
  /** Whether part of the answer had already been told to the sink: then another attempt would show it twice. */
  readonly streamed: boolean
  /** Whether the provider had the request and may bill it, though its answer is lost. */
  readonly lost: boolean

  constructor(key: SentenceKey, given: Params = {}, options: Options = {}) {
    const { message, params } = refusal(key, given, options)
    super(key.split('.', 1)[0] as ErrorCode, message, { ...options, params })
    this.streamed = options.streamed ?? false
    this.lost = options.lost ?? this.streamed
  }
}

/** Whether a call that failed so may be billed. What is no provider's error, such as a stop in mid-call, says nothing of how far it came. */
export const wasLost = (error: unknown): boolean => (error instanceof ProviderError ? error.lost : !(error instanceof AppError))

const causeCharactersMax = 500
const retryAfterSecondsMax = 3600

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string; apiKey: string }

/** What an answer of another status than 2xx says. */
export function refusedBy({ status, headers, body, apiKey }: Answer): ProviderError {
  const cause = new Error(`${status}: ${redacted(body, apiKey)}`)
  if (status === 408 || status === 409 || status === 429 || status >= 500) {
    const key = status === 429 ? 'upstream_failed.busy' : 'upstream_failed.status'
    return new ProviderError(key, { status }, { cause, retryAfterSeconds: retryAfter(headers['retry-after']) })
  }
  return new ProviderError(adviceFor(status), { status }, { cause })
}

function adviceFor(status: number): SentenceKey {
  if (status === 401 || status === 403) return 'upstream_rejected.key'
  if (status === 404) return 'upstream_rejected.model'
  if (status === 413) return 'upstream_rejected.too_long'
  return status < 400 ? 'upstream_rejected.address' : 'upstream_rejected.request'
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3). */
function retryAfter(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined
  const seconds = Number.isFinite(Number(value)) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), retryAfterSecondsMax) : undefined
}

/** Providers quote the key they refuse. */
export function redacted(text: string, apiKey: string): string {
  const withoutKey = apiKey.length >= 8 ? text.replaceAll(apiKey, '[key]') : text
  return withoutKey.replace(/\b(?:sk|pk|key|xai|gsk|org|proj)[-_][\w*.-]{4,}|Bearer\s+\S+/gi, '[key]').slice(0, causeCharactersMax)
}

/** Whatever a transport or a parser threw; a bug of ours stays what it is. */
export function toProviderError(error: unknown, streamed = false): unknown {
  if (error instanceof SyntaxError || error instanceof RangeError) {
    return new ProviderError('upstream_failed.unreadable', {}, { cause: error, streamed, lost: true })
  }
  const { code } = error as { code?: unknown }
  if (typeof code !== 'string') return error
  const key = streamed ? 'upstream_failed.broke_off' : 'upstream_failed.unreachable'
  return new ProviderError(key, {}, { cause: error, streamed, lost: !unreachable.has(code) })
}

/** No connection was made, so nothing was sent. */
const unreachable = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])
