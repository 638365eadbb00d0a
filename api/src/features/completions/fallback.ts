import { setTimeout as wait } from 'node:timers/promises'
import { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'
import { ProviderError } from '#ports/models/provider-error.ts'

const attemptsMax = 3
const firstWaitMs = 250
/** What a provider asks for is waited for whole, or not at all. */
const retryAfterSecondsMax = 20

/** Whether anything came, and the text that did, arguments of tools included. */
export type Streamed = { any: boolean; text: string }

/** Which models may answer, and which one does. */
export type Candidates = {
  /** In the order to try them. */
  models: readonly string[]
  /** Tried once when a spend ceiling leaves too little for another. */
  economy: string
  /** Tells which model gives the answer, after a fallback too. */
  answering: { model: string }
  /** Another one answers than was meant to, and what that is thought to cost. */
  onRoute?(model: string, reason: string, estimatedCostMicroUsd: number): void
  signal: AbortSignal
}

type Call<Result> = (model: string, attempt: { number: number; streamed: Streamed }) => Promise<Result>

/** The one retry layer: the next model, or the same again, at most three times and never after the first token has been shown. */
export async function withFallback<Result>(route: Candidates & { estimate(model: string): number }, call: Call<Result>): Promise<Result> {
  const { models, economy, signal, answering } = route
  let reason = 'The first choice did not answer'
  const at = models.indexOf(answering.model)
  const left = at === -1 ? [answering.model] : models.slice(at)
  const candidates = (left.length > 1 ? left : [left[0]!, left[0]!, left[0]!]).slice(0, attemptsMax)
  for (const [index, model] of candidates.entries()) {
    const streamed = { any: false, text: '' }
    try {
      if (model !== answering.model) {
        answering.model = model
        route.onRoute?.(model, reason, route.estimate(model))
      }
      return await call(model, { number: index + 1, streamed })
    } catch (error) {
      if (isTooDear(error) && !candidates.slice(0, index + 1).includes(economy)) {
        reason = 'What may still be spent this month is only enough for the economy model'
        // An iteration that is under way sees it.
        candidates.splice(index + 1, Infinity, economy)
        continue
      }
      const next = candidates[index + 1]
      if (signal.aborted || next === undefined || streamed.any || !mayHelp(error, next === model)) throw error
      await wait(waitMs(error, index, next === model), undefined, { signal })
    }
  }
  throw refusal('upstream_failed.no_model')
}

/** What another model, or another try of the same, may do better. */
function mayHelp(error: unknown, isSame: boolean): error is AppError {
  if (!(error instanceof AppError)) return false
  if (!isSame) return passing.has(error.code) || elsewhere.has(error.code)
  const isFinal = error instanceof ProviderError && error.isFinal
  return passing.has(error.code) && !isFinal && (error.retryAfterSeconds ?? 0) <= retryAfterSecondsMax
}

const passing = new Set(['upstream_failed', 'upstream_timeout'])
/** Of one model alone. */
const elsewhere = new Set(['provider_quota', 'context_too_long'])

const isTooDear = (error: unknown) => error instanceof AppError && error.code === 'ceiling_reached'

/** What the provider asked for, when it is the same model again, else doubling; with jitter, so that many runs do not come back at once. */
function waitMs(error: AppError, index: number, isSame: boolean): number {
  const asked = isSame && error.retryAfterSeconds !== undefined ? error.retryAfterSeconds * 1000 : firstWaitMs * 2 ** index
  return asked * (1 + Math.random() / 4)
}
