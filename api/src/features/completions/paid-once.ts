import type { Billing } from '#features/billing/index.ts'
import type { Bill } from '#lib/money.ts'
import { refusal } from '#lib/refusal.ts'
import type { ChargeKind } from '#ports/database/tables.ts'
import { wasLost } from '#ports/models/provider-error.ts'
import { createCallRecords, type KeepFailure } from './call-records.ts'
import { createCircuits } from './circuit.ts'

export type PaidOnceDeps<Model> = {
  openSpending: Billing['openSpending']
  /** By id. */
  models: Pick<ReadonlyMap<string, Model>, 'get'>
  keepFailure?: KeepFailure | undefined
  log: { info(details: object, text: string): void; warn(details: object, text: string): void }
}

type Bounds = { bill: Bill; model: string; unitsMax: number; unitsIfLost: number; signal: AbortSignal }

/** Calls that are made once, for there is nothing to go on with, and paid for in advance for the most that they can cost. */
export function createPaidOnce<Model extends { provider: string }>(
  kind: ChargeKind,
  { openSpending, models, keepFailure, log }: PaidOnceDeps<Model>,
) {
  const circuits = createCircuits()
  const records = createCallRecords(log, keepFailure)

  /**
   * `used` says what a call took, in units of its price; one whose end is not known took as much as `unitsIfLost`.
   * @throws budget_exhausted, ceiling_reached, ProviderError
   */
  return async function paid<Result>(
    { bill, model, unitsMax, unitsIfLost, signal }: Bounds,
    call: (model: Model) => Promise<Result>,
    used: (result: Result) => { units: number; isEstimate: boolean },
  ): Promise<{ result: Result; inputTokens: number }> {
    const found = models.get(model)
    if (!found) throw refusal('upstream_failed.no_model')
    const at = { provider: found.provider, model, attempt: 1 }
    await using spending = openSpending(bill, kind)
    const settled = (units: number, isEstimate: boolean) => ({ inputTokens: Math.max(1, Math.ceil(units)), outputTokens: 0, isEstimate })
    try {
      const done = await circuits.of(at).pass(async () => {
        using held = await spending.prepay(model, unitsMax)
        // Stopped meanwhile: nothing was sent.
        signal.throwIfAborted()
        try {
          const result = await call(found)
          const { units, isEstimate } = used(result)
          const taken = settled(units, isEstimate)
          held.settle(taken)
          return { result, inputTokens: taken.inputTokens }
        } catch (error) {
          if (wasLost(error, signal)) held.settle(settled(unitsIfLost, true))
          throw error
        }
      })
      records.succeeded(at)
      return done
    } catch (error) {
      await records.failed(at, error, { bill, signal })
      throw error
    }
  }
}
