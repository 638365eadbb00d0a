import { z } from 'zod'
import { Amount, MicroUsd } from './text.ts'

export const Role = z.enum(['user', 'enterprise', 'admin'])
export type Role = z.infer<typeof Role>

export const PlanId = z.enum(['free', 'pro', 'enterprise'])
export type PlanId = z.infer<typeof PlanId>

/** Which models a plan opens: each tier includes those before it. */
export const ModelTier = z.enum(['economy', 'premium', 'frontier'])
export type ModelTier = z.infer<typeof ModelTier>

export type PlanLimits = { requestsPerMinute: number; tokensPerCycle: number; tiers: readonly ModelTier[] }

/** What Stripe asks for a plan, by interval, in `amounts` with its currency; null where it is not sold so, or not in US dollars. */
export const PlanPrices = z.object({
  month: MicroUsd.nullable(),
  year: MicroUsd.nullable(),
  amounts: z.object({ month: Amount.nullable(), year: Amount.nullable() }),
})
export type PlanPrices = z.infer<typeof PlanPrices>

/** What each plan allows; a billing cycle is a calendar month in UTC. Which tools a plan opens stands with each tool. */
export const planLimits: Record<PlanId, PlanLimits> = {
  free: { requestsPerMinute: 20, tokensPerCycle: 100_000, tiers: ['economy'] },
  pro: { requestsPerMinute: 60, tokensPerCycle: 1_000_000, tiers: ['economy', 'premium'] },
  enterprise: { requestsPerMinute: 200, tokensPerCycle: 10_000_000, tiers: ['economy', 'premium', 'frontier'] },
}

/** As much as an administrator may let a plan have. */
export const requestsPerMinuteMax = 100_000
export const tokensPerCycleMax = 1_000_000_000_000

export const Plan = z
  .object({
    id: PlanId,
    requestsPerMinute: z.int(),
    tokensPerCycle: z.int(),
    models: z.array(z.string()),
    tools: z.array(z.string()),
    current: z.boolean(),
    /** What it is sold for; null where it is free or billing is off. */
    prices: PlanPrices.nullable(),
  })
  .meta({ id: 'Plan' })
export type Plan = z.infer<typeof Plan>
