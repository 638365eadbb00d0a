import { setTimeout as wait } from 'node:timers/promises'
import { AppError } from '#lib/app-error.ts'
import type { ModelSink } from '#ports/models/index.ts'
import type { EventQueue } from './event-queue.ts'

const attemptsMax = 3
const firstWaitMs = 250
const waitMsMax = 5000

export type Streamed = { any: boolean; text: string }
export type Attempts = {
  /** In the order to try them. */
  models: string[]
  /** Tells which model gives the answer, after a fallback too. */
  answering: { model: string }
  queue: EventQueue
  signal: AbortSignal
}

/** The one retry layer: the next model, or the same again, at most three times and never after the first token has been shown. */
export async function withFallback<Result>(attempts: Attempts, call: (model: string, streamed: Streamed) => Promise<Result>): Promise<Result> {
  const { models, queue, signal, answering } = attempts
  const left = models.slice(Math.max(0, models.indexOf(answering.model)))
  const candidates = (left.length > 1 ? left : [left[0]!, left[0]!, left[0]!]).slice(0, attemptsMax)
  for (const [index, model] of candidates.entries()) {
    const streamed = watched(queue.sink)
    try {
      if (model !== answering.model) {
        answering.model = model
        queue.push({ type: 'CUSTOM', name: 'route', value: { model, reason: 'The first choice did not answer', estimatedCostMicroUsd: 0 } })
      }
      return await call(model, streamed)
    } catch (error) {
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
  return streamed
}
