import { refusal } from '#lib/refusal.ts'
import { ProviderError } from '#ports/models/provider-error.ts'

/** `isResting`: open, and not yet due for the call that tries it. */
export type Circuit = { pass<Result>(call: () => Promise<Result>): Promise<Result>; isOpen(): boolean; isResting(): boolean }

const failuresMax = 5
const openMs = 4000

/**
 * Stops asking a provider that is away: while the circuit is open a call is refused at once, then one is let through to try (Nygard, Release
 * It!, 2nd ed., §5.2). Only a transport that fails and a 5xx open it: what is wrong with one person's question or answer, a wrong key, a limit
 * and a slow model say nothing of what others will get.
 */
export function createCircuit(now: () => number = () => performance.now()): Circuit {
  let failures = 0
  let openUntil = 0
  let trying = false

  return {
    isOpen: () => failures >= failuresMax,
    isResting: () => failures >= failuresMax && now() < openUntil,
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
        if (error instanceof ProviderError) {
          failures = error.isOutage ? failures + 1 : 0
          if (error.isOutage) openUntil = now() + openMs
        }
        throw error
      } finally {
        if (isTrial) trying = false
      }
    },
  }
}

export type CircuitPlace = { provider: string; model: string }

/** One for each model at a provider: a provider may fail with one of its models and answer with another. */
export function createCircuits() {
  const circuits = new Map<string, Circuit>()
  return {
    of({ provider, model }: CircuitPlace): Circuit {
      const key = `${provider}\n${model}`
      const circuit = circuits.get(key) ?? createCircuit()
      circuits.set(key, circuit)
      return circuit
    },
    /** The models that are left alone now: another one answers sooner. */
    failing: (): string[] => [...circuits].flatMap(([key, circuit]) => (circuit.isResting() ? [key.slice(key.indexOf('\n') + 1)] : [])),
  }
}
