import { unlessAborted } from './within.ts'

/**
 * For what somebody waits for and can do without: `ask` has so many milliseconds. After it was late nobody is kept waiting for it for a while.
 * The result fails when it is late, is left alone, or when the caller's signal aborts; late work goes on where it does not obey its signal.
 */
export function createSoon({ msMax, restMs }: { msMax: number; restMs: number }) {
  let restsUntil = -Infinity
  return async function soon<Result>(ask: (signal: AbortSignal) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    if (performance.now() < restsUntil) throw new Error('left alone: it was late a moment ago')
    const late = AbortSignal.timeout(msMax)
    const stop = signal ? AbortSignal.any([signal, late]) : late
    try {
      return await unlessAborted(ask(stop), stop)
    } catch (error) {
      if (late.aborted) restsUntil = performance.now() + restMs
      throw error
    }
  }
}
