import { z } from 'zod'
import { PlanId, requestsPerMinuteMax, tokensPerCycleMax } from './plans.ts'
import { wholeList } from './text.ts'

const admin = ['admin'] as const

const Limit = z.object({
  /** null: as built in. */
  chosen: z.int().nullable(),
  builtIn: z.int(),
})
/** What a plan allows, as an administrator chose it. Tokens of a calendar month in UTC. */
export const AdminPlan = z.object({ id: PlanId, requestsPerMinute: Limit, tokensPerCycle: Limit }).meta({ id: 'AdminPlan' })
export type AdminPlan = z.infer<typeof AdminPlan>

/** What is absent stays. */
export const AdminPlanBody = z.strictObject({
  requestsPerMinute: z.int().min(1).max(requestsPerMinuteMax).nullable().optional(),
  tokensPerCycle: z.int().min(0).max(tokensPerCycleMax).nullable().optional(),
})
export type AdminPlanBody = z.infer<typeof AdminPlanBody>

export const planEndpoints = {
  adminPlans: {
    method: 'GET',
    url: '/api/v1/admin/plans',
    config: { who: admin },
    schema: wholeList('admin', AdminPlan),
  },
  adminUpdatePlan: {
    method: 'PATCH',
    url: '/api/v1/admin/plans/:id',
    config: { who: admin },
    schema: {
      tags: ['admin'],
      description: 'What a plan allows, in every process at once; null: as built in. Seats of an organisation have the tokens of their plan.',
      params: z.object({ id: PlanId }),
      body: AdminPlanBody,
      response: { 200: AdminPlan },
    },
  },
} as const
