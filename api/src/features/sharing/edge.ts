import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { originOf, signedIn } from '#http/caller.ts'
import type { Sharing } from './index.ts'

export function sharingRoutes(sharing: Sharing): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      ...endpoints.thingSharing,
      handler: async (request) => sharing.of(signedIn(request).userId, request.params.kind, request.params.id),
    })
    app.route({
      ...endpoints.shareThing,
      handler: async (request) => {
        const { address, requestId } = originOf(request)
        const { kind, id } = request.params
        return await sharing.share(kind, id, request.body, { userId: signedIn(request).userId, origin: { address, requestId } })
      },
    })
  }
}
