import type { CheckoutBody, HostedPage, Invoice, Subscription } from '@jarvis/contracts/billing.ts'
import { eq, sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { BillingTerms } from '#config.ts'
import { isPlaceholder } from '#features/accounts/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import { organisationSubscriptions, stripeEvents, subscriptions, users } from '#ports/database/tables.ts'
import type { PaymentEvent, Payments } from '#ports/payments/index.ts'
import { refusal } from '#lib/refusal.ts'
import { createFormerCustomers } from './former-customers.ts'
import { createBooks, type SetPlan, type SetSeats } from './books.ts'
import { createOffers } from './offers.ts'
import { createRefresh } from './refresh.ts'
import { createSales, requireBilling } from './sales.ts'
import { createSeatSales } from './seats.ts'
import { createUpkeep, type Kept } from './upkeep.ts'

export type SubscriptionsDeps = Pick<Database, 'db'> & {
  payments: Payments
  terms: BillingTerms
  publicUrl: string
  setPlan: SetPlan
  setSeats: SetSeats
  audit: RecordAudit
  log: Log
}
export type Subscriptions = ReturnType<typeof createSubscriptions>
type Who = Pick<Caller, 'userId'>

/** What people pay for. The provider has the truth; here is a copy of it that each look brings up to date, and the plan that follows from it. */
export function createSubscriptions({ db, payments, terms, publicUrl, setPlan, setSeats, audit, log }: SubscriptionsDeps) {
  const offers = createOffers(payments, terms.offers)
  const former = createFormerCustomers({ db, payments, log })
  const [people, groups] = createBooks({ db, setPlan, setSeats }).map((book) => ({
    book,
    ...createRefresh({ db, payments, offers, graceDays: terms.graceDays, book, audit }),
  })) as [Kept, Kept]
  const upkeep = createUpkeep({ db, payments, kept: [people, groups], former, audit, log })
  const buy = createSales({ payments, offers, terms })
  const planPage = `${publicUrl}/plan`

  async function customerOf({ userId }: Who): Promise<string | undefined> {
    const [row] = await db.select({ customerId: subscriptions.customerId }).from(subscriptions).where(eq(subscriptions.userId, userId))
    return row?.customerId
  }

  async function holderOf(customerId: string): Promise<{ holderId: string; refresh: Kept['refresh'] } | undefined> {
    for (const { book, refresh } of [people, groups]) {
      const [row] = await db.select({ holderId: book.holder }).from(book.table).where(eq(book.table.customerId, customerId))
      if (row) return { ...row, refresh }
    }
    return undefined
  }

  async function makeCustomer({ userId }: Who): Promise<string> {
    const [person] = await db.select({ email: users.email, name: users.name }).from(users).where(eq(users.id, userId))
    if (!person) throw refusal('unauthenticated.not_active')
    // An address that may be somebody else's is not given to the payment provider, who would write to it.
    const customerId = await payments.createCustomer({ userId, name: person.name, ...(!isPlaceholder(person.email) && { email: person.email }) })
    try {
      await db.insert(subscriptions).values({ userId, customerId }).onConflictDoNothing()
    } catch (error) {
      // Erased meanwhile: nobody would ever end this customer.
      await former.add(customerId)
      throw error
    }
    return (await customerOf({ userId }))!
  }

  /** Money that goes back is the administrator's concern: it stands in the audit, once, and in the log. */
  async function take({ id, type, notice }: PaymentEvent, holderId: string | undefined): Promise<void> {
    const { kind, chargeId, amount, status, reason } = notice!
    const isNew = await db.transaction(async (tx) => {
      const marked = await tx.insert(stripeEvents).values({ id, type }).onConflictDoNothing().returning({ id: stripeEvents.id })
      if (marked.length === 0) return false
      const details = { charge: chargeId, amount: `${amount.value} ${amount.currency}`, event: type, status, reason }
      await audit(tx, { action: `payment.${kind}`, ...(holderId && { target: holderId }), details })
      return true
    })
    if (isNew) log.warn({ event: id, charge: chargeId, holderId }, `payment ${kind}: see the audit, action payment.${kind}`)
  }

  return {
    pricesOf: offers.pricesOf,
    seats: createSeatSales({ db, payments, buy, priceOf: offers.priceOf, refresh: groups.refresh, former, publicUrl }),
    retireOf: former.retireOf,
    retireOrganisation: former.retireOrganisation,
    endCustomers: former.endAll,
    ...upkeep,

    async current({ userId, plan }: Pick<Caller, 'userId' | 'plan'>): Promise<Subscription> {
      const [found] = await db
        .select({ source: users.planSource, row: subscriptions })
        .from(users)
        .leftJoin(subscriptions, eq(subscriptions.userId, users.id))
        .where(eq(users.id, userId))
      const row = found?.row
      return {
        billing: payments.enabled,
        plan,
        source: found?.source ?? 'none',
        status: row?.status ?? 'none',
        interval: row?.interval ?? null,
        currentPeriodEndsAt: row?.currentPeriodEndsAt?.toISOString() ?? null,
        cancelAtPeriodEnd: row?.cancelAtPeriodEnd ?? false,
        trialEndsAt: row?.trialEndsAt?.toISOString() ?? null,
        trialDays: payments.enabled && (row?.status ?? 'none') === 'none' ? terms.trialDays : 0,
        graceEndsAt: row?.graceEndsAt?.toISOString() ?? null,
      }
    },

    /** Where a person goes on to. */
    async checkout(caller: Who, { plan, interval }: z.infer<typeof CheckoutBody>): Promise<HostedPage> {
      requireBilling(payments)
      const { userId } = caller
      const priceId = offers.priceOf(plan, interval)
      const customerId = (await customerOf(caller)) ?? (await makeCustomer(caller))
      const buyer = { holder: { userId }, customerId, refresh: people.refresh, page: planPage, trialDays: terms.trialDays }
      return await buy(buyer, { priceId, quantity: 1 })
    },

    async portal(caller: Who): Promise<HostedPage> {
      requireBilling(payments)
      const customerId = await customerOf(caller)
      if (!customerId) throw refusal('conflict.no_subscription')
      return { url: await payments.openPortal(customerId, planPage) }
    },

    async invoices(caller: Who): Promise<Invoice[]> {
      requireBilling(payments)
      const customerId = await customerOf(caller)
      return customerId ? payments.invoicesOf(customerId) : []
    },

    /**
     * A webhook. What it says is only a reason to look: the provider's current state is stored, and the event then marked as done, before
     * this returns. What is sold beside Jarvis, or to somebody else, is noted in the log and left alone: a provider that is refused again and
     * again stops sending. @throws invalid_request for what is no event of the provider's; payment_provider_failed: then it is sent again
     */
    async receive(body: Uint8Array, signature: string | undefined): Promise<void> {
      requireBilling(payments)
      const event = payments.readEvent(body, signature)
      if (!event) return
      const [done] = await db.select({ id: stripeEvents.id }).from(stripeEvents).where(eq(stripeEvents.id, event.id))
      if (done) return
      const customerId = event.customerId || (event.notice && (await payments.customerOfCharge(event.notice.chargeId)))
      const owner = customerId ? await holderOf(customerId) : undefined
      const note = (why: string) => log.warn({ event: event.id, type: event.type }, `webhook left alone: ${why}`)
      if (event.notice && (owner || (customerId && (await former.isFormer(customerId))))) return await take(event, owner?.holderId)
      if (!customerId || !owner) {
        if (!customerId || !(await former.isFormer(customerId))) note('no account here has this customer')
        return
      }
      if (event.priceIds.some((id) => !offers.planOf(id))) return note('its price belongs to no plan here')
      try {
        await owner.refresh(customerId)
      } catch (error) {
        if (error instanceof AppError && error.code === 'invalid_request') return note(error.message)
        throw error
      }
      if (event.type === 'customer.deleted') await former.retireDeleted(customerId)
      await db.insert(stripeEvents).values({ id: event.id, type: event.type }).onConflictDoNothing()
    },

    /** For administrators: how many subscriptions there are, and what they bring in a month. */
    async figures() {
      const { rows } = await db.execute<Record<'active' | 'trialing' | 'past_due' | 'cancelling' | 'monthly', string>>(sql`
        select count(*) filter (where status = 'active') as active,
               count(*) filter (where status = 'trialing') as trialing,
               count(*) filter (where status = 'past_due') as past_due,
               count(*) filter (where status in ('active', 'trialing', 'past_due') and cancel_at_period_end) as cancelling,
               coalesce(sum(case when "interval" = 'year' then price_micro_usd / 12 else price_micro_usd end)
                 filter (where status in ('active', 'past_due')), 0) as monthly
        from (select status, cancel_at_period_end, "interval", price_micro_usd * quantity as price_micro_usd from ${subscriptions}
          union all select status, cancel_at_period_end, "interval", price_micro_usd * quantity from ${organisationSubscriptions}) as sold`)
      const [row] = rows
      return {
        active: Number(row!.active),
        trialing: Number(row!.trialing),
        pastDue: Number(row!.past_due),
        cancelling: Number(row!.cancelling),
        monthlyRevenueMicroUsd: Number(row!.monthly),
      }
    },
  }
}
