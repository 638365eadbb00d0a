import { z } from 'zod'
import { HostedPage, Interval, Invoice, PaidPlan, SubscriptionStatus } from './billing.ts'
import { PlanId } from './plans.ts'
import { Id, Timestamp, wholeList } from './text.ts'

/** What an organisation pays for. `plan` and `seats` are what acts now; `source` says who gave them. */
export const OrganisationSubscription = z
  .object({
    billing: z.boolean(),
    plan: PlanId,
    seats: z.int(),
    source: z.enum(['none', 'stripe', 'admin']),
    status: SubscriptionStatus,
    interval: Interval.nullable(),
    currentPeriodEndsAt: Timestamp.nullable(),
    cancelAtPeriodEnd: z.boolean(),
    graceEndsAt: Timestamp.nullable(),
  })
  .meta({ id: 'OrganisationSubscription' })
export type OrganisationSubscription = z.infer<typeof OrganisationSubscription>

/** `losing`: how many of those who have a seat may lose it. Without it nobody does: the answer is 409, and says how many would. */
export const SeatsBody = z.strictObject({
  plan: PaidPlan,
  interval: Interval.default('month'),
  seats: z.int().min(1).max(100_000),
  losing: z.int().min(0).max(100_000).optional(),
})

const owner = ['member:owner'] as const
const tags = ['organisations']
const params = z.strictObject({ id: Id })

/** Seats, bought as a quantity. */
export const organisationBillingEndpoints = {
  organisationSubscription: {
    method: 'GET',
    url: '/api/v1/organisations/:id/subscription',
    config: { who: owner },
    schema: { tags, params, response: { 200: OrganisationSubscription } },
  },
  organisationCheckout: {
    method: 'POST',
    url: '/api/v1/organisations/:id/checkout',
    config: { who: owner },
    schema: {
      tags,
      description:
        'With a live subscription this changes its plan and seats at once, with proration: what is not used is credited. Else it opens a page to pay on. 409 where more members would lose their seat than `losing` says.',
      params,
      body: SeatsBody,
      response: { 200: HostedPage },
    },
  },
  organisationPortal: {
    method: 'POST',
    url: '/api/v1/organisations/:id/portal',
    config: { who: owner },
    schema: { tags, params, response: { 200: HostedPage } },
  },
  organisationInvoices: {
    method: 'GET',
    url: '/api/v1/organisations/:id/invoices',
    config: { who: owner },
    schema: { ...wholeList('organisations', Invoice), params },
  },
} as const
