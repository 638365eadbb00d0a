import type { Interval, Invoice, SubscriptionStatus } from '@jarvis/contracts/billing.ts'
import type { Amount } from '@jarvis/contracts/text.ts'

export { microUsdOf } from './amount.ts'

/** A subscription as the provider has it now. */
export type PaidSubscription = {
  id: string
  customerId: string
  status: SubscriptionStatus
  itemId: string
  priceId: string
  quantity: number
  interval: Interval | null
  /** Null where it is not charged in US dollars. */
  priceMicroUsd: number | null
  currentPeriodEndsAt: Date | null
  cancelAtPeriodEnd: boolean
  trialEndsAt: Date | null
  createdAt: Date
  latestInvoiceId: string | null
  /** When the newest invoice was made, if it is not paid. */
  unpaidSince: Date | null
}

/** What happened, without what it says of it: the receiver asks for the current state. `priceIds` are those the event names. */
export type PaymentEvent = {
  id: string
  type: string
  /** Empty where only the charge of the notice says whose it is. */
  customerId: string
  subscriptionId: string | null
  priceIds: string[]
  /** Money that went back, or that somebody wants back. */
  notice?: { kind: 'refund' | 'dispute'; chargeId: string; amount: Amount; status: string; reason: string }
}

/** Who has a customer at the provider. */
export type Holder = { userId: string } | { organisationId: string }

export type CheckoutOrder = Holder & {
  customerId: string
  priceId: string
  /** One unless said otherwise. */
  quantity?: number
  trialDays: number
  automaticTax: boolean
  successUrl: string
  cancelUrl: string
}

/**
 * What Jarvis asks of the payment provider. Each call that changes something may be repeated: it is done once. Every call is bounded in time.
 * @throws payment_provider_failed when the provider is away or refuses; billing_disabled from every verb where there is none
 */
export interface Payments {
  readonly enabled: boolean
  createCustomer(holder: Holder & { email?: string; name: string }): Promise<string>
  /** The page to pay on. A page that is open already for as many of the same price is given again; others of this customer are closed. */
  openCheckout(order: CheckoutOrder): Promise<string>
  /** Takes effect and is charged or credited at once. @throws invalid_request when the card is declined: then nothing has changed */
  change(subscription: PaidSubscription, to: { priceId: string; quantity: number }): Promise<void>
  /** The page where the customer cancels, changes the card or sees invoices. */
  openPortal(customerId: string, returnUrl: string): Promise<string>
  /** All of a customer's, also those that have ended. A customer that is gone has none. */
  subscriptionsOf(customerId: string): Promise<PaidSubscription[]>
  /** Everybody's that have not ended. */
  liveSubscriptions(): AsyncIterable<PaidSubscription>
  /** Newest first. */
  invoicesOf(customerId: string): Promise<Invoice[]>
  /** Ends every subscription at once and forgets the customer. One that is gone already is no failure. */
  endCustomer(customerId: string): Promise<void>
  /** Null where it has no fixed amount. */
  price(priceId: string): Promise<Amount | null>
  /** Whose charge it is; null where nobody's, or where there is no such charge. */
  customerOfCharge(chargeId: string): Promise<string | null>
  /** Null for what has nothing to do with a subscription, a refund or a dispute. @throws invalid_request when it is not from the provider, too old, or from the future */
  readEvent(body: Uint8Array, signature: string | undefined): PaymentEvent | null
}
