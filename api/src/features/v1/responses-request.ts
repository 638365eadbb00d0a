import { z } from 'zod'
import type { ModelImage, ModelMessage } from '#ports/models/index.ts'
import { ChatBody, effortOf, imageOf, type Question, toCall, toTool, wishesOf } from './chat-request.ts'
import { unsupported } from './unsupported.ts'

const text = z.string()
const Part = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['input_text', 'output_text']), text }),
  z.object({ type: z.literal('refusal'), refusal: text }),
  z.object({ type: z.literal('input_image'), image_url: z.string() }),
])
const content = z.union([text, z.array(Part)])

export const Item = z.union([
  z.object({ type: z.literal('message').optional(), role: z.enum(['user', 'assistant', 'system', 'developer']), content }),
  z.object({ type: z.literal('function_call'), call_id: z.string().min(1), name: z.string(), arguments: z.string() }),
  z.object({ type: z.literal('function_call_output'), call_id: z.string().min(1), output: content }),
  /** What it thought is not sent back. */
  z.object({ type: z.literal('reasoning') }),
])

/** An item of a response that was kept, by its id alone. */
const Reference = z.object({ type: z.literal('item_reference'), id: z.string().min(1).max(200) })

const shared = ChatBody.shape
const { function: ChatFunction } = shared.tools.unwrap().unwrap().element.shape
const format = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['text', 'json_object']) }),
  z.object({
    type: z.literal('json_schema'),
    name: z.string(),
    description: z.string().optional(),
    schema: z.record(z.string(), z.unknown()),
    strict: z.boolean().nullish(),
  }),
])

/** The body of `POST /v1/responses`. */
export const ResponsesBody = z.object({
  model: shared.model,
  input: z.union([
    text.min(1),
    z
      .array(z.union([Item, Reference]))
      .min(1)
      .max(5000),
  ]),
  instructions: z.string().nullish(),
  stream: shared.stream,
  temperature: shared.temperature,
  top_p: shared.top_p,
  max_output_tokens: shared.max_tokens,
  tools: z
    .array(z.object({ type: z.literal('function'), ...ChatFunction.shape }))
    .max(128)
    .nullish(),
  tool_choice: z.union([z.enum(['auto', 'none', 'required']), z.object({ type: z.literal('function'), name: z.string() })]).nullish(),
  parallel_tool_calls: shared.parallel_tool_calls,
  text: z.object({ format: format.nullish() }).nullish(),
  reasoning: z.object({ effort: shared.reasoning_effort }).nullish(),
  conversation: shared.conversation,
  metadata: z.record(z.string(), z.string()).nullish(),
  /** Only true keeps it. */
  store: z.boolean().nullish(),
  background: z.boolean().nullish(),
  previous_response_id: z.string().nullish(),
  prompt: z.unknown().optional(),
})
/** As it was sent. */
export type Asked = z.infer<typeof ResponsesBody>
/** With what it only referred to. */
export type ResponsesBody = Omit<Asked, 'input'> & { input: string | z.infer<typeof Item>[] }

/** @throws invalid_request that names what is not done here */
export function questionOfResponses(body: ResponsesBody, before: readonly ModelMessage[] = []): Question {
  if (body.background) throw unsupported('background', 'There is no work in the background: leave background out.')
  if (body.prompt !== undefined && body.prompt !== null) throw unsupported('prompt', 'Prompts are not kept here: send the text.')
  const choice = body.tool_choice
  const wanted = body.text?.format
  return {
    model: body.model,
    messages: [...(body.instructions ? [{ role: 'system' as const, text: body.instructions }] : []), ...before, ...messagesOf(body.input)],
    tools: (body.tools ?? []).map(toTool),
    wishes: wishesOf({
      temperature: body.temperature,
      topP: body.top_p,
      toolChoice: typeof choice === 'object' && choice ? { name: choice.name } : choice,
      parallelCalls: body.parallel_tool_calls,
      format:
        wanted?.type === 'json_schema'
          ? { ...wanted, strict: wanted.strict ?? undefined }
          : wanted?.type === 'json_object'
            ? { type: wanted.type }
            : undefined,
    }),
    outputTokensMax: body.max_output_tokens ?? undefined,
    effort: effortOf(body.reasoning?.effort),
  }
}

export function messagesOf(input: ResponsesBody['input']): ModelMessage[] {
  if (typeof input === 'string') return [{ role: 'user', text: input }]
  const messages: ModelMessage[] = []
  for (const [at, item] of input.entries()) {
    if (item.type === 'reasoning') continue
    if (item.type === 'function_call_output') messages.push({ role: 'tool', callId: item.call_id, text: textIn(item.output) })
    else if (item.type === 'function_call') {
      // Calls that were made at once stand in one message.
      const call = toCall({ id: item.call_id, type: 'function', function: item })
      const last = messages.at(-1)
      if (last?.role === 'assistant') messages[messages.length - 1] = { ...last, calls: [...last.calls, call] }
      else messages.push({ role: 'assistant', text: '', calls: [call] })
    } else if (item.role === 'user') {
      const images = imagesIn(item.content, `input.${at}`)
      messages.push({ role: 'user', text: textIn(item.content), ...(images.length > 0 && { images }) })
    } else if (item.role === 'assistant') messages.push({ role: 'assistant', text: textIn(item.content), calls: [] })
    else messages.push({ role: 'system', text: textIn(item.content) })
  }
  return messages
}

type Content = z.infer<typeof content>

const textIn = (parts: Content): string =>
  typeof parts === 'string' ? parts : parts.flatMap((part) => ('text' in part ? [part.text] : 'refusal' in part ? [part.refusal] : [])).join('\n')

const imagesIn = (parts: Content, param: string): ModelImage[] =>
  typeof parts === 'string' ? [] : parts.flatMap((part) => (part.type === 'input_image' ? [imageOf(part.image_url, param)] : []))
