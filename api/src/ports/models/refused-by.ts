import type { SentenceKey } from '@jarvis/contracts/sentences.ts'
import { parseObject } from '#lib/parse-object.ts'
import { ProviderError, redacted } from './provider-error.ts'

type Answer = { status: number; headers?: Record<string, string | string[] | undefined>; body: string; apiKey: string }

const retryAfterSecondsMax = 24 * 3600

/** What an answer of another status than 2xx says. */
export function refusedBy({ status, headers = {}, body, apiKey }: Answer): ProviderError {
  const cause = new Error(`${status}: ${redacted(body, apiKey)}`)
  const retryAfterSeconds = retryAfter(headers, body)
  const params = { status }
  if (isQuota(status, body, retryAfterSeconds)) return new ProviderError('provider_quota', params, { cause, status, isFinal: true })
  if (status === 408 || status === 409 || status === 429 || status >= 500) {
    const isBusy = status === 429
    const key = isBusy ? 'upstream_failed.busy' : 'upstream_failed.status'
    return new ProviderError(key, params, { cause, status, retryAfterSeconds, isOutage: status >= 500 })
  }
  if (filterWords.test(body)) return new ProviderError('content_filtered.question', {}, { cause, status, isFinal: true })
  if (lengthWords.test(body)) return new ProviderError('context_too_long', {}, { cause, status, isFinal: true })
  return new ProviderError(adviceFor(status), params, { cause, status, isFinal: true })
}

/** What an error in place of an answer, or in the middle of one, says. Providers put the status into it, or a type that stands for one. */
export function failedInAnswer(error: unknown, { streamed, begun, apiKey }: { streamed: boolean; begun: boolean; apiKey: string }): ProviderError {
  const body = JSON.stringify(typeof error === 'string' ? (parseObject(error) ?? error) : error)
  const status = begun ? undefined : statusIn(body)
  if (status !== undefined) return refusedBy({ status, body, apiKey })
  return new ProviderError('upstream_failed.in_answer', {}, { cause: new Error(redacted(body, apiKey)), streamed, lost: begun })
}

function statusIn(body: string): number | undefined {
  const code = /"(?:code|status|status_code)":"?([45]\d\d)\b/.exec(body)?.[1]
  if (code !== undefined) return Number(code)
  return statusOfType.find(([type]) => type.test(body))?.[1]
}

const statusOfType = [
  [/insufficient_quota|rate_limit|too_many_requests|RESOURCE_EXHAUSTED/i, 429],
  [/overloaded|UNAVAILABLE/i, 529],
  [/authentication_error|invalid_api_key|UNAUTHENTICATED/i, 401],
  [/permission_error|PERMISSION_DENIED/, 403],
  [/not_found_error|model_not_found|NOT_FOUND/, 404],
  [/invalid_request|INVALID_ARGUMENT|context_length_exceeded|content_filter/i, 400],
] as const

function adviceFor(status: number): SentenceKey {
  if (status === 401 || status === 403) return 'upstream_rejected.key'
  if (status === 404) return 'upstream_rejected.model'
  if (status === 413) return 'context_too_long'
  return status < 400 ? 'upstream_rejected.address' : 'upstream_rejected.request'
}

const quotaCodes =
  /insufficient_quota|billing_hard_limit|billing_not_active|insufficient[_ ]balance|insufficient[_ ]credits|credit balance is too low/i
const quotaWords = /exceeded your current quota|out of credits/i
const filterWords = /moderation_blocked|safety system|content_filter|content_policy|content management policy|ResponsibleAIPolicy|safety_block/i
const lengthWords =
  /context_length|context length|context window|context size|prompt is too long|too many (?:input )?tokens|input token count|maximum (?:number of )?tokens|exceed_context|reduce the length/i

/** Google says the same of requests a minute; there it says when to come back. */
const isQuota = (status: number, body: string, retryAfterSeconds: number | undefined) =>
  status === 402 || (status < 500 && quotaCodes.test(body)) || (status === 429 && retryAfterSeconds === undefined && quotaWords.test(body))

/** Seconds or an HTTP date (RFC 9110, 10.2.3), milliseconds as OpenAI has them, or Google's `retryDelay`. */
function retryAfter(headers: NonNullable<Answer['headers']>, body: string): number | undefined {
  const milliseconds = Number(headers['retry-after-ms'] ?? NaN)
  if (Number.isFinite(milliseconds)) return bounded(milliseconds / 1000)
  const value = headers['retry-after']
  if (typeof value === 'string' && value.trim() !== '') {
    return bounded(Number.isFinite(Number(value)) ? Number(value) : (Date.parse(value) - Date.now()) / 1000)
  }
  const delay = /"retryDelay":\s*"(\d{1,6}(?:\.\d{1,9})?)s"/.exec(body)?.[1]
  return delay === undefined ? undefined : bounded(Number(delay))
}

const bounded = (seconds: number) => (Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), retryAfterSecondsMax) : undefined)
