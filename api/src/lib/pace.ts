export type Pace = ReturnType<typeof createPace>

const restMsMax = 1000

/**
 * Turns of bulk work: one at a time, and after each the rest of the process has `rests` times as long without any. A turn that took longer
 * because the machine or the database is busy makes a longer rest.
 */
export function createPace({ rests }: { rests: number }) {
  let before: Promise<void> = Promise.resolve()
  return async function turn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = before
    const { promise, resolve } = Promise.withResolvers<void>()
    before = promise
    await mine
    const startedAt = performance.now()
    try {
      return await work()
    } finally {
      setTimeout(resolve, Math.min(restMsMax, rests * (performance.now() - startedAt)))
    }
  }
}
