import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '#lib/log.ts'

const restMs = 1000

/** Every process looks once a second; the database lets one of them at a time link, so another takes over when that one is gone. */
export function startLinker({ link, rowsPerBatch, log }: { link(): Promise<number>; rowsPerBatch: number; log: Log }): AsyncDisposable {
  const stop = new AbortController()
  const linkNow = () =>
    link().catch((error: unknown) => {
      log.warn({ err: error }, 'the audit was not linked; it is tried again')
      return 0
    })

  async function work(): Promise<void> {
    while (!stop.signal.aborted) {
      if ((await linkNow()) < rowsPerBatch) await sleep(restMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
    await linkNow()
  }

  const working = work()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await working
    },
  }
}
