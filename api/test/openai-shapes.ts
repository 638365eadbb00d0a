import type OpenAI from 'openai'
import { z } from 'zod'

// What OpenAI publishes of its answers, as far as Jarvis gives them. The compiler holds each schema to the type that OpenAI's package has, so
// that what passes here is one of theirs; the tests hold the answers to the schemas.

const text = z.string()
const count = z.int().min(0)
const logprobs = z.null()

const usage = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count, audio_tokens: count }),
  completion_tokens_details: z.object({
    reasoning_tokens: count,
    audio_tokens: count,
    accepted_prediction_tokens: count,
    rejected_prediction_tokens: count,
  }),
})
const functionCall = z.object({ name: text, arguments: text })
const finish = z.enum(['stop', 'length', 'tool_calls', 'content_filter'])
const frame = { id: text.regex(/^chatcmpl-/), created: z.int(), model: text }

export const ChatCompletion = z.object({
  ...frame,
  object: z.literal('chat.completion'),
  choices: z.array(
    z.object({
      index: z.literal(0),
      message: z.object({
        role: z.literal('assistant'),
        content: text.nullable(),
        refusal: text.nullable(),
        annotations: z.tuple([]),
        tool_calls: z.array(z.object({ id: text, type: z.literal('function'), function: functionCall })).optional(),
      }),
      logprobs,
      finish_reason: finish,
    }),
  ),
  usage,
}) satisfies z.ZodType<OpenAI.ChatCompletion>

export const ChatCompletionChunk = z.object({
  ...frame,
  object: z.literal('chat.completion.chunk'),
  choices: z.array(
    z.object({
      index: z.literal(0),
      delta: z.object({
        role: z.literal('assistant').optional(),
        content: text.nullish(),
        tool_calls: z
          .array(z.object({ index: count, id: text.optional(), type: z.literal('function').optional(), function: functionCall.partial().optional() }))
          .optional(),
      }),
      logprobs,
      finish_reason: finish.nullable(),
    }),
  ),
  usage: usage.nullish(),
}) satisfies z.ZodType<OpenAI.ChatCompletionChunk>

const outputText = z.object({ type: z.literal('output_text'), text, annotations: z.tuple([]), logprobs: z.tuple([]) })
const itemStatus = z.enum(['in_progress', 'completed', 'incomplete'])
const Item = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message'), id: text, role: z.literal('assistant'), status: itemStatus, content: z.array(outputText) }),
  z.object({ type: z.literal('function_call'), id: text, call_id: text, name: text, arguments: text, status: itemStatus }),
]) satisfies z.ZodType<OpenAI.Responses.ResponseOutputItem>

const tokens = z.object({
  input_tokens: count,
  input_tokens_details: z.object({ cached_tokens: count, cache_write_tokens: count }),
  output_tokens: count,
  output_tokens_details: z.object({ reasoning_tokens: count }),
  total_tokens: count,
})

/** `output_text` is made by the client. */
export const Response = z.object({
  id: text.regex(/^resp_/),
  object: z.literal('response'),
  access_programs: z.null(),
  created_at: z.int(),
  status: z.enum(['in_progress', 'completed', 'incomplete']),
  error: z.null(),
  incomplete_details: z.object({ reason: z.enum(['max_output_tokens', 'content_filter']) }).nullable(),
  instructions: text.nullable(),
  metadata: z.record(text, text),
  model: text,
  output: z.array(Item),
  parallel_tool_calls: z.boolean(),
  temperature: z.number(),
  tool_choice: z.enum(['auto', 'none', 'required']),
  tools: z.array(
    z.object({
      type: z.literal('function'),
      name: text,
      parameters: z.record(text, z.unknown()).nullable(),
      strict: z.boolean(),
      description: text.optional(),
    }),
  ),
  top_p: z.number(),
  truncation: z.literal('disabled'),
  usage: tokens.optional(),
}) satisfies z.ZodType<Omit<OpenAI.Responses.Response, 'output_text'>>

const at = { output_index: count, sequence_number: count }
const inItem = { ...at, item_id: text }
const inPart = { ...inItem, content_index: z.literal(0) }
const of = <Type extends string, Fields extends z.ZodRawShape>(type: Type, fields: Fields) => z.object({ type: z.literal(type), ...fields })

export const ResponseEvent = z.discriminatedUnion('type', [
  of('response.created', { sequence_number: count, response: Response }),
  of('response.in_progress', { sequence_number: count, response: Response }),
  of('response.output_item.added', { ...at, item: Item }),
  of('response.output_item.done', { ...at, item: Item }),
  of('response.content_part.added', { ...inPart, part: outputText }),
  of('response.content_part.done', { ...inPart, part: outputText }),
  of('response.output_text.delta', { ...inPart, delta: text, logprobs: z.tuple([]) }),
  of('response.output_text.done', { ...inPart, text, logprobs: z.tuple([]) }),
  of('response.function_call_arguments.delta', { ...inItem, delta: text }),
  of('response.function_call_arguments.done', { ...inItem, name: text, arguments: text }),
  of('response.completed', { sequence_number: count, response: Response }),
  of('response.incomplete', { sequence_number: count, response: Response }),
])
type Events = Exclude<z.infer<typeof ResponseEvent>, { response: unknown }>
/** Those that carry no whole response, which is held to its own type. */
export const isPublished: Events extends OpenAI.Responses.ResponseStreamEvent ? true : never = true

export const Embeddings = z.object({
  object: z.literal('list'),
  model: text,
  data: z.array(z.object({ object: z.literal('embedding'), index: count, embedding: z.array(z.number()).min(1) })).min(1),
  usage: z.object({ prompt_tokens: count, total_tokens: count }),
}) satisfies z.ZodType<OpenAI.CreateEmbeddingResponse>

const Model = z.object({ id: text, object: z.literal('model'), created: z.int(), owned_by: text }) satisfies z.ZodType<OpenAI.Model>
export const Models = z.object({ object: z.literal('list'), data: z.array(Model).min(1) })

/** All four keys are there, in each refusal. */
export const Refusal = z.object({ error: z.strictObject({ message: text, type: text, param: text.nullable(), code: text.nullable() }) })

const heard = z.union([
  z.object({ type: z.literal('duration'), seconds: z.number() }),
  z.object({ type: z.literal('tokens'), input_tokens: count, output_tokens: count, total_tokens: count }),
])
export const Transcription = z.object({ text, usage: heard }) satisfies z.ZodType<OpenAI.Audio.Transcription>
const segment = z.object({
  id: z.int(),
  avg_logprob: z.number(),
  compression_ratio: z.number(),
  end: z.number(),
  no_speech_prob: z.number(),
  seek: z.int(),
  start: z.number(),
  temperature: z.number(),
  text,
  tokens: z.array(z.int()),
})
export const TranscriptionVerbose = z.object({
  duration: z.number(),
  language: text,
  text,
  segments: z.array(segment).min(1),
}) satisfies z.ZodType<OpenAI.Audio.TranscriptionVerbose>
