import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { FastifyRequest } from 'fastify'
import { signedIn } from '#http/caller.ts'
import type { MemoryStore, NewMemory } from './index.ts'

export function memoryRoutes(memory: MemoryStore): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.memories, handler: async (request) => memory.list(signedIn(request).userId, request.query) })
    app.route({
      ...endpoints.createMemory,
      handler: async (request, reply) => reply.code(201).send(await memory.create(signedIn(request).userId, written(request, request.body.text))),
    })
    app.route({ ...endpoints.importMemories, handler: async (request) => memory.import(signedIn(request).userId, request.body) })
    app.route({
      ...endpoints.updateMemory,
      handler: async (request) => memory.update(signedIn(request).userId, request.params.id, written(request, request.body.text)),
    })
    app.route({ ...endpoints.trustMemory, handler: async (request) => memory.trust(signedIn(request).userId, request.params.id, request.body.text) })
    app.route({
      ...endpoints.deleteMemory,
      handler: async (request, reply) => {
        await memory.remove(signedIn(request).userId, request.params.id)
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.deleteMemories,
      handler: async (request, reply) => {
        const { userId } = signedIn(request)
        const { conversationId } = request.query
        await (conversationId === undefined ? memory.forgetAll(userId) : memory.forgetFrom(userId, conversationId))
        return reply.code(204).send(null)
      },
    })
  }
}

/** What a program writes with an API key may be anybody's words. */
const written = (request: FastifyRequest, text: string): NewMemory => ({ text, origin: signedIn(request).apiKey ? 'key' : 'person' })
