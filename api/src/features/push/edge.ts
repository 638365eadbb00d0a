import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { by, signedIn } from '#http/caller.ts'
import type { Push } from './index.ts'

export function pushRoutes(push: Push): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.push, handler: async (request) => push.state(signedIn(request)) })
    app.route({
      ...endpoints.subscribePush,
      handler: async (request) => push.subscribe(by(request), request.body),
    })
    app.route({
      ...endpoints.unsubscribePush,
      handler: async (request, reply) => {
        await push.unsubscribe(by(request))
        return reply.code(204).send(null)
      },
    })
  }
}
