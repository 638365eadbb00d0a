import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { RouteDescription } from '#http/openapi.ts'

// What the description of the API says of answers. Nothing is checked by it: the tests hold the answers to OpenAI's own types.

const text = z.string()
const count = z.int().min(0)

const ErrorAnswer = z.looseObject({ error: z.looseObject({ message: text, type: text, param: text.nullable(), code: text.nullable() }) })
export const Receipt = z
  .looseObject({ costMicroUsd: count, cached: z.boolean(), reason: text })
  .describe('What it cost here, and why this model answered.')
const Usage = z.looseObject({ prompt_tokens: count, completion_tokens: count, total_tokens: count })
const ToolCall = z.looseObject({ id: text, type: z.literal('function'), function: z.looseObject({ name: text, arguments: text }) })
const finish = z.enum(['stop', 'length', 'tool_calls', 'content_filter'])
const frame = { id: text, created: z.int(), model: text, conversation: text.optional() }

const Completion = z.looseObject({
  ...frame,
  object: z.literal('chat.completion'),
  choices: z.array(
    z.looseObject({
      index: z.int(),
      message: z.looseObject({ role: z.literal('assistant'), content: text.nullable(), tool_calls: z.array(ToolCall).optional() }),
      finish_reason: finish,
    }),
  ),
  usage: Usage,
  receipt: Receipt,
})
const Response = z.looseObject({
  id: text,
  object: z.literal('response'),
  created_at: z.int(),
  status: z.enum(['in_progress', 'completed', 'incomplete']),
  model: text,
  output: z.array(z.looseObject({ id: text, type: z.enum(['message', 'function_call']) })),
  usage: z.looseObject({ input_tokens: count, output_tokens: count, total_tokens: count }).optional(),
  receipt: Receipt.optional(),
})
const ItemList = z.looseObject({
  object: z.literal('list'),
  data: z.array(z.looseObject({ id: text })),
  first_id: text.nullable(),
  last_id: text.nullable(),
  has_more: z.boolean(),
})
const Deleted = z.looseObject({ id: text, object: text, deleted: z.literal(true) })
const Embeddings = z.looseObject({
  object: z.literal('list'),
  model: text,
  data: z.array(z.looseObject({ object: z.literal('embedding'), index: z.int(), embedding: z.union([z.array(z.number()), text]) })),
  usage: z.looseObject({ prompt_tokens: count, total_tokens: count }),
})
const Model = z.looseObject({ id: text, object: z.literal('model'), created: z.int(), owned_by: text })

/** Loose: a client has to read over what is new. */
export const schemaOf = (schema: z.ZodType) => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return rest as NonNullable<RouteDescription['answer']>['content'][number]['schema']
}

export const refusal: RouteDescription['refusal'] = {
  mediaType: 'application/json',
  schema: schemaOf(ErrorAnswer),
  example: { error: { message: 'The model "gpt-9" does not exist.', type: 'invalid_request_error', param: 'model', code: 'model_not_found' } },
}

const answerOf = (description: string, schema: z.ZodType, example: unknown) =>
  ({ description, content: [{ mediaType: 'application/json', schema: schemaOf(schema), example }] }) satisfies RouteDescription['answer']

export const receiptExample = { costMicroUsd: 12, cached: false, reason: 'You chose this model.' }
const stream = { mediaType: 'text/event-stream', schema: { type: 'string', description: 'With `stream: true`: Server-Sent Events.' } } as const
const model = { id: 'gpt-4o-mini', object: 'model', created: 0, owned_by: 'openai' } as const

export const completionExample = {
  id: 'chatcmpl-01936f20',
  object: 'chat.completion',
  created: 1_772_443_800,
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
  receipt: receiptExample,
}
const completion = answerOf('The answer; with `stream: true`, its chunks.', Completion, completionExample)
const response = answerOf('The response; with `stream: true`, its events.', Response, {
  id: 'resp_01936f20',
  object: 'response',
  created_at: 1_772_443_800,
  status: 'completed',
  model: 'gpt-4o-mini',
  output: [
    { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'Hello!', annotations: [] }] },
  ],
  usage: { input_tokens: 9, output_tokens: 3, total_tokens: 12 },
  receipt: receiptExample,
})

const inputItem = { id: 'msg_1', type: 'message', role: 'user', status: 'completed', content: [{ type: 'input_text', text: 'Say hello.' }] }

export const listAnswer = (description: string, item: { id: string }) =>
  answerOf(description, ItemList, { object: 'list', data: [item], first_id: item.id, last_id: item.id, has_more: false })
export const removedAnswer = (object: string, id: string) => answerOf('It is gone.', Deleted, { id, object, deleted: true })

/** What is kept is given as it was, in JSON. */
export const asIs = (reply: FastifyReply, json: string) =>
  reply
    .type('application/json; charset=utf-8')
    .serializer((text: string) => text)
    .send(json)

/** By route. */
export const descriptions = {
  chat: {
    isLimited: true,
    refusal,
    bodyExample: { model: 'auto', messages: [{ role: 'user', content: 'Say hello.' }] },
    answer: {
      ...completion,
      content: [
        ...completion.content,
        { ...stream, example: 'data: {"object":"chat.completion.chunk","choices":[{"delta":{"content":"Hel"}}]}\n\ndata: [DONE]\n\n' },
      ],
    },
  },
  responses: {
    isLimited: true,
    refusal,
    bodyExample: { model: 'auto', input: 'Say hello.' },
    answer: {
      ...response,
      content: [
        ...response.content,
        { ...stream, example: 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"Hel"}\n\n' },
      ],
    },
  },
  response: { refusal, answer: response },
  inputItems: { refusal, answer: listAnswer('The items, the newest first.', inputItem) },
  deletedResponse: { refusal, answer: removedAnswer('response', 'resp_01936f20') },
  embeddings: {
    isLimited: true,
    refusal,
    bodyExample: { model: 'auto', input: ['a text'] },
    answer: answerOf('A vector for each text.', Embeddings, {
      object: 'list',
      model: 'model-embeddings-en',
      data: [{ object: 'embedding', index: 0, embedding: [0.01, -0.02] }],
      usage: { prompt_tokens: 2, total_tokens: 2 },
    }),
  },
  models: {
    refusal,
    answer: answerOf('The models.', z.looseObject({ object: z.literal('list'), data: z.array(Model) }), { object: 'list', data: [model] }),
  },
  model: { refusal, answer: answerOf('The model.', Model, model) },
} satisfies Record<string, RouteDescription>
