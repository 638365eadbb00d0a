import type { ErrorCode, Params } from '@jarvis/contracts/errors.ts'
import type { SentenceKey } from '@jarvis/contracts/sentences.ts'
import { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'

type Options = {
  cause?: unknown
  retryAfterSeconds?: number | undefined
  streamed?: boolean
  lost?: boolean
  isOutage?: boolean
  isFinal?: boolean
  status?: number
}

/** What went wrong at a model provider. The message is fit for a user; `cause` holds what the provider said, trimmed and without keys. */
export class ProviderError extends AppError {
  /** Whether part of the answer had already been told to the sink: then another attempt would show it twice. */
  readonly streamed: boolean
  /** Whether the provider had the request and may bill it, though its answer is lost. */
  readonly lost: boolean
  /** Whether the provider itself is away: its transport failed, or it answered 5xx. */
  readonly isOutage: boolean
  /** Whether the same model would only fail the same way again. */
  readonly isFinal: boolean
  readonly status: number | undefined

  constructor(key: SentenceKey, given: Params = {}, options: Options = {}) {
    const { message, params } = refusal(key, given, options)
    super(key.split('.', 1)[0] as ErrorCode, message, { ...options, params })
    this.streamed = options.streamed ?? false
    this.lost = options.lost ?? this.streamed
    this.isOutage = options.isOutage ?? false
    this.isFinal = options.isFinal ?? false
    this.status = options.status
  }
}

/** Whether a call that was made and failed so may be billed. Who stopped it, for whatever reason, does not know how far it came. */
export const wasLost = (error: unknown, signal: AbortSignal | undefined): boolean =>
  error instanceof ProviderError ? error.lost : signal?.aborted === true || !(error instanceof AppError)

const causeCharactersMax = 500

/** Providers quote the key they refuse. */
export function redacted(text: string, apiKey: string): string {
  const withoutKey = apiKey.length >= 8 ? text.replaceAll(apiKey, '[key]') : text
  return withoutKey
    .replace(/\b(?:sk|pk|key|xai|gsk|org|proj)[-_][\w*.-]{4,}/gi, '[key]')
    .replace(/bearer \S+/gi, '[key]')
    .replace(/AIza[\w-]+/g, '[key]')
    .slice(0, causeCharactersMax)
}

/** Whatever a transport or a parser threw; a bug of ours stays what it is. */
export function toProviderError(error: unknown, streamed = false): unknown {
  if (error instanceof SyntaxError || error instanceof RangeError) {
    return new ProviderError('upstream_failed.unreadable', {}, { cause: error, streamed, lost: true })
  }
  const { code } = error as { code?: unknown }
  if (typeof code !== 'string') return error
  if (streamed) return new ProviderError('upstream_failed.broke_off', {}, { cause: error, streamed, lost: true, isOutage: true })
  const isFinal = code === connectTimeout
  return new ProviderError('upstream_failed.unreachable', {}, { cause: error, lost: !unreachable.has(code), isOutage: true, isFinal })
}

const connectTimeout = 'UND_ERR_CONNECT_TIMEOUT'
/** No connection was made, so nothing was sent. */
const unreachable = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', connectTimeout])
