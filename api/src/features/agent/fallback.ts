import { setTimeout as wait } from 'node:timers/promises'
import { AppError } from '#lib/app-error.ts'
import type { ModelSink } from '#ports/models/index.ts'
import type { EventQueue } from './event-queue.ts'

const attemptsMax = 3
const firstWaitMs = 250
const waitMsMax = 5000

/** Whether anything came, and the text that did, arguments of tools included. */
export type Streamed = { any: boolean; text: string }
export type Attempts = {
  /** In the order to try them. */
  models: string[]
  /** Tried once when a spend ceiling leaves too little for another. */
  economy: string
  /** Tells which model gives the answer, after a fallback too. */
  answering: { model: string }
  queue: EventQueue
  signal: AbortSignal
}

/** The one retry layer: the next model, or the same again, at most three times and never after the first token has been shown. */
export async function withFallback<Result>(attempts: Attempts, call: (model: string, streamed: Streamed) => Promise<Result>): Promise<Result> {
  const { models, economy, queue, signal, answering } = attempts
  let reason = 'The first choice did not answer'
  const at = models.indexOf(answering.model)
  const left = at === -1 ? [answering.model] : models.slice(at)
  const candidates = (left.length > 1 ? left : [left[0]!, left[0]!, left[0]!]).slice(0, attemptsMax)
  for (const [index, model] of candidates.entries()) {
    const streamed = watched(queue.sink)
    try {
      if (model !== answering.model) {
        answering.model = model
        queue.push({ type: 'CUSTOM', name: 'route', value: { model, reason, estimatedCostMicroUsd: 0 } })
      }
      return await call(model, streamed)
    } catch (error) {
      if (isTooDear(error) && !candidates.slice(0, index + 1).includes(economy)) {
        reason = 'What may still be spent this month is only enough for the economy model'
        // An iteration that is under way sees it.
        candidates.splice(index + 1, Infinity, economy)
        continue
      }
      if (signal.aborted || index === candidates.length - 1 || streamed.any || !isPassing(error)) throw error
      await wait(waitMs(error, index), undefined, { signal })
    } finally {
      streamed.release()
    }
  }
  throw new AppError('upstream_failed', 'No model answered.')
}

const isPassing = (error: unknown): error is AppError =>
  error instanceof AppError && (error.code === 'upstream_failed' || error.code === 'upstream_timeout')

const isTooDear = (error: unknown) => error instanceof AppError && error.code === 'ceiling_reached'

/** What the provider asked for, else doubling; with jitter, so that many runs do not come back at once. */
function waitMs(error: AppError, index: number): number {
  const asked = error.retryAfterSeconds === undefined ? firstWaitMs * 2 ** index : error.retryAfterSeconds * 1000
  return Math.min(asked * (1 + Math.random() / 4), waitMsMax)
}

/** Notes what passes through the sink during one attempt. */
function watched(sink: ModelSink): Streamed & { release(): void } {
  const original = { ...sink }
  const streamed = { any: false, text: '', release: () => void Object.assign(sink, original) }
  sink.text = (delta) => {
    streamed.any = true
    streamed.text += delta
    original.text(delta)
  }
  sink.toolCallStart = (id, name) => {
    streamed.any = true
    original.toolCallStart(id, name)
  }
  sink.toolCallArgs = (id, delta) => {
    streamed.text += delta
    original.toolCallArgs(id, delta)
  }
  return streamed
}
