import type { ErrorCode, Params, Problem } from '@jarvis/contracts/errors.ts'

type Details = {
  status?: number
  errors?: Problem['errors']
  retryAfterSeconds?: number | undefined
  requestId?: string | undefined
  params?: Params | undefined
  cause?: unknown
}

/** A refusal of the server, or `network` when it could not be reached. `message` is written for the person. */
export class ProblemError extends Error {
  readonly code: ErrorCode | 'network'
  readonly status: number
  readonly errors: NonNullable<Problem['errors']>
  readonly retryAfterSeconds: number | undefined
  /** Names the request in the server's logs. */
  readonly requestId: string | undefined
  /** What `message` was made of, to say it in another language. */
  readonly params: Params | undefined

  constructor(code: ErrorCode | 'network', message: string, { status = 0, errors = [], retryAfterSeconds, requestId, params, cause }: Details = {}) {
    super(message, { cause })
    this.name = 'ProblemError'
    this.code = code
    this.status = status
    this.errors = errors
    this.retryAfterSeconds = retryAfterSeconds
    this.requestId = requestId
    this.params = params
  }
}

export const unreachable = (cause?: unknown) =>
  new ProblemError('network', 'Jarvis cannot be reached. Check your connection and try again.', { cause })

export async function problemOf(response: Response): Promise<ProblemError> {
  const { status, headers } = response
  const body = (await response.json().catch(() => null)) as Problem | null
  return toProblemError(body, { status, retryAfterSeconds: Number(headers.get('retry-after')) || undefined })
}

export function toProblemError(body: Problem | null, { status, ...details }: Details): ProblemError {
  if (!body?.code) return new ProblemError('internal', `Jarvis answered ${status}. Try again in a moment.`, { status: status ?? 0 })
  const { code, errors = [], requestId, params } = body
  return new ProblemError(code, body.detail || body.title, { ...details, status: status ?? body.status, errors, requestId, params })
}
