import type { ErrorCode } from '@jarvis/contracts/errors.ts'
import { AppError } from '#lib/app-error.ts'

/** What went wrong at a model provider. The message is fit for a user; `cause` holds what the provider said, trimmed and without keys. */
export class ProviderError extends AppError {
  /** Whether part of the answer had already been told to the sink: then another attempt would show it twice. */
  readonly streamed: boolean
  /** Whether the provider had the request and may bill it, though its answer is lost. */
  readonly lost: boolean

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryAfterSeconds?: number; streamed?: boolean; lost?: boolean } = {}) {
    super(code, message, options)
    this.streamed = options.streamed ?? false
    this.lost = options.lost ?? this.streamed
  }
}

/** Whether a call that failed so may be billed. What is no provider's error, such as a stop in mid-call, says nothing of how far it came. */
export const wasLost = (error: unknown): boolean => (error instanceof ProviderError ? error.lost : !(error instanceof AppError))

const causeCharactersMax = 500
const retryAfterSecondsMax = 3600

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string; apiKey: string }

export function refusal({ status, headers, body, apiKey }: Answer): ProviderError {
  const cause = new Error(`${status}: ${redacted(body, apiKey)}`)
  if (status === 429) {
    return new ProviderError('upstream_failed', 'The model provider has too many requests right now (429). Try again in a moment.', {
      cause,
      retryAfterSeconds: retryAfter(headers['retry-after']),
    })
  }
  if (status === 408 || status === 409 || status >= 500) {
    const retryAfterSeconds = retryAfter(headers['retry-after'])
    return new ProviderError('upstream_failed', `The model provider failed (${status}). Try again in a moment.`, { cause, retryAfterSeconds })
  }
  return new ProviderError('upstream_rejected', `The model provider refused the request (${status}). ${adviceFor(status)}`, { cause })
}

function adviceFor(status: number): string {
  if (status === 401 || status === 403) return 'An administrator must check OPENAI_API_KEY.'
  if (status === 404) return 'An administrator must check OPENAI_BASE_URL and the name of the model.'
  if (status === 413) return 'The conversation is too long for it.'
  if (status < 400) return 'An administrator must check OPENAI_BASE_URL.'
  return 'The model may not support what was asked, or the conversation is too long for it.'
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
    return new ProviderError('upstream_failed', 'The model provider sent an answer that cannot be read.', { cause: error, streamed, lost: true })
  }
  const { code } = error as { code?: unknown }
  if (typeof code !== 'string') return error
  const message = streamed ? "The model provider's answer broke off." : 'The model provider cannot be reached. Try again in a moment.'
  return new ProviderError('upstream_failed', message, { cause: error, streamed, lost: !unreachable.has(code) })
}

/** No connection was made, so nothing was sent. */
const unreachable = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])
