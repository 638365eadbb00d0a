import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import type { Router } from './index.ts'

export function modelRoutes(router: Router): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.models, handler: async (request) => ({ items: router.modelsOf(signedIn(request).plan), nextCursor: null }) })
  }
}
