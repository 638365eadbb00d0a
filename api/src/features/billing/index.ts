import { sql } from 'drizzle-orm'
import type { Payer, Price, Tokens } from '#lib/money.ts'
import type { Database } from '#ports/database/index.ts'
import { createCeilings } from './ceilings.ts'
import { createReservations, type Claim } from './reserve.ts'
import { type Charge, createReleases, lastSettlement, settlement } from './settle.ts'
import { charge, createSpending, type SpendingDeps } from './spending.ts'
import { createUsage } from './usage.ts'
import { createVerification } from './verify.ts'

export type { Room } from './reserve.ts'
export type { Booking, Charge } from './settle.ts'
export { charge, type Spending } from './spending.ts'
export { createSubscriptions, type Subscriptions } from './subscriptions/index.ts'
export { createVerification } from './verify.ts'

export type BillingDeps = Pick<Database, 'db'> & Pick<SpendingDeps, 'modelOf'>
export type Billing = ReturnType<typeof createBilling>

/**
 * What may still be spent, and what was. Every call of a model is paid for in advance, from a bound on what it can cost, by one conditional
 * statement, and settled for what it really used together with what it is stored for. The ledger only grows, and every total is a sum over it.
 */
export function createBilling({ db, modelOf }: BillingDeps) {
  const { reserve, room } = createReservations({ db })
  const { release, releaseEarlier, releaseOrphans } = createReleases({ db })

  return {
    reserve,
    room,
    settlement,
    lastSettlement,
    releaseEarlier,
    releaseOrphans,
    /** What a call of a chat model costs. */
    chargeOf: (used: Tokens & { model: string }): Charge => charge('answer', used.model, used, modelOf(used.model)),

    openSpending: (payer: Payer) => createSpending({ reserve, release, modelOf }, payer),

    /** One paid call that belongs to no run, such as embedding a text. @throws budget_exhausted, ceiling_reached */
    async spend<Used extends { inputTokens: number }>(most: Claim, price: Price, call: () => Promise<Used>): Promise<Used> {
      const reserved = await reserve(most)
      if ('refusal' in reserved) throw reserved.refusal
      let booking: Charge | undefined
      try {
        const used = await call()
        booking = charge(most.kind, most.model, { inputTokens: used.inputTokens, outputTokens: 0 }, price)
        return used
      } finally {
        if (booking) await db.execute(sql`with first as (select 1), ${settlement(most, [{ ...booking, ...reserved }])}`)
        else await release(reserved.reservationId)
      }
    },

    ...createUsage({ db }),
    ...createCeilings({ db }),
    ...createVerification({ db }),
  }
}
