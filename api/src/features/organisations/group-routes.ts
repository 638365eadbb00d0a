import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import type { Actor, Organisations } from './index.ts'

export function groupRoutes(groups: Organisations['groups'], actorOf: (request: FastifyRequest) => Actor): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.groups, handler: async (request) => groups.list(request.params.id, signedIn(request).userId) })
    app.route({
      ...endpoints.createGroup,
      handler: async (request, reply) => reply.code(201).send(await groups.create(request.params.id, request.body.name, actorOf(request))),
    })
    app.route({
      ...endpoints.updateGroup,
      handler: async (request) => groups.rename(request.params.id, request.params.groupId, request.body.name, actorOf(request)),
    })
    app.route({
      ...endpoints.deleteGroup,
      handler: async (request, reply) => {
        await groups.remove(request.params.id, request.params.groupId, actorOf(request))
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.addToGroup,
      handler: async (request, reply) => {
        const { id, groupId, userId } = request.params
        await groups.add(id, groupId, userId, actorOf(request))
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.takeFromGroup,
      handler: async (request, reply) => {
        const { id, groupId, userId } = request.params
        await groups.takeOut(id, groupId, userId, actorOf(request))
        return reply.code(204).send(null)
      },
    })
  }
}
