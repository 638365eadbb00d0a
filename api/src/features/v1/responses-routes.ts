import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { signedIn } from '#http/caller.ts'
import { sendAnswer } from './answer-stream.ts'
import type { Frame, Whole } from './chat-answer.ts'
import { conversationOf, type createEntrance, type Entered, frameOf } from './entrance.ts'
import type { V1 } from './index.ts'
import { jarvis } from './jarvis.ts'
import { NewestFirst } from './item-page.ts'
import { createResponse } from './responses-answer.ts'
import { questionOfResponses, ResponsesBody } from './responses-request.ts'
import { asIs, descriptions } from './shapes.ts'
import { ending, type Telling, toEnd } from './telling.ts'

type ResponseRoutesDeps = {
  v1: V1
  enter: ReturnType<typeof createEntrance>
  security: string
  tellingOf(entered: Entered, frame: Frame): Telling
}

const config = { who: ['key:v1'] } as const
const tags = ['v1']
const params = z.object({ id: z.string() })
const url = '/responses/:id'

/** Responses, as OpenAI has them: made, and kept where `store` says so. */
export function responseRoutes({ v1, enter, security, tellingOf }: ResponseRoutesDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: 'POST',
      url: '/responses',
      config: { ...config, describes: descriptions.responses },
      schema: {
        tags,
        operationId: 'createResponse',
        summary: 'Make a response',
        description: `As OpenAI’s responses. Kept for 30 days only where \`store\` is true; \`previous_response_id\` goes on from one that is kept. With \`stream\`, their events. ${security}`,
        body: ResponsesBody,
      },
      handler: async (request, reply) => {
        const caller = signedIn(request)
        const body = { ...request.body, input: await v1.responses.withReferred(caller, request.body.input) }
        if (body.store) await v1.responses.requireRoom(caller)
        const before = body.previous_response_id ? await v1.responses.before(caller, body.previous_response_id) : undefined
        // The assistant has its conversation itself.
        const kept = body.model === jarvis && before ? before.conversationId : null
        const entered = await enter(request, reply, questionOfResponses(body, kept === null ? before?.messages : []), kept ?? conversationOf(body))
        const frame = frameOf('resp_', entered, body.model)
        const response = createResponse(frame, body)
        const keep = (answer: object, whole: Whole) => v1.responses.keep(caller, { frame, body, answer, whole })
        const telling = tellingOf(entered, frame)
        if (body.stream) {
          const kept = ending(telling, async ({ model, ...whole }) => {
            frame.model = model
            await keep(response.object(whole), whole)
          })
          return await sendAnswer(request, reply, { telling: body.store ? kept : telling, frame, writer: response })
        }
        const { model, ...whole } = await toEnd(telling)
        frame.model = model
        const answer = response.whole(whole)
        if (body.store) await keep(answer, whole)
        return answer
      },
    })

    app.route({
      method: 'GET',
      url,
      config: { ...config, describes: descriptions.response },
      schema: { tags, operationId: 'getResponse', summary: 'A kept response', description: security, params },
      handler: async (request, reply) => asIs(reply, await v1.responses.answer(signedIn(request), request.params.id)),
    })
    app.route({
      method: 'GET',
      url: `${url}/input_items`,
      config: { ...config, describes: descriptions.inputItems },
      schema: {
        tags,
        operationId: 'listInputItems',
        summary: 'What a kept response answers',
        description: `The items of its request. ${security}`,
        params,
        querystring: NewestFirst,
      },
      handler: async (request) => await v1.responses.inputItems(signedIn(request), request.params.id, request.query),
    })
    app.route({
      method: 'DELETE',
      url,
      config: { ...config, describes: descriptions.deletedResponse },
      schema: { tags, operationId: 'deleteResponse', summary: 'Delete a kept response', description: security, params },
      handler: async (request) => {
        await v1.responses.remove(signedIn(request), request.params.id)
        return { id: request.params.id, object: 'response', deleted: true }
      },
    })
  }
}
