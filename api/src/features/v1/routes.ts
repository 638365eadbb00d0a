import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { goneOf } from '#http/gone-of.ts'
import { signedIn } from '#http/caller.ts'
import { toRefusal } from '#http/problem.ts'
import { AppError } from '#lib/app-error.ts'
import { badRequest } from '#lib/plain-issues.ts'
import { unstorableIn } from '#lib/storable.ts'
import { describeRefusal } from '#lib/describe-error.ts'
import { chatWriter, sendAnswer } from './answer-stream.ts'
import { chatCompletion, createChunks, type Frame, type Whole } from './chat-answer.ts'
import { audioRoutes } from './audio-routes.ts'
import { ChatBody, questionOf } from './chat-request.ts'
import { EmbeddingsBody } from './embeddings.ts'
import { conversationOf, createEntrance, type Entered, frameOf, type V1RoutesDeps } from './entrance.ts'
import { toOpenAiError } from './openai-error.ts'
import { keptCompletionRoutes } from './kept-completions-routes.ts'
import { responseRoutes } from './responses-routes.ts'
import { descriptions } from './shapes.ts'
import { ending, tell, type Telling, toEnd } from './telling.ts'

const config = { who: ['key:v1'] } as const

const security = 'Send an API key with the scope `v1` as bearer token. Errors are in OpenAI’s shape: `{error: {message, type, param, code}}`.'

/** OpenAI's API under `/v1`: their official clients need another base URL and a key of ours, and no other change. */
export function v1Routes({ v1, ...windows }: V1RoutesDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.setErrorHandler(sendError)
    app.refusers.set(`${app.prefix}/`, sendError)
    app.setNotFoundHandler((request) => {
      throw new AppError('not_found', `Unknown request URL: ${request.method} ${request.url.split('?')[0]}.`)
    })
    // What the chat's own door refuses; parts of a question that are only passed on have no schema.
    app.addHook('preValidation', async ({ body }) => {
      const fault = unstorableIn(body)
      if (fault) throw badRequest([fault], 'The body')
    })
    const enter = createEntrance({ v1, ...windows })

    app.route({
      method: 'POST',
      url: '/chat/completions',
      config: { ...config, describes: descriptions.chat },
      schema: {
        tags: ['v1'],
        operationId: 'createChatCompletion',
        summary: 'Answer a chat',
        description: `As OpenAI’s chat completions. \`model\` is an id, \`auto\` or \`jarvis\`; with \`jarvis\` the whole assistant answers, in the conversation that \`conversation\` names. Kept for 30 days only where \`store\` is true. With \`stream\`, Server-Sent Events that end with \`[DONE]\`. ${security}`,
        body: ChatBody,
      },
      handler: async (request, reply) => {
        const body = request.body
        const caller = signedIn(request)
        if (body.store) await v1.responses.requireRoom(caller)
        const entered = await enter(request, reply, questionOf(body), conversationOf(body))
        const frame = frameOf('chatcmpl-', entered, body.model)
        const told = tellingOf(entered, frame)
        const keep = async ({ model, ...whole }: Whole & { model: string }) =>
          await v1.completions.keep(caller, { frame, body, answer: chatCompletion({ ...frame, model }, whole) })
        const telling = body.store ? ending(told, keep) : told
        const includeUsage = body.stream_options?.include_usage === true
        if (body.stream) return await sendAnswer(request, reply, { telling, frame, writer: chatWriter(createChunks(frame, includeUsage)) })
        const { model, ...whole } = await toEnd(telling)
        return chatCompletion({ ...frame, model }, whole)
      },
    })

    await app.register(keptCompletionRoutes({ v1, security }))
    await app.register(responseRoutes({ v1, enter, security, tellingOf }))

    app.route({
      method: 'POST',
      url: '/embeddings',
      config: { ...config, describes: descriptions.embeddings },
      schema: {
        tags: ['v1'],
        operationId: 'createEmbedding',
        summary: 'Embed texts',
        description: `As OpenAI’s embeddings. ${security}`,
        body: EmbeddingsBody,
      },
      handler: async (request, reply) => {
        const caller = await enter.window(request, reply)
        return await v1.embed(caller, request.body, goneOf(request, reply))
      },
    })

    await app.register(audioRoutes({ v1, enter, security }))

    app.route({
      method: 'GET',
      url: '/models',
      config: { ...config, describes: descriptions.models },
      schema: { tags: ['v1'], operationId: 'listModels', summary: 'List models', description: `What this key may name as \`model\`. ${security}` },
      handler: async (request) => ({ object: 'list', data: v1.models(signedIn(request)) }),
    })
    app.route({
      method: 'GET',
      url: '/models/:id',
      config: { ...config, describes: descriptions.model },
      schema: { tags: ['v1'], operationId: 'retrieveModel', summary: 'One model', description: security, params: z.object({ id: z.string() }) },
      handler: async (request) => v1.model(signedIn(request), request.params.id),
    })
  }

  function tellingOf(entered: Entered, frame: Frame): Telling {
    const { caller, signal } = entered
    if ('run' in entered) return v1.assistant.follow(caller, entered.run, signal)
    return tell(v1.answer, { caller, admitted: entered.admitted }, { signal, onModel: (model) => (frame.model = model) })
  }
}

function sendError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refused = toRefusal(thrown)
  request.refused = refused
  const { status, headers, error } = toOpenAiError(refused)
  if (status >= 500) request.log.error({ err: refused.code === 'internal' ? refused.cause : refused }, 'request failed')
  else request.log.debug({ refused: describeRefusal(refused) }, 'request refused')
  if (status === 401) void reply.header('www-authenticate', 'Bearer')
  void reply
    .code(status)
    .headers(headers)
    .type('application/json; charset=utf-8')
    .serializer((body: unknown) => JSON.stringify(body))
    .send({ error })
}
