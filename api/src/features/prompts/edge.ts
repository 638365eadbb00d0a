import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import type { Prompts } from './index.ts'

export function promptRoutes({ prompts }: { prompts: Prompts }): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.prompts, handler: async (request) => prompts.list(signedIn(request)) })
    app.route({
      ...endpoints.createPrompt,
      handler: async (request, reply) => reply.code(201).send(await prompts.create(signedIn(request), request.body)),
    })
    app.route({ ...endpoints.updatePrompt, handler: async (request) => prompts.update(signedIn(request), request.params.id, request.body) })
    app.route({
      ...endpoints.deletePrompt,
      handler: async (request, reply) => {
        await prompts.remove(signedIn(request), request.params.id)
        return reply.code(204).send(null)
      },
    })
  }
}
