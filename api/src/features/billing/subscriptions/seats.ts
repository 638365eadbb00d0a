import type { HostedPage, Invoice } from '@jarvis/contracts/billing.ts'
import type { OrganisationSubscription, SeatsBody } from '@jarvis/contracts/organisation-billing.ts'
import { and, eq, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { isPlaceholder } from '#features/accounts/index.ts'
import { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database } from '#ports/database/index.ts'
import { members, organisations, organisationSubscriptions, users } from '#ports/database/tables.ts'
import type { Payments } from '#ports/payments/index.ts'
import type { FormerCustomers } from './former-customers.ts'
import type { Offers } from './offers.ts'
import type { Refreshed } from './refresh.ts'
import { type createSales, requireBilling } from './sales.ts'

export type SeatSalesDeps = Pick<Database, 'db'> & {
  payments: Payments
  buy: ReturnType<typeof createSales>
  priceOf: Offers['priceOf']
  refresh(customerId: string): Promise<Refreshed>
  former: FormerCustomers
  publicUrl: string
}
type By = { organisationId: string; userId: string }

/** Seats of an organisation, bought as a quantity by one of its owners. Who asks is one: the door has looked. */
export function createSeatSales({ db, payments, buy, priceOf, refresh, former, publicUrl }: SeatSalesDeps) {
  const page = `${publicUrl}/organisation`

  async function customerOf(organisationId: string): Promise<string | undefined> {
    const [row] = await db
      .select({ customerId: organisationSubscriptions.customerId })
      .from(organisationSubscriptions)
      .where(eq(organisationSubscriptions.organisationId, organisationId))
    return row?.customerId
  }

  async function makeCustomer({ organisationId, userId }: By): Promise<string> {
    const [found] = await db
      .select({ name: organisations.name, email: users.email })
      .from(organisations)
      .innerJoin(users, eq(users.id, userId))
      .where(eq(organisations.id, organisationId))
    if (!found) throw new AppError('not_found', 'There is no such organisation.')
    const { name, email } = found
    const customerId = await payments.createCustomer({ organisationId, name, ...(!isPlaceholder(email) && { email }) })
    try {
      await db.insert(organisationSubscriptions).values({ organisationId, customerId }).onConflictDoNothing()
    } catch (error) {
      // Deleted meanwhile: nobody would ever end this customer.
      await former.add(customerId)
      throw error
    }
    return (await customerOf(organisationId))!
  }

  async function requireSeatsFor({ seats, losing = 0 }: z.infer<typeof SeatsBody>, organisationId: string): Promise<void> {
    const taken = await db.$count(members, and(eq(members.organisationId, organisationId), sql`${members.seat} = 'held'`))
    const lost = Math.max(0, taken - seats)
    if (lost > losing) throw refusal('conflict.seats_taken', { taken, seats, losing: lost })
  }

  return {
    async current(organisationId: string): Promise<OrganisationSubscription> {
      const [found] = await db
        .select({ organisation: organisations, row: organisationSubscriptions })
        .from(organisations)
        .leftJoin(organisationSubscriptions, eq(organisationSubscriptions.organisationId, organisations.id))
        .where(eq(organisations.id, organisationId))
      if (!found) throw new AppError('not_found', 'There is no such organisation.')
      const { organisation, row } = found
      return {
        billing: payments.enabled,
        plan: organisation.plan,
        seats: organisation.seats,
        source: organisation.seatsSource,
        status: row?.status ?? 'none',
        interval: row?.interval ?? null,
        currentPeriodEndsAt: row?.currentPeriodEndsAt?.toISOString() ?? null,
        cancelAtPeriodEnd: row?.cancelAtPeriodEnd ?? false,
        graceEndsAt: row?.graceEndsAt?.toISOString() ?? null,
      }
    },

    /** @throws conflict.seats_taken where more would lose theirs than was said, billing_disabled, conflict for what they have already */
    async checkout(by: By, body: z.infer<typeof SeatsBody>): Promise<HostedPage> {
      requireBilling(payments)
      await requireSeatsFor(body, by.organisationId)
      const { organisationId } = by
      const priceId = priceOf(body.plan, body.interval)
      const customerId = (await customerOf(organisationId)) ?? (await makeCustomer(by))
      return await buy({ holder: { organisationId }, customerId, refresh, page, trialDays: 0 }, { priceId, quantity: body.seats })
    },

    /** @throws conflict where nothing was bought yet, billing_disabled */
    async portal(organisationId: string): Promise<HostedPage> {
      requireBilling(payments)
      const customerId = await customerOf(organisationId)
      if (!customerId) throw refusal('conflict.no_seats_bought')
      return { url: await payments.openPortal(customerId, page) }
    },

    async invoices(organisationId: string): Promise<Invoice[]> {
      requireBilling(payments)
      const customerId = await customerOf(organisationId)
      return customerId ? await payments.invoicesOf(customerId) : []
    },
  }
}
