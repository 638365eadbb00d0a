import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { by } from '#http/caller.ts'
import type { BrandingFeature } from './index.ts'

export function brandingRoutes(branding: BrandingFeature): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      ...endpoints.adminUpdateBranding,
      handler: async (request) => branding.update(by(request), request.body),
    })
  }
}
