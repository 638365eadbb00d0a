import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import { tellRateLimit, writeRateLimit } from '#http/rate-limit.ts'
import type { Limits } from '#ports/limits/index.ts'
import { planWindows } from '#ports/limits/rate-limit.ts'
import { acceptedOf, type Chat } from './index.ts'

export function chatRoutes({ chat, limits }: { chat: Chat; limits: Limits }): FastifyPluginAsyncZod {
  const { conversations } = chat

  return async (app) => {
    app.route({ ...endpoints.conversations, handler: async (request) => conversations.list(signedIn(request), request.query) })
    app.route({
      ...endpoints.createConversation,
      handler: async (request, reply) => reply.code(201).send(await conversations.create(signedIn(request), request.body?.title)),
    })
    app.route({ ...endpoints.conversation, handler: async (request) => conversations.get(signedIn(request), request.params.id) })
    app.route({
      ...endpoints.updateConversation,
      handler: async (request) => conversations.update(signedIn(request), request.params.id, request.body),
    })
    app.route({
      ...endpoints.deleteConversation,
      handler: async (request, reply) => {
        await conversations.remove(signedIn(request), request.params.id)
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.messages,
      handler: async (request) => conversations.messages(signedIn(request), request.params.id, request.query),
    })
    app.route({
      ...endpoints.send,
      onSend: tellRateLimit(limits, ({ caller }) => (caller ? planWindows(caller) : [])),
      handler: async (request, reply) => {
        const acceptance = await chat.accept(signedIn(request), request.params.id, request.body)
        if (acceptance.admission) writeRateLimit(reply, acceptance.admission)
        return reply.code(202).send(acceptedOf(acceptance))
      },
    })

    app.route({
      ...endpoints.resumeRun,
      handler: async (request, reply) => reply.code(202).send(await chat.resume(signedIn(request), request.params.id, request.body.resume)),
    })
  }
}
