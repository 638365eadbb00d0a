import type { ErrorCode, Params } from '@jarvis/contracts/errors.ts'

export type AppErrorOptions = {
  cause?: unknown
  retryAfterSeconds?: number
  errors?: { path: string; message: string }[]
  /** What the sentence is made of, so that it can be said in another language. */
  params?: Params
}

/**
 * An expected failure. `code` is in the contract, `message` is shown to the user, `cause` only ever reaches the log.
 * Anything else that is thrown is a bug and answers `internal`.
 */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly retryAfterSeconds: number | undefined
  readonly errors: { path: string; message: string }[] | undefined
  readonly params: Params | undefined

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
    this.errors = options.errors
    this.params = options.params
  }
}
