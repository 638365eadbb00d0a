import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Policies } from './policies.ts'

export function toolRoutes({ policies, audit }: { policies: Policies; audit: RecordAudit }): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.tools, handler: async (request) => ({ items: await policies.toolsOf(signedIn(request)), nextCursor: null }) })
    app.route({
      ...endpoints.setToolPolicy,
      handler: async (request) => {
        const caller = signedIn(request)
        const { policy } = request.body
        const tool = await policies.choose(caller, request.params.name, policy)
        await audit({ action: 'tool.policy_chosen', actorId: caller.userId, target: tool.name, requestId: request.id, details: { policy } })
        return tool
      },
    })
    app.route({ ...endpoints.approvals, handler: async (request) => ({ items: await policies.standing(signedIn(request)), nextCursor: null }) })
    app.route({
      ...endpoints.revokeApproval,
      handler: async (request, reply) => {
        const caller = signedIn(request)
        await policies.revoke(caller, request.params.id)
        await audit({ action: 'approval.revoked', actorId: caller.userId, target: request.params.id, requestId: request.id })
        return reply.code(204).send(null)
      },
    })
  }
}
