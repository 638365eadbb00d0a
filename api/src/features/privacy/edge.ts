import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { by, signedIn } from '#http/caller.ts'
import type { Privacy } from './index.ts'

export function privacyRoutes(privacy: Privacy): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.myAccess, handler: async (request) => privacy.accessesOf(signedIn(request).userId, request.query) })
    app.route({ ...endpoints.adminReadConversation, handler: async (request) => privacy.read(by(request), request.params.id, request.body) })
    app.route({ ...endpoints.adminReadConversations, handler: async (request) => privacy.list(by(request), request.params.id, request.body) })
    app.route({ ...endpoints.retention, handler: async (request) => privacy.retention.showOwn(signedIn(request).userId, request.query) })
    app.route({ ...endpoints.updateRetention, handler: async (request) => privacy.retention.updateOwn(by(request), request.body) })
    app.route({ ...endpoints.adminRetention, handler: async (request) => privacy.retention.show(request.query) })
    app.route({ ...endpoints.adminUpdateRetention, handler: async (request) => privacy.retention.update(by(request), request.body) })
    app.route({ ...endpoints.adminErasures, handler: async () => ({ items: await privacy.erasures(), nextCursor: null }) })
    app.route({ ...endpoints.adminPrivacy, handler: async () => privacy.settings() })
    app.route({ ...endpoints.adminUpdatePrivacy, handler: async (request) => privacy.update(by(request), request.body) })
  }
}
