import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import type { Policies } from './policies.ts'

export function toolRoutes(policies: Policies): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.tools, handler: async (request) => ({ items: await policies.toolsOf(signedIn(request)), nextCursor: null }) })
    app.route({
      ...endpoints.setToolPolicy,
      handler: async (request) => policies.choose(signedIn(request), request.params.name, request.body.policy, request.id),
    })
    app.route({ ...endpoints.approvals, handler: async (request) => ({ items: await policies.standing(signedIn(request)), nextCursor: null }) })
    app.route({
      ...endpoints.revokeApproval,
      handler: async (request, reply) => {
        await policies.revoke(signedIn(request), request.params.id, request.id)
        return reply.code(204).send(null)
      },
    })
  }
}
