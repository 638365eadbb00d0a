import type { ErrorCode, Problem } from '@jarvis/contracts/errors.ts'

type Details = { status?: number; errors?: Problem['errors']; retryAfterSeconds?: number | undefined; cause?: unknown }

/** A refusal of the server, or `network` when it could not be reached. `message` is written for the person. */
export class ProblemError extends Error {
  readonly code: ErrorCode | 'network'
  readonly status: number
  readonly errors: NonNullable<Problem['errors']>
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode | 'network', message: string, { status = 0, errors = [], retryAfterSeconds, cause }: Details = {}) {
    super(message, { cause })
    this.code = code
    this.status = status
    this.errors = errors
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export const unreachable = (cause?: unknown) =>
  new ProblemError('network', 'Jarvis cannot be reached. Check your connection and try again.', { cause })

export async function problemOf(response: Response): Promise<ProblemError> {
  const { status } = response
  const retryAfter = Number(response.headers.get('retry-after'))
  const body = (await response.json().catch(() => null)) as Problem | null
  if (!body?.code) return new ProblemError('internal', `Jarvis answered ${status}. Try again in a moment.`, { status })
  return new ProblemError(body.code, body.detail || body.title, { status, errors: body.errors ?? [], retryAfterSeconds: retryAfter || undefined })
}

export const messageOf = (error: unknown): string =>
  error instanceof ProblemError ? error.message : 'Something went wrong in this page. Reload it and try again.'

/** The message for one field of a form; a path may be `name` or `/body/name`, depending on who found the fault. */
export function fieldError(error: unknown, field: string): string | undefined {
  if (!(error instanceof ProblemError)) return undefined
  return error.errors.find(({ path }) => path.split(/[./]/).at(-1) === field)?.message
}
