import type { Environment } from './environment.ts'

/** `priceIds`: the first is sold, the others are recognised. */
export type Offer = { plan: 'pro' | 'enterprise'; interval: 'month' | 'year'; priceIds: string[] }
export type BillingTerms = { offers: Offer[]; trialDays: number; automaticTax: boolean; graceDays: number }
export type PaymentsConfig = BillingTerms &
  ({ kind: 'none' } | { kind: 'stripe'; secretKey: string; webhookSecret: string; apiBase: string; pageHosts: string[] })

const stripeNeeds = ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'STRIPE_PRICE_PRO', 'STRIPE_PRICE_ENTERPRISE'] as const

export function stripeFaults(env: Environment): string[] {
  const isMeant = [...stripeNeeds, 'STRIPE_PRICE_PRO_YEARLY' as const, 'STRIPE_PRICE_ENTERPRISE_YEARLY' as const].some((name) => env[name])
  const missing = isMeant ? stripeNeeds.filter((name) => !env[name]) : []
  if (missing.length > 0) return missing.map((name) => `${name}: is needed with the other STRIPE_ settings`)
  const ids = offersOf(env).flatMap(({ priceIds }) => priceIds)
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index)
  return twice.length > 0 ? [`STRIPE_PRICE_PRO: ${twice[0]} stands for two things; each price may be named once`] : []
}

function offersOf(env: Environment): Offer[] {
  const offers: (Omit<Offer, 'priceIds'> & { priceIds: string[] | undefined })[] = [
    { plan: 'pro', interval: 'month', priceIds: env.STRIPE_PRICE_PRO },
    { plan: 'pro', interval: 'year', priceIds: env.STRIPE_PRICE_PRO_YEARLY },
    { plan: 'enterprise', interval: 'month', priceIds: env.STRIPE_PRICE_ENTERPRISE },
    { plan: 'enterprise', interval: 'year', priceIds: env.STRIPE_PRICE_ENTERPRISE_YEARLY },
  ]
  return offers.flatMap(({ priceIds, ...offer }) => (priceIds ? [{ ...offer, priceIds }] : []))
}

export function paymentsOf(env: Environment): PaymentsConfig {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret, STRIPE_API_BASE: simulator, STRIPE_CUSTOM_DOMAIN: own } = env
  const terms = {
    offers: offersOf(env),
    trialDays: env.STRIPE_TRIAL_DAYS,
    automaticTax: env.STRIPE_TAX === 'automatic',
    graceDays: env.BILLING_GRACE_DAYS,
  }
  if (!secretKey || !webhookSecret) return { kind: 'none', ...terms }
  // A simulator's pages are where it says.
  const pageHosts = [...(simulator === undefined ? ['stripe.com'] : []), ...(own === undefined ? [] : [own])]
  return { kind: 'stripe', secretKey, webhookSecret, apiBase: simulator ?? 'https://api.stripe.com', pageHosts, ...terms }
}
