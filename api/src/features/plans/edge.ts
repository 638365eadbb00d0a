import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { by } from '#http/caller.ts'
import type { Plans } from './index.ts'

export function planRoutes(plans: Plans): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.adminPlans, handler: async () => ({ items: await plans.list(), nextCursor: null }) })
    app.route({ ...endpoints.adminUpdatePlan, handler: async (request) => plans.update(by(request), request.params.id, request.body) })
  }
}
