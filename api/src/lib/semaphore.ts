import { AppError } from './app-error.ts'

/** Runs at most `activeMax` tasks at once, and lets at most `waitingMax` more stand in line. @throws overloaded, with `refusal` for the person */
export function createSemaphore(activeMax: number, waitingMax: number, refusal = 'Too many people are signing in right now. Try again in a moment.') {
  let active = 0
  const waiting: (() => void)[] = []
  return async function run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (active >= activeMax) {
      if (waiting.length >= waitingMax) throw new AppError('overloaded', refusal, { retryAfterSeconds: 2 })
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else active++
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else active--
    }
  }
}
