import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import { tellRateLimit, writeRateLimit } from '#http/rate-limit.ts'
import type { Limits } from '#ports/limits/index.ts'
import { planWindows } from '#ports/limits/rate-limit.ts'
import { type Acceptance, acceptedOf, type Chat } from './index.ts'

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
    const accepting = { onSend: tellRateLimit(limits, ({ caller }) => (caller ? planWindows(caller) : [])) }
    const accepted = (reply: FastifyReply, acceptance: Acceptance) => {
      if (acceptance.admission) writeRateLimit(reply, acceptance.admission)
      void reply.code(202)
      return acceptedOf(acceptance)
    }
    app.route({
      ...endpoints.send,
      ...accepting,
      handler: async (request, reply) => accepted(reply, await chat.accept(signedIn(request), request.params.id, request.body)),
    })
    app.route({
      ...endpoints.answerAgain,
      ...accepting,
      handler: async (request, reply) => accepted(reply, await chat.answerAgain(signedIn(request), request.params.id, request.body ?? {})),
    })
    app.route({
      ...endpoints.continueAnswer,
      ...accepting,
      handler: async (request, reply) => accepted(reply, await chat.continueAnswer(signedIn(request), request.params.id)),
    })
    app.route({
      ...endpoints.setLeaf,
      handler: async (request, reply) => {
        await conversations.showBranch(signedIn(request), request.params.id, request.body.messageId)
        return reply.code(204).send(null)
      },
    })

    app.route({
      ...endpoints.resumeRun,
      handler: async (request, reply) => reply.code(202).send(await chat.resume(signedIn(request), request.params.id, request.body.resume)),
    })
  }
}
