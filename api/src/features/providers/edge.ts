import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { by } from '#http/caller.ts'
import type { Providers } from './index.ts'

const whole = <Item>(items: Item[]) => ({ items, nextCursor: null })

export function providerRoutes(providers: Providers): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.adminProviders, handler: async () => whole(providers.list()) })
    app.route({ ...endpoints.adminFoundProviders, handler: async () => whole(await providers.found()) })
    app.route({
      ...endpoints.adminAddProvider,
      handler: async (request, reply) => reply.code(201).send(await providers.add(by(request), request.body)),
    })
    app.route({ ...endpoints.adminUpdateProvider, handler: async (request) => providers.change(by(request), request.params.id, request.body) })
    app.route({
      ...endpoints.adminRemoveProvider,
      handler: async (request, reply) => {
        await providers.remove(by(request), request.params.id)
        return reply.code(204).send(null)
      },
    })
    app.route({ ...endpoints.adminTestProvider, handler: async (request) => providers.test(by(request), request.params.id, request.body.model) })
    app.route({ ...endpoints.adminProviderModels, handler: async (request) => whole(await providers.offered(request.params.id)) })
    app.route({ ...endpoints.adminModels, handler: async () => whole(providers.models()) })
    app.route({ ...endpoints.adminFailedCalls, handler: async (request) => whole(await providers.failures.list(request.query.messageId)) })
    app.route({ ...endpoints.adminLessons, handler: async () => whole(providers.learned()) })
    app.route({
      ...endpoints.adminForgetLesson,
      handler: async (request, reply) => {
        await providers.forgetLesson(by(request), request.params.id)
        return reply.code(204).send(null)
      },
    })
    app.route({ ...endpoints.adminUpdateModels, handler: async (request) => whole(await providers.updateModels(by(request), request.body)) })
  }
}
