import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { originOf, signedIn } from '#http/caller.ts'
import type { Accounts } from './index.ts'

export function factorRoutes(factors: Accounts['factors']): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.factors, handler: async (request) => factors.state(signedIn(request)) })
    app.route({
      ...endpoints.beginTotp,
      handler: async (request) => factors.beginTotp(signedIn(request), request.body.password, originOf(request)),
    })
    app.route({
      ...endpoints.confirmTotp,
      handler: async (request) => ({ recoveryCodes: await factors.confirmTotp(signedIn(request), request.body.code, originOf(request)) }),
    })
    app.route({
      ...endpoints.endTotp,
      handler: async (request, reply) => {
        await factors.endTotp(signedIn(request), request.body.password, originOf(request))
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.renewRecoveryCodes,
      handler: async (request) => ({ recoveryCodes: await factors.renewRecoveryCodes(signedIn(request), request.body.password, originOf(request)) }),
    })
  }
}
