import type { PlanId } from '@jarvis/contracts/plans.ts'
import { and, eq, lt, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import { coalesce } from '#lib/coalesce.ts'
import type { Database } from '#ports/database/index.ts'
import { subscriptions } from '#ports/database/tables.ts'
import type { PaidSubscription, Payments } from '#ports/payments/index.ts'
import { givesPlan, type Offers } from './offers.ts'

/** Gives a person the plan that they pay for. `free` takes away only what a subscription gave. @throws not_found */
export type SetPlan = (userId: string, plan: PlanId) => Promise<void>
export type RefreshDeps = Pick<Database, 'db'> & { payments: Payments; offers: Offers; graceDays: number; setPlan: SetPlan; audit: RecordAudit }
export type Refreshed = { fetched: PaidSubscription[]; changed: boolean }
type Row = typeof subscriptions.$inferSelect
type State = Omit<Row, 'userId' | 'customerId' | 'fetchesStarted' | 'fetchApplied' | 'createdAt'>

const daySeconds = 86_400

/**
 * Brings what is stored of a customer up to what the provider has now. Whatever made it look, a webhook late or twice, a checkout or the
 * nightly check, the outcome is the same: fetches are numbered before they begin, and only a later one replaces what an earlier one stored.
 */
export function createRefresh({ db, payments, offers, graceDays, setPlan, audit }: RefreshDeps) {
  /** Inside one transaction with the row locked, and with no call to anybody while it is. */
  async function store(userId: string, fetch: number, current: PaidSubscription | undefined): Promise<Record<string, string>> {
    return db.transaction(async (tx) => {
      const [found] = await tx
        .select({ row: subscriptions, now: sql`now()`.mapWith(subscriptions.createdAt) })
        .from(subscriptions)
        .where(and(eq(subscriptions.userId, userId), lt(subscriptions.fetchApplied, fetch)))
        .for('update')
      if (!found) return {}
      const state = current ? stateOf(current, found.row, found.now) : noState
      await tx
        .update(subscriptions)
        .set({ ...state, fetchApplied: fetch })
        .where(eq(subscriptions.userId, userId))
      const details = differences(found.row, state)
      if (Object.keys(details).length > 0) await audit(tx, { action: 'subscription.changed', target: userId, details })
      return details
    })
  }

  function stateOf(current: PaidSubscription, before: Row, now: Date): State {
    const plan = offers.planOf(current.priceId)!
    // The time that a payment has been open counts from its invoice, and does not start again with the next one.
    const wasPastDue = before.status === 'past_due' && before.subscriptionId === current.id
    const graceEndsAt = wasPastDue ? before.graceEndsAt : new Date((current.unpaidSince ?? now).getTime() + graceDays * daySeconds * 1000)
    const isInGrace = current.status !== 'past_due' || (graceEndsAt !== null && graceEndsAt > now)
    return {
      subscriptionId: current.id,
      status: current.status,
      plan: givesPlan(current) && isInGrace ? plan : 'free',
      priceId: current.priceId,
      quantity: current.quantity,
      interval: current.interval,
      priceMicroUsd: current.priceMicroUsd,
      currentPeriodEndsAt: current.currentPeriodEndsAt,
      cancelAtPeriodEnd: current.cancelAtPeriodEnd,
      trialEndsAt: current.trialEndsAt,
      graceEndsAt: current.status === 'past_due' ? graceEndsAt : null,
    }
  }

  /**
   * Writes the stored plan to the person. It reads again after it wrote: of two who are at this at once, the last to write has then seen
   * the newest row.
   */
  async function applyPlan(userId: string): Promise<void> {
    for (let applied: PlanId | undefined; ;) {
      const [row] = await db.select({ plan: subscriptions.plan }).from(subscriptions).where(eq(subscriptions.userId, userId))
      const plan = row?.plan ?? 'free'
      if (plan === applied) return
      await setPlan(userId, plan)
      applied = plan
    }
  }

  async function fetchAndStore(customerId: string): Promise<Refreshed> {
    const [begun] = await db
      .update(subscriptions)
      .set({ fetchesStarted: sql`${subscriptions.fetchesStarted} + 1` })
      .where(eq(subscriptions.customerId, customerId))
      .returning({ userId: subscriptions.userId, fetch: subscriptions.fetchesStarted })
    if (!begun) throw new AppError('invalid_request', 'No account here has this customer.')
    const fetched = await payments.subscriptionsOf(customerId)
    const details = await store(begun.userId, begun.fetch, offers.choose(fetched))
    await applyPlan(begun.userId)
    return { fetched, changed: Object.keys(details).length > 0 }
  }

  return {
    applyPlan,
    /** @throws invalid_request for a customer that nobody here has, or a price that is none of ours; payment_provider_failed */
    refresh: coalesce(fetchAndStore),
  }
}

const noState: State = {
  subscriptionId: null,
  status: 'none',
  plan: 'free',
  priceId: null,
  quantity: 1,
  interval: null,
  priceMicroUsd: null,
  currentPeriodEndsAt: null,
  cancelAtPeriodEnd: false,
  trialEndsAt: null,
  graceEndsAt: null,
}

/** What an auditor asks after, from old to new. */
function differences(before: State, after: State): Record<string, string> {
  const names = ['status', 'plan', 'priceId', 'quantity', 'cancelAtPeriodEnd', 'subscriptionId'] as const
  return Object.fromEntries(names.filter((name) => before[name] !== after[name]).map((name) => [name, `${before[name]} → ${after[name]}`]))
}
