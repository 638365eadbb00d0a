import type { SentenceKey } from '@jarvis/contracts/sentences.ts'
import { refusal } from './refusal.ts'

/** Runs at most `activeMax` tasks at once, and lets at most `waitingMax` more stand in line. @throws overloaded, with the sentence of `key` */
export function createSemaphore(activeMax: number, waitingMax: number, key: SentenceKey) {
  let active = 0
  const waiting: (() => void)[] = []
  return async function run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (active >= activeMax) {
      if (waiting.length >= waitingMax) throw refusal(key, {}, { retryAfterSeconds: 2 })
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
