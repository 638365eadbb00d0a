import { errorCodes, type ErrorCode } from '@jarvis/contracts/errors.ts'
import type { AppError } from '#lib/app-error.ts'
import { ProviderError } from '#ports/models/provider-error.ts'
import { isUnsupported } from './unsupported.ts'

/** All four keys are always there: clients read them without asking. */
export type OpenAiError = { message: string; type: string; param: string | null; code: string | null }
export type ErrorAnswer = { status: number; headers: Record<string, string>; error: OpenAiError }

type Row = { status?: number; type?: string; code?: string; param?: string }

const ofRequest = 'invalid_request_error'

/** What OpenAI calls it, where that is not what ours is called. */
const names: Partial<Record<ErrorCode, Row>> = {
  invalid_request: { code: 'invalid_value' },
  unauthenticated: { code: 'invalid_api_key' },
  forbidden: { code: 'insufficient_permissions' },
  model_not_allowed: { code: 'model_not_found', param: 'model' },
  context_too_long: { code: 'context_length_exceeded', param: 'messages' },
  blocked_by_guard: { status: 400, code: 'content_policy_violation', param: 'messages' },
  content_filtered: { status: 400, code: 'content_filter', param: 'messages' },
  rate_limited: { type: 'requests', code: 'rate_limit_exceeded' },
  budget_exhausted: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  ceiling_reached: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
}

/** A failure as clients of OpenAI know it. What was paid for, and what would only fail again, is not to be asked for again by itself. */
export function toOpenAiError(error: AppError): ErrorAnswer {
  const sentence = error.params?.sentence
  const isBusy = typeof sentence === 'string' && sentence.endsWith('.busy')
  const row: Row =
    isBusy && error.code !== 'upstream_failed' ? { status: 429, type: 'tokens', code: 'rate_limit_exceeded' } : (names[error.code] ?? {})
  const status = row.status ?? errorCodes[error.code].status
  const param = error.errors?.[0]?.path ?? row.param ?? null
  const code = codeOf(error, param, row)
  return {
    status,
    headers: {
      ...(error.retryAfterSeconds !== undefined && { 'retry-after': String(error.retryAfterSeconds) }),
      ...((status === 429 || status >= 500) && !mayHelp(error, isBusy) && { 'x-should-retry': 'false' }),
    },
    error: { message: error.message, type: row.type ?? (status >= 500 ? 'server_error' : ofRequest), param, code },
  }
}

function codeOf(error: AppError, param: string | null, row: Row): string {
  if (error.errors?.[0]?.message === isUnsupported) return 'unsupported_parameter'
  if (param === 'previous_response_id') return 'previous_response_not_found'
  return error.code === 'not_found' && param === 'model' ? 'model_not_found' : (row.code ?? error.code)
}

function mayHelp(error: AppError, isBusy: boolean): boolean {
  if (error instanceof ProviderError && (error.lost || error.isFinal)) return false
  return isBusy || !lasting.has(error.code)
}

const lasting = new Set<ErrorCode>(['budget_exhausted', 'ceiling_reached', 'provider_quota', 'upstream_rejected', 'internal'])
