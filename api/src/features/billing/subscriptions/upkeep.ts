import { and, eq, lte, ne, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import { subscriptions, users } from '#ports/database/tables.ts'
import type { PaidSubscription, Payments } from '#ports/payments/index.ts'
import type { FormerCustomers } from './former-customers.ts'
import type { createRefresh } from './refresh.ts'

export type Reconciled = { checked: number; repaired: number; unknown: number }
export type UpkeepDeps = Pick<Database, 'db'> &
  ReturnType<typeof createRefresh> & { payments: Payments; former: FormerCustomers; audit: RecordAudit; log: Log }

/** What has to happen without anybody asking: graces end, missed webhooks are made up for, customers of erased people are ended. */
export function createUpkeep({ db, payments, refresh, applyPlan, former, audit, log }: UpkeepDeps) {
  /** The clock is the database's. */
  async function endGraces(): Promise<void> {
    await db.transaction(async (tx) => {
      const ended = await tx
        .update(subscriptions)
        .set({ plan: 'free' })
        .where(and(eq(subscriptions.status, 'past_due'), lte(subscriptions.graceEndsAt, sql`now()`), ne(subscriptions.plan, 'free')))
        .returning({ userId: subscriptions.userId })
      for (const { userId } of ended) await audit(tx, { action: 'subscription.grace_ended', target: userId })
    })
  }

  /** Graces that just ended, and what a process that died left half done. */
  async function applyPlans(): Promise<void> {
    const wrong = await db
      .select({ userId: users.id })
      .from(users)
      .leftJoin(subscriptions, eq(subscriptions.userId, users.id))
      .where(
        sql`(${users.planSource} = 'stripe' and ${users.plan} <> coalesce(${subscriptions.plan}, 'free'))
          or (${users.planSource} <> 'stripe' and ${subscriptions.plan} <> 'free')`,
      )
    for (const { userId } of wrong) await applyPlan(userId)
  }

  async function sweep(): Promise<void> {
    await endGraces()
    await applyPlans()
    if (payments.enabled) await former.endDue()
  }

  /** Compares every live subscription with what is stored, both ways, and mends what differs. */
  async function reconcile(): Promise<Reconciled> {
    const rows = await db.select().from(subscriptions)
    const byCustomer = new Map(rows.map((row) => [row.customerId, row]))
    const suspects = new Set(rows.filter(({ status }) => !['none', 'canceled', 'incomplete_expired'].includes(status)).map((row) => row.customerId))
    const result: Reconciled = { checked: 0, repaired: 0, unknown: 0 }
    for await (const live of payments.liveSubscriptions()) {
      const row = byCustomer.get(live.customerId)
      result.checked++
      if (!row) result.unknown++
      else if (isSame(row, live)) suspects.delete(live.customerId)
      else suspects.add(live.customerId)
    }
    for (const customerId of suspects) if (await mend(customerId)) result.repaired++
    await applyPlans()
    return result
  }

  /** One customer who cannot be mended does not hold up the others. */
  async function mend(customerId: string): Promise<boolean> {
    try {
      return (await refresh(customerId)).changed
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'invalid_request') throw error
      log.warn({ err: error, customerId }, 'a subscription was not reconciled')
      return false
    }
  }

  return {
    sweep,
    reconcile,

    /** Each night. Where billing is off there is nothing to compare with. */
    async reconcileNightly(): Promise<void> {
      if (payments.enabled) log.info(await reconcile(), 'subscriptions reconciled')
    },
  }
}

function isSame(row: typeof subscriptions.$inferSelect, live: PaidSubscription): boolean {
  return (
    row.subscriptionId === live.id &&
    row.status === live.status &&
    row.priceId === live.priceId &&
    row.quantity === live.quantity &&
    row.cancelAtPeriodEnd === live.cancelAtPeriodEnd &&
    row.currentPeriodEndsAt?.getTime() === live.currentPeriodEndsAt?.getTime()
  )
}
