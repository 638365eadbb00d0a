import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import { AppError } from '#lib/app-error.ts'
import { tellRateLimit, writeRateLimit } from '#http/rate-limit.ts'
import type { Limits } from '#ports/limits/index.ts'
import type { WindowsOf } from '#ports/limits/rate-limit.ts'
import { type Acceptance, acceptedOf, type Chat } from './index.ts'

export function chatRoutes({ chat, limits, windowsOf }: { chat: Chat; limits: Limits; windowsOf: WindowsOf }): FastifyPluginAsyncZod {
  const { conversations, feedback, folders, shares } = chat

  return async (app) => {
    app.route({ ...endpoints.conversations, handler: async (request) => conversations.list(signedIn(request), request.query) })
    app.route({
      ...endpoints.createConversation,
      handler: async (request, reply) => reply.code(201).send(await conversations.create(signedIn(request), request.body ?? {})),
    })
    app.route({ ...endpoints.conversation, handler: async (request) => conversations.get(signedIn(request), request.params.id) })
    app.route({
      ...endpoints.updateConversation,
      handler: async (request) => conversations.update(signedIn(request), request.params.id, request.body),
    })
    app.route({
      ...endpoints.deleteConversation,
      handler: async (request, reply) => {
        const caller = signedIn(request)
        const forget = request.query.forget === 'true'
        // What is remembered is not a conversation: a key has a scope of its own for it.
        if (forget && caller.apiKey)
          throw new AppError('forbidden', 'An API key forgets with DELETE /api/v1/memories?conversationId=…, for which it needs the scope memory.')
        await conversations.remove(caller, request.params.id, { forget })
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.messages,
      handler: async (request) => conversations.messages(signedIn(request), request.params.id, request.query),
    })
    const accepting = { onSend: tellRateLimit(limits, ({ caller }) => (caller ? windowsOf(caller) : [])) }
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
      ...endpoints.rate,
      handler: async (request, reply) => {
        await feedback.rate(signedIn(request), request.params.id, request.body)
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.unrate,
      handler: async (request, reply) => {
        await feedback.rate(signedIn(request), request.params.id, null)
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.share,
      handler: async (request, reply) =>
        reply.code(201).send(await shares.share(signedIn(request), request.params.id, request.body?.expiresInDays ?? null)),
    })
    app.route({
      ...endpoints.unshare,
      handler: async (request, reply) => {
        await shares.unshare(signedIn(request), request.params.id)
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.shared,
      handler: async (request, reply) => reply.header('x-robots-tag', 'noindex').send(await shares.read(request.params.token)),
    })
    app.route({
      ...endpoints.exportConversation,
      handler: async (request, reply) => {
        const { format } = request.query
        const { name, text } = await conversations.exportOne(signedIn(request), request.params.id, format)
        void reply.header('content-disposition', `attachment; filename="conversation"; filename*=UTF-8''${encodeURIComponent(name)}`)
        return reply.type(format === 'json' ? 'application/json; charset=utf-8' : 'text/markdown; charset=utf-8').send(text)
      },
    })
    app.route({ ...endpoints.folders, handler: async (request) => folders.list(signedIn(request)) })
    app.route({
      ...endpoints.createFolder,
      handler: async (request, reply) => reply.code(201).send(await folders.create(signedIn(request), request.body)),
    })
    app.route({ ...endpoints.updateFolder, handler: async (request) => folders.update(signedIn(request), request.params.id, request.body) })
    app.route({
      ...endpoints.deleteFolder,
      handler: async (request, reply) => {
        await folders.remove(signedIn(request), request.params.id)
        return reply.code(204).send(null)
      },
    })

    app.route({
      ...endpoints.resumeRun,
      handler: async (request, reply) => reply.code(202).send(await chat.resume(signedIn(request), request.params.id, request.body.resume)),
    })
  }
}
