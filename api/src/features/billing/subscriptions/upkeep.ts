import { and, eq, lte, ne, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import type { subscriptions } from '#ports/database/tables.ts'
import type { PaidSubscription, Payments } from '#ports/payments/index.ts'
import type { Book } from './books.ts'
import type { FormerCustomers } from './former-customers.ts'
import type { createRefresh } from './refresh.ts'

export type Reconciled = { checked: number; repaired: number; unknown: number }
export type Kept = { book: Book } & ReturnType<typeof createRefresh>
export type UpkeepDeps = Pick<Database, 'db'> & { kept: readonly Kept[]; payments: Payments; former: FormerCustomers; audit: RecordAudit; log: Log }

/** What has to happen without anybody asking: graces end, missed webhooks are made up for, customers of erased people are ended. */
export function createUpkeep({ db, payments, kept, former, audit, log }: UpkeepDeps) {
  /** The clock is the database's. */
  async function endGraces({ table, holder }: Book): Promise<void> {
    await db.transaction(async (tx) => {
      const ended = await tx
        .update(table)
        .set({ plan: 'free' })
        .where(and(eq(table.status, 'past_due'), lte(table.graceEndsAt, sql`now()`), ne(table.plan, 'free')))
        .returning({ holderId: holder })
      for (const { holderId } of ended) await audit(tx, { action: 'subscription.grace_ended', target: holderId })
    })
  }

  async function applyAll(): Promise<void> {
    for (const { book, apply } of kept) for (const holderId of await book.wrong()) await apply(holderId)
  }

  async function sweep(): Promise<void> {
    for (const { book } of kept) await endGraces(book)
    await applyAll()
    if (payments.enabled) await former.endDue()
  }

  /** Compares every live subscription with what is stored, both ways, and mends what differs. */
  async function reconcile(): Promise<Reconciled> {
    const byCustomer = new Map<string, Row>()
    const refreshes = new Map<string, Kept['refresh']>()
    for (const { book, refresh } of kept) {
      for (const row of await db.select().from(book.table)) {
        byCustomer.set(row.customerId, row)
        refreshes.set(row.customerId, refresh)
      }
    }
    const isOver = ({ status }: Row) => ['none', 'canceled', 'incomplete_expired'].includes(status)
    const suspects = new Set(Array.from(byCustomer.values()).flatMap((row) => (isOver(row) ? [] : [row.customerId])))
    const result: Reconciled = { checked: 0, repaired: 0, unknown: 0 }
    for await (const live of payments.liveSubscriptions()) {
      const row = byCustomer.get(live.customerId)
      result.checked++
      if (!row) result.unknown++
      else if (isSame(row, live)) suspects.delete(live.customerId)
      else suspects.add(live.customerId)
    }
    for (const customerId of suspects) if (await mend(customerId, refreshes.get(customerId)!)) result.repaired++
    await applyAll()
    return result
  }

  /** One customer who cannot be mended does not hold up the others. */
  async function mend(customerId: string, refresh: Kept['refresh']): Promise<boolean> {
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

type Row = typeof subscriptions.$inferSelect

function isSame(row: Row, live: PaidSubscription): boolean {
  return (
    row.subscriptionId === live.id &&
    row.status === live.status &&
    row.priceId === live.priceId &&
    row.quantity === live.quantity &&
    row.cancelAtPeriodEnd === live.cancelAtPeriodEnd &&
    row.currentPeriodEndsAt?.getTime() === live.currentPeriodEndsAt?.getTime()
  )
}
