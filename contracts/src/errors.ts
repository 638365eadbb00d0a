import { z } from 'zod'

/** Every error code that leaves the server, with its HTTP status and RFC 9457 title. Codes are stable; add, never rename. */
export const errorCodes = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  invitation_invalid: { status: 400, title: 'The invitation is not good' },
  context_too_long: { status: 400, title: 'The conversation is too long for the model' },
  invalid_credentials: { status: 401, title: 'The email or password is wrong' },
  otp_required: { status: 401, title: 'A second factor is needed' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  budget_exhausted: { status: 402, title: 'The budget of this billing cycle is used up' },
  ceiling_reached: { status: 402, title: 'The spend ceiling of this month is reached' },
  forbidden: { status: 403, title: 'This is not allowed' },
  quota_exceeded: { status: 403, title: 'There is no room for more of this in your plan' },
  reauthentication_required: { status: 403, title: 'Show again that it is you' },
  password_reset_required: { status: 403, title: 'Set a new password first' },
  factor_required: { status: 403, title: 'Set up a second factor first' },
  terms_required: { status: 403, title: 'Accept the terms first' },
  registration_closed: { status: 403, title: 'Registration is closed' },
  model_not_allowed: { status: 403, title: 'Your plan does not include this model' },
  not_found: { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'This conflicts with what is already there' },
  email_taken: { status: 409, title: 'This email is already registered' },
  billing_disabled: { status: 409, title: 'Billing is off in this installation' },
  approval_expired: { status: 410, title: 'The approval has expired' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  file_too_large: { status: 413, title: 'The file is too large' },
  unsupported_media_type: { status: 415, title: 'This kind of content is not taken here' },
  blocked_by_guard: { status: 422, title: 'The message was blocked' },
  content_filtered: { status: 422, title: 'The model provider’s filter withheld it' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  tool_failed: { status: 500, title: 'A tool failed' },
  payment_provider_failed: { status: 502, title: 'The payment provider failed' },
  upstream_failed: { status: 502, title: 'A system that was asked failed' },
  upstream_rejected: { status: 502, title: 'The model provider refused the request' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
  provider_quota: { status: 503, title: 'The quota at the model provider is used up' },
  overloaded: { status: 503, title: 'Too busy right now' },
  storage_full: { status: 507, title: 'There is no room left to store this' },
  upstream_timeout: { status: 504, title: 'A system that was asked did not answer in time' },
} as const

export type ErrorCode = keyof typeof errorCodes

export const ErrorCode = z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]])

/** What a failure's sentence is made of; `sentence` is its key in the catalogue. */
export const Params = z.record(z.string(), z.union([z.string(), z.number()]))
export type Params = z.infer<typeof Params>

/** A failure as it is stored and told. `detail` is its sentence in English, made of `params` where it has them. */
export const Failure = z.object({ code: ErrorCode, detail: z.string(), params: Params.optional() })
export type Failure = z.infer<typeof Failure>

/** RFC 9457 problem details. `errors` names the faulty fields of a 400; `params` is what `detail` was made of, with the sentence's key. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: ErrorCode,
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    params: Params.optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>
