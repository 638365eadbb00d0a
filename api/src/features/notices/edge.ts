import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { by, signedIn } from '#http/caller.ts'
import type { Notices } from './index.ts'

const whole = <Item>(items: Item[]) => ({ items, nextCursor: null })

export function noticeRoutes({ announcements, terms }: Notices): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.announcements, handler: async () => whole(await announcements.shown()) })
    app.route({ ...endpoints.adminAnnouncements, handler: async () => whole(await announcements.list()) })
    app.route({
      ...endpoints.adminAnnounce,
      handler: async (request, reply) => reply.code(201).send(await announcements.create(by(request), request.body)),
    })
    app.route({ ...endpoints.adminEndAnnouncement, handler: async (request) => announcements.end(by(request), request.params.id) })
    app.route({
      ...endpoints.adminDeleteAnnouncement,
      handler: async (request, reply) => {
        await announcements.remove(by(request), request.params.id)
        return reply.code(204).send(null)
      },
    })
    app.route({ ...endpoints.terms, handler: async () => ({ current: await terms.current() }) })
    app.route({ ...endpoints.myTerms, handler: async (request) => whole(await terms.acceptedBy(signedIn(request).userId)) })
    app.route({ ...endpoints.acceptTerms, handler: async (request) => terms.accept(by(request), request.body.version) })
    app.route({ ...endpoints.adminTerms, handler: async () => ({ ...(await terms.list()), nextCursor: null }) })
    app.route({
      ...endpoints.adminPublishTerms,
      handler: async (request, reply) => reply.code(201).send(await terms.publish(by(request), request.body.text)),
    })
  }
}
