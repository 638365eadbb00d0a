import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { originOf, signedIn } from '#http/caller.ts'
import type { Accounts } from './index.ts'

export function factorRoutes(factors: Accounts['factors']): FastifyPluginAsyncZod {
  const { passkeys } = factors
  return async (app) => {
    app.route({ ...endpoints.passkeys, handler: async (request) => ({ items: await passkeys.list(signedIn(request)), nextCursor: null }) })
    app.route({ ...endpoints.beginPasskey, handler: async (request) => passkeys.begin(signedIn(request)) })
    app.route({
      ...endpoints.addPasskey,
      handler: async (request, reply) => reply.code(201).send(await passkeys.add(signedIn(request), request.body, originOf(request))),
    })
    app.route({
      ...endpoints.renamePasskey,
      handler: async (request) => passkeys.rename(signedIn(request), request.params.id, request.body.name, originOf(request)),
    })
    app.route({
      ...endpoints.removePasskey,
      handler: async (request, reply) => {
        await passkeys.remove(signedIn(request), request.params.id, originOf(request))
        return reply.code(204).send(null)
      },
    })
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
