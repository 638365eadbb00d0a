import { and, eq, lt, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import { coalesce } from '#lib/coalesce.ts'
import type { Database } from '#ports/database/index.ts'
import type { subscriptions } from '#ports/database/tables.ts'
import type { PaidSubscription, Payments } from '#ports/payments/index.ts'
import type { Book } from './books.ts'
import { givesPlan, type Offers } from './offers.ts'

export type RefreshDeps = Pick<Database, 'db'> & { payments: Payments; offers: Offers; graceDays: number; book: Book; audit: RecordAudit }
export type Refreshed = { fetched: PaidSubscription[]; changed: boolean }
type Row = typeof subscriptions.$inferSelect
type State = Omit<Row, 'userId' | 'customerId' | 'fetchesStarted' | 'fetchApplied' | 'createdAt'>

const daySeconds = 86_400

/**
 * Brings what is stored of a customer up to what the provider has now. Whatever made it look, a webhook late or twice, a checkout or the
 * nightly check, the outcome is the same: fetches are numbered before they begin, and only a later one replaces what an earlier one stored.
 */
export function createRefresh({ db, payments, offers, graceDays, book, audit }: RefreshDeps) {
  const { table, holder } = book

  /** Inside one transaction with the row locked, and with no call to anybody while it is. */
  async function store(holderId: string, fetch: number, current: PaidSubscription | undefined): Promise<Record<string, string>> {
    return db.transaction(async (tx) => {
      const [found] = await tx
        .select({ row: table, now: sql`now()`.mapWith(table.createdAt) })
        .from(table)
        .where(and(eq(holder, holderId), lt(table.fetchApplied, fetch)))
        .for('update')
      if (!found) return {}
      const state = current ? stateOf(current, found.row, found.now) : noState
      await tx
        .update(table)
        .set({ ...state, fetchApplied: fetch })
        .where(eq(holder, holderId))
      const details = differences(found.row, state)
      if (Object.keys(details).length > 0) await audit(tx, { action: 'subscription.changed', target: holderId, details })
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
   * Writes what is stored to whose it is. It reads again after it wrote: of two who are at this at once, the last to write has then seen
   * the newest row.
   */
  async function apply(holderId: string): Promise<void> {
    for (let applied: string | undefined; ;) {
      const [row] = await db.select({ plan: table.plan, quantity: table.quantity }).from(table).where(eq(holder, holderId))
      const { plan, quantity } = row ?? { plan: 'free', quantity: 1 }
      if (`${plan} ${quantity}` === applied) return
      await book.give(holderId, plan, quantity)
      applied = `${plan} ${quantity}`
    }
  }

  async function fetchAndStore(customerId: string): Promise<Refreshed> {
    const [begun] = await db
      .update(table)
      .set({ fetchesStarted: sql`${table.fetchesStarted} + 1` })
      .where(eq(table.customerId, customerId))
      .returning({ holderId: holder, fetch: table.fetchesStarted })
    if (!begun) throw new AppError('invalid_request', 'No account here has this customer.')
    const fetched = await payments.subscriptionsOf(customerId)
    const details = await store(begun.holderId, begun.fetch, offers.choose(fetched))
    await apply(begun.holderId)
    return { fetched, changed: Object.keys(details).length > 0 }
  }

  return {
    apply,
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
