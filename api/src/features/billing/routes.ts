import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { type Plan, PlanId, type Role } from '@jarvis/contracts/plans.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import type { Billing, Subscriptions } from './index.ts'

export type BillingRoutesDeps = {
  billing: Billing
  pricesOf: Subscriptions['pricesOf']
  limitsOf(plan: PlanId): Pick<Plan, 'requestsPerMinute' | 'tokensPerCycle'>
  modelsOf(plan: PlanId): { id: string }[]
  toolsOf(caller: { role: Role; plan: PlanId }): { name: string }[]
}

export function billingRoutes({ billing, limitsOf, pricesOf, modelsOf, toolsOf }: BillingRoutesDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.usage, handler: async (request) => billing.usage(signedIn(request), request.query) })
    app.route({
      ...endpoints.plans,
      handler: async (request) => {
        const caller = signedIn(request)
        const items = PlanId.options.map(async (id) => ({
          id,
          ...limitsOf(id),
          models: modelsOf(id).map((model) => model.id),
          tools: toolsOf({ role: caller.role, plan: id }).map(({ name }) => name),
          current: id === caller.plan,
          prices: await pricesOf(id),
        }))
        return { items: await Promise.all(items), nextCursor: null }
      },
    })
  }
}
