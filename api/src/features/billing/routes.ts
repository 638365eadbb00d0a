import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { PlanId, planLimits, type Role } from '@jarvis/contracts/plans.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import type { Billing } from './index.ts'

export type BillingRoutesDeps = {
  billing: Billing
  modelsOf(plan: PlanId): { id: string }[]
  toolsOf(caller: { role: Role; plan: PlanId }): { name: string }[]
}

export function billingRoutes({ billing, modelsOf, toolsOf }: BillingRoutesDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.usage, handler: async (request) => billing.usage(signedIn(request), request.query) })
    app.route({
      ...endpoints.plans,
      handler: async (request) => {
        const caller = signedIn(request)
        const items = PlanId.options.map((id) => ({
          id,
          requestsPerMinute: planLimits[id].requestsPerMinute,
          tokensPerCycle: planLimits[id].tokensPerCycle,
          models: modelsOf(id).map((model) => model.id),
          tools: toolsOf({ role: caller.role, plan: id }).map(({ name }) => name),
          current: id === caller.plan,
        }))
        return { items, nextCursor: null }
      },
    })
  }
}
