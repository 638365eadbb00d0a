import { refusal } from '#lib/refusal.ts'
import type { Payments } from './index.ts'

/** Where billing is off. */
export function createNoPayments(): Payments {
  const refuse = (): never => {
    throw refusal('billing_disabled')
  }
  const refuseLater = async (): Promise<never> => refuse()
  return {
    enabled: false,
    createCustomer: refuseLater,
    openCheckout: refuseLater,
    change: refuseLater,
    openPortal: refuseLater,
    subscriptionsOf: refuseLater,
    liveSubscriptions: refuse,
    invoicesOf: refuseLater,
    endCustomer: refuseLater,
    price: refuseLater,
    customerOfCharge: refuseLater,
    readEvent: refuse,
  }
}
