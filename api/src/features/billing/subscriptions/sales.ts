import type { HostedPage } from '@jarvis/contracts/billing.ts'
import type { BillingTerms } from '#config.ts'
import { refusal } from '#lib/refusal.ts'
import type { Holder, Payments } from '#ports/payments/index.ts'
import { isLive, type Offers } from './offers.ts'
import type { Refreshed } from './refresh.ts'

export type Wish = { priceId: string; quantity: number }
/** Who buys, with which customer, and where they come back to. */
export type Buyer = {
  holder: Holder
  customerId: string
  refresh(customerId: string): Promise<Refreshed>
  page: string
  /** Days for free at a first subscription. */
  trialDays: number
}

/** @throws billing_disabled */
export function requireBilling({ enabled }: Pick<Payments, 'enabled'>): void {
  if (!enabled) throw refusal('billing_disabled')
}

/** One way to buy, for people and organisations. */
export function createSales({ payments, offers, terms }: { payments: Payments; offers: Offers; terms: BillingTerms }) {
  /** Where who buys goes on to: the page to pay on, or, with a live subscription, back here, that being changed. @throws conflict for what they have already */
  return async function buy({ holder, customerId, refresh, page, trialDays }: Buyer, { priceId, quantity }: Wish): Promise<HostedPage> {
    const { fetched } = await refresh(customerId)
    const live = fetched.find((one) => isLive(one) && offers.planOf(one.priceId))
    if (!live) {
      const url = await payments.openCheckout({
        ...holder,
        customerId,
        priceId,
        quantity,
        trialDays: fetched.length === 0 ? trialDays : 0,
        automaticTax: terms.automaticTax,
        successUrl: `${page}?checkout=success`,
        cancelUrl: `${page}?checkout=cancelled`,
      })
      return { url }
    }
    // What is open has to be paid first, and that is done there.
    if (live.status !== 'active' && live.status !== 'trialing') return { url: await payments.openPortal(customerId, page) }
    if (live.priceId === priceId && live.quantity === quantity && !live.cancelAtPeriodEnd) throw refusal('conflict.same_plan')
    await payments.change(live, { priceId, quantity })
    await refresh(customerId)
    return { url: `${page}?checkout=success` }
  }
}
