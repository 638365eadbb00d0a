import type { Interval } from '@jarvis/contracts/billing.ts'
import type { PlanId, PlanPrices } from '@jarvis/contracts/plans.ts'
import { AppError } from '#lib/app-error.ts'
import type { Offer } from '#config.ts'
import { microUsdOf, type PaidSubscription, type Payments } from '#ports/payments/index.ts'
import { refusal } from '#lib/refusal.ts'

export type Offers = ReturnType<typeof createOffers>

const pricesMs = { fresh: 10 * 60_000, afterFailure: 30_000 }
const unpriced = (): PlanPrices => ({ month: null, year: null, amounts: { month: null, year: null } })
const none: Record<Offer['plan'], PlanPrices> = { pro: unpriced(), enterprise: unpriced() }

/** Which price stands for which plan, and what it costs. */
export function createOffers(payments: Payments, offers: readonly Offer[]) {
  const planByPrice = new Map(offers.flatMap(({ plan, priceIds }) => priceIds.map((id) => [id, plan] as const)))
  let cached: { prices: typeof none; staleAt: number } | undefined
  let asking: Promise<typeof none> | undefined

  async function ask(): Promise<typeof none> {
    try {
      const asked = await Promise.all(offers.map(async (offer) => ({ ...offer, amount: await payments.price(offer.priceIds[0]!) })))
      const of = (plan: Offer['plan'], interval: Interval) => asked.find((one) => one.plan === plan && one.interval === interval)?.amount ?? null
      const both = (plan: Offer['plan']): PlanPrices => {
        const amounts = { month: of(plan, 'month'), year: of(plan, 'year') }
        return { month: amounts.month && microUsdOf(amounts.month), year: amounts.year && microUsdOf(amounts.year), amounts }
      }
      cached = { prices: { pro: both('pro'), enterprise: both('enterprise') }, staleAt: Date.now() + pricesMs.fresh }
    } catch {
      // The list of plans is worth showing without prices.
      cached = { prices: cached?.prices ?? none, staleAt: Date.now() + pricesMs.afterFailure }
    }
    return cached.prices
  }

  return {
    planOf: (priceId: string): Offer['plan'] | undefined => planByPrice.get(priceId),

    /** @throws invalid_request */
    priceOf(plan: Offer['plan'], interval: Interval): string {
      const offer = offers.find((one) => one.plan === plan && one.interval === interval)
      if (!offer) throw refusal('invalid_request.not_sold', { plan, interval })
      return offer.priceIds[0]!
    },

    /** Old prices are told while new ones are fetched; null where billing is off or the plan is free. */
    async pricesOf(plan: PlanId): Promise<PlanPrices | null> {
      if (plan === 'free' || !payments.enabled) return null
      if (!cached || cached.staleAt < Date.now()) asking ??= ask().finally(() => (asking = undefined))
      return (cached?.prices ?? (await asking!))[plan]
    },

    /**
     * The one that counts of a customer's subscriptions: what gives a plan before what does not, the greater plan, the newer.
     * @throws invalid_request when all that is live has a price that is none of ours
     */
    choose(subscriptions: readonly PaidSubscription[]): PaidSubscription | undefined {
      const ours = subscriptions.filter(({ priceId }) => planByPrice.has(priceId))
      if (!ours.some(isLive) && subscriptions.some(isLive)) throw foreignPrice()
      const rank = (one: PaidSubscription) => [givesPlan(one), isLive(one), planByPrice.get(one.priceId) === 'enterprise'].map(Number)
      return ours.toSorted((a, b) => compare(rank(b), rank(a)) || b.createdAt.getTime() - a.createdAt.getTime())[0]
    },
  }
}

const foreignPrice = () =>
  new AppError('invalid_request', 'This price belongs to no plan here. Name it in STRIPE_PRICE_PRO or STRIPE_PRICE_ENTERPRISE if it should.')

/** Not over, whether or not it is paid for. */
export const isLive = ({ status }: Pick<PaidSubscription, 'status'>) => !['none', 'canceled', 'incomplete', 'incomplete_expired'].includes(status)
export const givesPlan = ({ status }: Pick<PaidSubscription, 'status'>) => ['trialing', 'active', 'past_due'].includes(status)

function compare(a: readonly number[], b: readonly number[]): number {
  return a.map((value, index) => value - b[index]!).find((difference) => difference !== 0) ?? 0
}
