import { eq, type SQL, sql } from 'drizzle-orm'
import type { Log } from '#lib/log.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { formerCustomers, organisationSubscriptions, subscriptions } from '#ports/database/tables.ts'
import type { Payments } from '#ports/payments/index.ts'

export type FormerCustomers = ReturnType<typeof createFormerCustomers>

const atOnceMax = 20
const retrySecondsMax = 3600
/** The erasure itself tries first, and sooner again. */
const firstAttempt = sql`now() + interval '5 minutes'`

type Writing = Pick<Transaction, 'insert' | 'delete'>

/** Customers whose person or organisation is gone. Their subscriptions are ended even if the provider is away when the account is erased. */
export function createFormerCustomers({ db, payments, log }: Pick<Database, 'db'> & { payments: Payments; log: Log }) {
  /** From here on nothing leads from the customer to whose it was. */
  async function retire(tx: Writing, table: typeof subscriptions | typeof organisationSubscriptions, which: SQL, ended = false): Promise<string[]> {
    const gone = await tx.delete(table).where(which).returning({ customerId: table.customerId })
    const ids = gone.map(({ customerId }) => customerId)
    await add(tx, ids, ended)
    return ids
  }

  async function add(tx: Pick<Transaction, 'insert'>, customerIds: string[], ended = false): Promise<void> {
    if (customerIds.length === 0) return
    const rows = customerIds.map((customerId) => ({ customerId, endedAt: ended ? new Date() : null, nextAttemptAt: firstAttempt }))
    await tx.insert(formerCustomers).values(rows).onConflictDoNothing()
  }

  async function end(customerId: string): Promise<void> {
    await payments.endCustomer(customerId)
    await db
      .update(formerCustomers)
      .set({ endedAt: sql`now()` })
      .where(eq(formerCustomers.customerId, customerId))
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
        await end(customerId)
      } catch (error) {
        log.warn({ err: error, customerId, attempts }, 'the subscription of who is gone is not ended yet')
      }
    }
  }

  return {
    endDue,

    /** In the transaction that erases the person. Returns the customers to end. */
    retireOf: (tx: Transaction, userId: string) => retire(tx, subscriptions, eq(subscriptions.userId, userId)),
    /** In the transaction that deletes the organisation. */
    retireOrganisation: (tx: Transaction, id: string) => retire(tx, organisationSubscriptions, eq(organisationSubscriptions.organisationId, id)),
    /** Where billing is off they stay, to be ended when it is on again. */
    async endAll(customerIds: string[]): Promise<void> {
      if (payments.enabled) for (const customerId of customerIds) await end(customerId)
    },
    /** One that was made for who is gone meanwhile. */
    add: (customerId: string) => add(db, [customerId]),

    /** The provider has deleted the customer. */
    retireDeleted: async (customerId: string) =>
      await db.transaction(async (tx) => {
        await retire(tx, subscriptions, eq(subscriptions.customerId, customerId), true)
        await retire(tx, organisationSubscriptions, eq(organisationSubscriptions.customerId, customerId), true)
      }),

    async isFormer(customerId: string): Promise<boolean> {
      const [found] = await db.select({ id: formerCustomers.customerId }).from(formerCustomers).where(eq(formerCustomers.customerId, customerId))
      return found !== undefined
    },
  }
}
