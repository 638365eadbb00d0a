import { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'

export type Circuit = { pass<Result>(call: () => Promise<Result>): Promise<Result> }

const failuresMax = 5
const openMs = 15_000

/**
 * Stops asking a provider that has failed several times in a row: while the circuit is open a call is refused at once, then one is let
 * through to try (Nygard, Release It!, 2nd ed., §5.2). Refusals that are ours to mend, a wrong key above all, do not open it.
 */
export function createCircuit(now: () => number = () => performance.now()): Circuit {
  let failures = 0
  let openUntil = 0
  let trying = false

  return {
    async pass(call) {
      const isTrial = failures >= failuresMax
      if (isTrial && (trying || now() < openUntil)) {
        const retryAfterSeconds = Math.max(1, Math.ceil((openUntil - now()) / 1000))
        throw refusal('upstream_failed.circuit', {}, { retryAfterSeconds })
      }
      trying = isTrial
      try {
        const result = await call()
        failures = 0
        return result
      } catch (error) {
        if (isOutage(error)) {
          failures++
          openUntil = now() + openMs
        } else if (error instanceof AppError && error.code.startsWith('upstream_')) failures = 0
        throw error
      } finally {
        if (isTrial) trying = false
      }
    },
  }
}

/** One for each model: a provider may fail with one of its models and answer with another. */
export function createCircuits(): { of(model: string): Circuit } {
  const circuits = new Map<string, Circuit>()
  return {
    of(model) {
      const circuit = circuits.get(model) ?? createCircuit()
      circuits.set(model, circuit)
      return circuit
    },
  }
}

/** A 429 asks for patience and tells how much: that is no outage. */
const isOutage = (error: unknown) =>
  error instanceof AppError && (error.code === 'upstream_timeout' || error.code === 'upstream_failed') && error.retryAfterSeconds === undefined
