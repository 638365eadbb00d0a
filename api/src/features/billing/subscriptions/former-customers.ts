import { eq, type SQL, sql } from 'drizzle-orm'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import { formerCustomers, subscriptions } from '#ports/database/tables.ts'
import type { Payments } from '#ports/payments/index.ts'

export type FormerCustomers = ReturnType<typeof createFormerCustomers>

const atOnceMax = 20
const retrySecondsMax = 3600

/** Customers whose person is gone. Their subscriptions are ended even if the provider is away when the account is erased. */
export function createFormerCustomers({ db, payments, log }: Pick<Database, 'db'> & { payments: Payments; log: Log }) {
  /** From here on nothing leads from the customer to the person. */
  async function retire(which: SQL, ended: boolean): Promise<void> {
    await db.transaction(async (tx) => {
      const gone = await tx.delete(subscriptions).where(which).returning({ customerId: subscriptions.customerId })
      if (gone.length === 0) return
      const rows = gone.map(({ customerId }) => ({ customerId, endedAt: ended ? new Date() : null }))
      await tx.insert(formerCustomers).values(rows).onConflictDoNothing()
    })
  }

  /** Each is claimed by moving its next try, so that no two processes are at it, and one that dies is followed by the next try. */
  async function endDue(): Promise<void> {
    const { rows } = await db.execute<{ customer_id: string; attempts: number }>(sql`
      update ${formerCustomers} set attempts = attempts + 1,
        next_attempt_at = now() + make_interval(secs => least(${retrySecondsMax}, 60 * power(2, least(attempts, 10))))
      where customer_id in (
        select customer_id from ${formerCustomers} where ended_at is null and next_attempt_at <= now()
        order by next_attempt_at limit ${atOnceMax} for update skip locked)
      returning customer_id, attempts`)
    for (const { customer_id: customerId, attempts } of rows) {
      try {
        await payments.endCustomer(customerId)
        await db
          .update(formerCustomers)
          .set({ endedAt: sql`now()` })
          .where(eq(formerCustomers.customerId, customerId))
      } catch (error) {
        log.warn({ err: error, customerId, attempts }, 'the subscription of an erased account is not ended yet')
      }
    }
  }

  return {
    endDue,

    /** Never fails for the provider's sake: what cannot be ended now is tried again until it is. */
    async forget(userId: string): Promise<void> {
      await retire(eq(subscriptions.userId, userId), false)
      if (payments.enabled) await endDue()
    },

    /** The provider has deleted the customer. */
    retireDeleted: (customerId: string) => retire(eq(subscriptions.customerId, customerId), true),

    async isFormer(customerId: string): Promise<boolean> {
      const [found] = await db.select({ id: formerCustomers.customerId }).from(formerCustomers).where(eq(formerCustomers.customerId, customerId))
      return found !== undefined
    },
  }
}
