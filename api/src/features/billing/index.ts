import type { Bill, Tokens } from '#lib/money.ts'
import type { Database } from '#ports/database/index.ts'
import type { ChargeKind } from '#ports/database/tables.ts'
import { wasLost } from '#ports/models/provider-error.ts'
import { createCeilings } from './ceilings.ts'
import { charge, type Charge } from './charge.ts'
import { createReservations } from './reserve.ts'
import { createLostCalls, settlement } from './settle.ts'
import { createSpending, type SpendingDeps } from './spending.ts'
import { createUsage } from './usage.ts'
import { createVerification } from './verify.ts'

export type { Room } from './reserve.ts'
export type { Charge } from './charge.ts'
export type { Booking } from './settle.ts'
export type { PaidCall, Spending } from './spending.ts'
export { createSubscriptions, type Subscriptions } from './subscriptions/index.ts'
export { createVerification } from './verify.ts'
export { dropScopes, dropScopesOf, putScope } from './organisation-scopes.ts'
export { applyPlanTokens, planTokens } from './plan-tokens.ts'

export type BillingDeps = Pick<Database, 'db'> & Pick<SpendingDeps, 'modelOf' | 'log'>
export type Billing = ReturnType<typeof createBilling>

/**
 * What may still be spent, and what was. Every call of a model is paid for in advance, from a bound on what it can cost, by one conditional
 * statement, and settled for what it really used together with what it is stored for. The ledger only grows, and every total is a sum over it.
 */
export function createBilling({ db, modelOf, log }: BillingDeps) {
  const { reserve, room } = createReservations({ db })
  const { settle, renew, settleEarlier, settleOrphans } = createLostCalls({ db, modelOf })

  return {
    reserve,
    room,
    settlement,
    settleEarlier,
    settleOrphans,
    /** What a call of a chat model costs. */
    chargeOf: (used: Tokens & { model: string }): Charge => charge('answer', used.model, used, modelOf(used.model)),

    openSpending: (bill: Bill, kind: ChargeKind = 'answer') => createSpending({ reserve, settle, renew, modelOf, log }, bill, kind),

    /** One request to embed. One whose end is not known, or that was not counted, is paid for by estimate. @throws budget_exhausted, ceiling_reached */
    async embed<Used extends { inputTokens: number }>(
      bill: Bill,
      { model, inputTokensMax, signal }: { model: string; inputTokensMax: number; signal?: AbortSignal | undefined },
      call: () => Promise<Used>,
    ): Promise<Used> {
      await using spending = createSpending({ reserve, settle, renew, modelOf, log }, bill, 'embedding')
      using paid = await spending.prepay(model, inputTokensMax)
      // Stopped meanwhile: nothing was sent.
      signal?.throwIfAborted()
      try {
        const used = await call()
        const { inputTokens } = used
        paid.settle(inputTokens === 0 ? paid.estimate('') : { inputTokens, outputTokens: 0, isEstimate: false })
        return used
      } catch (error) {
        if (wasLost(error, signal)) paid.settle(paid.estimate(''))
        throw error
      }
    },

    ...createUsage({ db }),
    ...createCeilings({ db }),
    ...createVerification({ db }),
  }
}
