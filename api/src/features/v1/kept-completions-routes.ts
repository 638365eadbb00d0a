import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { signedIn } from '#http/caller.ts'
import type { RouteDescription } from '#http/openapi.ts'
import type { V1 } from './index.ts'
import { OldestFirst } from './item-page.ts'
import { CompletionsQuery, Metadata } from './kept-completions.ts'
import { asIs, completionExample, descriptions, listAnswer, refusal, removedAnswer } from './shapes.ts'

const config = { who: ['key:v1'] } as const
const tags = ['v1']
const params = z.object({ id: z.string() })
const url = '/chat/completions'
const id = 'chatcmpl-01936f20'
const message = { id: `${id}-0`, role: 'user', content: 'Say hello.' }
const given = { refusal, answer: { ...descriptions.chat.answer, content: [descriptions.chat.answer.content[0]] } } satisfies RouteDescription

/** Chat completions that were made with `store: true`, as OpenAI has them. */
export function keptCompletionRoutes({ v1, security }: { v1: V1; security: string }): FastifyPluginAsyncZod {
  const kept = v1.completions
  return async (app) => {
    app.route({
      method: 'GET',
      url,
      config: {
        ...config,
        describes: { refusal, answer: listAnswer('The completions, the oldest first.', { ...completionExample, id }) },
      },
      schema: {
        tags,
        operationId: 'listChatCompletions',
        summary: 'Kept chat completions',
        description: `Those that were made with \`store: true\`; \`metadata[key]=value\` asks for some of them. ${security}`,
        querystring: CompletionsQuery,
      },
      handler: async (request) => await kept.list(signedIn(request), request.query, metadataIn(request.url)),
    })
    app.route({
      method: 'GET',
      url: `${url}/:id`,
      config: { ...config, describes: given },
      schema: { tags, operationId: 'getChatCompletion', summary: 'A kept chat completion', description: security, params },
      handler: async (request, reply) => asIs(reply, await kept.answer(signedIn(request), request.params.id)),
    })
    app.route({
      method: 'GET',
      url: `${url}/:id/messages`,
      config: { ...config, describes: { refusal, answer: listAnswer('The messages, the oldest first.', message) } },
      schema: {
        tags,
        operationId: 'listChatCompletionMessages',
        summary: 'What a kept chat completion answers',
        description: `The messages of its request. ${security}`,
        params,
        querystring: OldestFirst,
      },
      handler: async (request) => await kept.messages(signedIn(request), request.params.id, request.query),
    })
    app.route({
      method: 'POST',
      url: `${url}/:id`,
      config: { ...config, describes: { ...given, bodyExample: { metadata: { for: 'Ada' } } } },
      schema: {
        tags,
        operationId: 'updateChatCompletion',
        summary: 'Set the metadata of a kept chat completion',
        description: `Nothing else of it changes. ${security}`,
        params,
        body: z.object({ metadata: Metadata.nullable() }),
      },
      handler: async (request, reply) => asIs(reply, await kept.describe(signedIn(request), request.params.id, request.body.metadata)),
    })
    app.route({
      method: 'DELETE',
      url: `${url}/:id`,
      config: { ...config, describes: { refusal, answer: removedAnswer('chat.completion.deleted', id) } },
      schema: { tags, operationId: 'deleteChatCompletion', summary: 'Delete a kept chat completion', description: security, params },
      handler: async (request) => {
        await kept.remove(signedIn(request), request.params.id)
        return { id: request.params.id, object: 'chat.completion.deleted', deleted: true }
      },
    })
  }
}

/** As clients write it: `metadata[key]=value`. */
function metadataIn(url: string): Map<string, string> {
  const named = new Map<string, string>()
  for (const [field, value] of new URL(url, 'http://localhost').searchParams) {
    const key = field.startsWith('metadata[') && field.endsWith(']') ? field.slice('metadata['.length, -1) : ''
    if (key !== '') named.set(key, value)
  }
  return named
}
