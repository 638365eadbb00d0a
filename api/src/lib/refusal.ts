import type { ErrorCode, Failure, Params } from '@jarvis/contracts/errors.ts'
import { type SentenceKey, sentenceOf } from '@jarvis/contracts/sentences.ts'
import { AppError } from './app-error.ts'
import { limitRefusals } from './meters.ts'

/** A failure whose sentence is in the catalogue: code and params are what it is, the sentence is made of them. */
export function refusal(key: SentenceKey, given: Params = {}, options: { cause?: unknown; retryAfterSeconds?: number } = {}): AppError {
  const { retryAfterSeconds } = options
  // A window says its name itself.
  if (/^(rate_limited|overloaded)\./.test(key)) limitRefusals.inc({ limit: key.split('.')[1]! })
  const params: Params = { ...given, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) }
  return new AppError(key.split('.', 1)[0] as ErrorCode, sentenceOf(key, params), { ...options, params: { sentence: key, ...params } })
}

/** An expected failure as it is stored and told. */
export const failureOf = ({ code, message, params }: AppError): Failure => ({ code, detail: message, ...(params && { params }) })
