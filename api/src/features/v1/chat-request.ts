import { z } from 'zod'
import { parseObject } from '#lib/parse-object.ts'
import type { CallStep } from '#lib/run-step.ts'
import type { ModelImage, ModelMessage, ModelTool, Wishes } from '#ports/models/index.ts'
import { unsupported } from './unsupported.ts'

const text = z.string()
const TextPart = z.object({ type: z.literal('text'), text })
const UserPart = z.discriminatedUnion('type', [TextPart, z.object({ type: z.literal('image_url'), image_url: z.object({ url: z.string() }) })])
const AssistantPart = z.discriminatedUnion('type', [TextPart, z.object({ type: z.literal('refusal'), refusal: text })])
const texts = z.union([text, z.array(TextPart)])

const ToolCall = z.object({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
})

const Message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']), content: texts }),
  z.object({ role: z.literal('user'), content: z.union([text, z.array(UserPart)]) }),
  z.object({
    role: z.literal('assistant'),
    content: z.union([text, z.array(AssistantPart)]).nullish(),
    tool_calls: z.array(ToolCall).nullish(),
  }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string().min(1), content: texts }),
])

const functionName = z.string().regex(/^[\w-]{1,64}$/)
const Schema = z.record(z.string(), z.unknown())
const number = (min: number, max: number) => z.number().min(min).max(max).nullish()

const ToolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.object({ type: z.literal('function'), function: z.object({ name: functionName }) }),
])

/** The body of `POST /v1/chat/completions`. Fields that change nothing in the answer are taken and left alone. */
export const ChatBody = z.object({
  model: z.string().min(1).max(200),
  messages: z.array(Message).min(1).max(5000),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  temperature: number(0, 2),
  top_p: number(0, 1),
  presence_penalty: number(-2, 2),
  frequency_penalty: number(-2, 2),
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  tools: z
    .array(
      z.object({
        type: z.literal('function'),
        function: z.object({ name: functionName, description: z.string().optional(), parameters: Schema.nullish(), strict: z.boolean().nullish() }),
      }),
    )
    .max(128)
    .nullish(),
  tool_choice: ToolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('json_object') }),
      z.object({
        type: z.literal('json_schema'),
        json_schema: z.object({ name: functionName, description: z.string().optional(), schema: Schema.optional(), strict: z.boolean().nullish() }),
      }),
    ])
    .nullish(),
  /** With the model `jarvis`: the conversation that this goes on, by any name. */
  conversation: z.union([z.string().min(1).max(200), z.object({ id: z.string().min(1).max(200) })]).nullish(),
  n: z.int().nullish(),
  /** Only true keeps it. */
  store: z.boolean().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  logprobs: z.unknown().optional(),
  top_logprobs: z.unknown().optional(),
  logit_bias: z.unknown().optional(),
  audio: z.unknown().optional(),
  modalities: z.array(z.string()).nullish(),
  functions: z.unknown().optional(),
  function_call: z.unknown().optional(),
  web_search_options: z.unknown().optional(),
})
export type ChatBody = z.infer<typeof ChatBody>

/** What a client asks of a model, whatever shape it asked in. */
export type Question = {
  model: string
  messages: ModelMessage[]
  tools: ModelTool[]
  wishes: Wishes
  outputTokensMax?: number | undefined
  effort?: 'low' | 'medium' | 'high' | undefined
}

/** @throws invalid_request that names what is not done here */
export function questionOf(body: ChatBody): Question {
  refuseWhatIsNotDone(body)
  const format = body.response_format
  return {
    model: body.model,
    messages: body.messages.map(toMessage),
    tools: (body.tools ?? []).map((tool) => toTool(tool.function)),
    wishes: wishesOf({
      temperature: body.temperature,
      topP: body.top_p,
      stop: typeof body.stop === 'string' ? [body.stop] : body.stop,
      seed: body.seed,
      presencePenalty: body.presence_penalty,
      frequencyPenalty: body.frequency_penalty,
      toolChoice: typeof body.tool_choice === 'object' ? body.tool_choice?.function : body.tool_choice,
      parallelCalls: body.parallel_tool_calls,
      format:
        format?.type === 'json_object'
          ? { type: format.type }
          : format?.type === 'json_schema'
            ? { type: format.type, ...format.json_schema, schema: format.json_schema.schema ?? {}, strict: format.json_schema.strict ?? undefined }
            : undefined,
    }),
    outputTokensMax: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    effort: effortOf(body.reasoning_effort),
  }
}

export const toTool = ({
  name,
  description = '',
  parameters,
  strict,
}: NonNullable<z.infer<typeof ChatBody>['tools']>[number]['function']): ModelTool => ({
  name,
  description,
  parameters: parameters ?? { type: 'object', properties: {} },
  ...(strict !== null && strict !== undefined && { strict }),
})

/** Only what is wished: a field that is absent is not sent. */
export const wishesOf = (wishes: { [Key in keyof Wishes]: Wishes[Key] | null }): Wishes =>
  Object.fromEntries(Object.entries(wishes).filter(([, value]) => value !== undefined && value !== null)) as Wishes

export function effortOf(effort: ChatBody['reasoning_effort']): Question['effort'] {
  if (effort === null || effort === undefined || effort === 'none') return undefined
  if (effort === 'minimal') return 'low'
  return effort === 'xhigh' || effort === 'max' ? 'high' : effort
}

function refuseWhatIsNotDone(body: ChatBody): void {
  if ((body.n ?? 1) !== 1) throw unsupported('n', 'Only one answer is given at a time: n must be 1.')
  if (body.modalities?.some((kind) => kind !== 'text')) throw unsupported('modalities', 'Only text is answered.')
  for (const param of ['logprobs', 'top_logprobs', 'logit_bias', 'audio', 'functions', 'function_call', 'web_search_options'] as const) {
    const value = body[param]
    const saysNothing = value === undefined || value === null || value === false || value === 0
    const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0
    if (!saysNothing && !isEmpty) throw unsupported(param, `Unsupported parameter: "${param}".`)
  }
}

function toMessage(message: ChatBody['messages'][number], at: number): ModelMessage {
  const { role, content } = message
  if (role === 'system' || role === 'developer') return { role: 'system', text: joined(content) }
  if (role === 'tool') return { role, callId: message.tool_call_id, text: joined(content) }
  if (role === 'assistant') return { role, text: joined(content ?? ''), calls: (message.tool_calls ?? []).map(toCall) }
  if (typeof content === 'string') return { role, text: content }
  const images = content.flatMap((part) => (part.type === 'image_url' ? [imageOf(part.image_url.url, `messages.${at}`)] : []))
  return { role, text: joined(content), ...(images.length > 0 && { images }) }
}

type TextLike = { type: string; text?: string; refusal?: string }
const joined = (content: string | readonly TextLike[]) =>
  typeof content === 'string' ? content : content.flatMap(({ text, refusal }) => text ?? refusal ?? []).join('\n')

export function toCall({ id, function: { name, arguments: args } }: z.infer<typeof ToolCall>): CallStep {
  const read = args.trim() === '' ? {} : parseObject(args)
  return { id, name, args: read ?? {}, ...(read === null && { malformed: args }) }
}

/** Nothing is fetched for a client: what a model is to see comes with the request. @throws invalid_request */
export function imageOf(url: string, param: string): ModelImage {
  const [, mediaType, base64] = /^data:(image\/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/=\s]+)$/.exec(url) ?? []
  if (mediaType === undefined || base64 === undefined)
    throw unsupported(param, 'Send an image within the request, as a data: URL of a PNG, JPEG, GIF or WebP in base64.')
  return { mediaType, base64 }
}
