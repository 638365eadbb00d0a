import { AuthorizationResponseError, ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client'
import type { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'

const awayCodes = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT'])
const passing = new Set(['temporarily_unavailable', 'server_error'])
/** What an issuer says of us, not of the person. */
const ofClient = new Set(['invalid_client', 'unauthorized_client', 'invalid_scope', 'unsupported_response_type', 'invalid_request'])

export const unavailable = (provider: string, cause?: unknown): AppError => refusal('unavailable.issuer', { provider }, { cause })

/** Whether the issuer did not answer, or with a failure of its own. */
export function isAway(error: unknown): boolean {
  // What fetch throws, for a connection as for an answer that is too long.
  if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')) return true
  if (error instanceof ResponseBodyError) return error.status >= 500
  if (!(error instanceof ClientError)) return false
  if (awayCodes.has(error.code ?? '') || error.cause instanceof TypeError) return true
  return error.cause instanceof Response && error.cause.status >= 500
}

/** A failed sign-in as the person sees it; what the issuer said is for the log. */
export function issuerRefusal(provider: string, cause: unknown): AppError {
  if (cause instanceof AuthorizationResponseError) {
    if (passing.has(cause.error)) return unavailable(provider, cause)
    return refusal(ofClient.has(cause.error) ? 'unavailable.issuer_settings' : 'forbidden.sign_on_denied', { provider }, { cause })
  }
  if (isAway(cause)) return unavailable(provider, cause)
  const isRefused = cause instanceof WWWAuthenticateChallengeError || (cause instanceof ResponseBodyError && ofClient.has(cause.error))
  if (isRefused) return refusal('unavailable.issuer_settings', { provider }, { cause })
  return refusal('unauthenticated.sign_on', { provider }, { cause })
}
