import { z } from 'zod'
import { PlanId } from './plans.ts'
import { Amount, MicroUsd, Timestamp } from './text.ts'

export const PaidPlan = z.enum(['pro', 'enterprise'])
export const Interval = z.enum(['month', 'year'])
export type Interval = z.infer<typeof Interval>

/** Stripe's own words, and `none` where there is no subscription. */
export const SubscriptionStatus = z.enum([
  'none',
  'trialing',
  'active',
  'past_due',
  'unpaid',
  'paused',
  'canceled',
  'incomplete',
  'incomplete_expired',
])
export type SubscriptionStatus = z.infer<typeof SubscriptionStatus>

/**
 * What a person pays for. `plan` is what acts now; `source` says who gave it. A past_due subscription keeps its plan until
 * `graceEndsAt`. `billing` is off where the installation has no Stripe settings: then only an administrator changes plans.
 */
export const Subscription = z
  .object({
    billing: z.boolean(),
    plan: PlanId,
    source: z.enum(['none', 'stripe', 'admin']),
    status: SubscriptionStatus,
    interval: Interval.nullable(),
    currentPeriodEndsAt: Timestamp.nullable(),
    cancelAtPeriodEnd: z.boolean(),
    trialEndsAt: Timestamp.nullable(),
    /** Days for free that a checkout of this person would begin with: only a first subscription has them. */
    trialDays: z.int(),
    graceEndsAt: Timestamp.nullable(),
  })
  .meta({ id: 'Subscription' })
export type Subscription = z.infer<typeof Subscription>

/** With a live subscription this changes its plan, with proration; else it opens a checkout. */
export const CheckoutBody = z.strictObject({ plan: PaidPlan, interval: Interval.default('month') })
/** The page goes there: a script must not pass for an address. */
export const HostedPage = z.object({ url: z.url({ protocol: /^https?$/ }) }).meta({ id: 'HostedPage' })
export type HostedPage = z.infer<typeof HostedPage>

export const Invoice = z
  .object({
    id: z.string(),
    number: z.string().nullable(),
    status: z.string(),
    total: Amount,
    /** Null where it is not in US dollars. */
    totalMicroUsd: MicroUsd.nullable(),
    createdAt: Timestamp,
    url: z.url().nullable(),
  })
  .meta({ id: 'Invoice' })
export type Invoice = z.infer<typeof Invoice>
