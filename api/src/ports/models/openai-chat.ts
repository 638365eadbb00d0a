import type { CallStep } from '#lib/run-step.ts'
import type { Draft } from './answer-draft.ts'
import { type Codec, type Decoder, list, object, string, tokens } from './codec.ts'
import type { Finish, ModelMessage, ModelRequest, ModelUsage, Provider } from './index.ts'
import { createToolCalls } from './openai-tool-calls.ts'
import { failedInAnswer } from './refused-by.ts'
import { messageJson, toolsJson } from './request-json.ts'
import { asTurns, nineOf } from './turns.ts'
import { openAiWishes } from './wishes.ts'

type Place = { url: string; headers: Record<string, string> }

/** Chat completions as OpenAI speaks them, and everybody who is compatible; Azure has another address and another header. */
export const openAiPlace = ({ baseUrl, apiKey }: Provider): Place => ({
  url: `${baseUrl}/chat/completions`,
  headers: apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` },
})

const azureVersion = '2024-10-21'

/** A deployment's own address, or the newer one for all, which ends in `/openai/v1`. */
export function azureUrl({ baseUrl, apiVersion }: Provider, deployment: string, path: string): string {
  if (baseUrl.endsWith('/v1')) return `${baseUrl}${path}${apiVersion ? `?api-version=${apiVersion}` : ''}`
  const root = baseUrl.endsWith('/openai') ? baseUrl : `${baseUrl}/openai`
  return `${root}/deployments/${encodeURIComponent(deployment)}${path}?api-version=${apiVersion ?? azureVersion}`
}

export const azurePlace = (provider: Provider, deployment: string): Place => ({
  url: azureUrl(provider, deployment, '/chat/completions'),
  headers: { 'api-key': provider.apiKey },
})

export function openAiCodec(place: Place, model: string, to: string): Codec {
  // Messages do not change and come again at every step of a run: each is rendered once.
  const rendered = new WeakMap<ModelMessage, string>()
  function render(message: ModelMessage, sendsAttached: boolean): string {
    if (message.role !== 'assistant' || !message.attached || message.attached.to !== to || !sendsAttached) return messageJson(message)
    let json = rendered.get(message)
    if (json === undefined) rendered.set(message, (json = JSON.stringify(withAttached(message, message.attached.value))))
    return json
  }

  return {
    ...place,
    encode(request, dialect) {
      const { messages, tools, outputTokensMax, effort } = request
      const { maxTokens, system, streamUsage, toolsMax } = dialect
      const settings = {
        model,
        stream: true,
        ...(streamUsage && { stream_options: { include_usage: true } }),
        ...(outputTokensMax !== undefined && maxTokens !== 'none' && { [maxTokens]: outputTokensMax }),
        ...(effort && dialect.reasoning && { reasoning_effort: effort }),
        ...(request.wishes && openAiWishes(request, dialect)),
      }
      const turns = asTurns(messages, dialect).map((message) =>
        message.role === 'system' && system === 'developer'
          ? JSON.stringify({ role: system, content: message.text })
          : render(message, dialect.attached),
      )
      const parts = [JSON.stringify(settings).slice(0, -1), `"messages":[${turns.join(',')}]`]
      if (tools.length > 0 && dialect.tools) parts.push(`"tools":${toolsJson(tools.slice(0, toolsMax))}`)
      return `${parts.join(',')}}`
    },
    decoder,
  }
}

function withAttached(message: Extract<ModelMessage, { role: 'assistant' }>, value: unknown): object {
  const { message: extra = {}, calls = {} } = value as Attachment
  // What was attached is kept by the provider's own ids; the message may have them in nine letters.
  const beside = (id: string) => calls[id] ?? Object.entries(calls).find(([own]) => nineOf(own) === id)?.[1]
  return {
    ...(JSON.parse(messageJson({ role: 'assistant', text: message.text, calls: [] })) as object),
    ...(message.calls.length > 0 && {
      content: message.text || null,
      tool_calls: message.calls.map((call) => ({ ...beside(call.id), ...wireCall(call) })),
    }),
    ...extra,
  }
}

const wireCall = ({ id, name, args }: CallStep) => ({ id, type: 'function', function: { name, arguments: JSON.stringify(args) } })

/** Fields that this protocol does not know, of the message and of its calls. */
type Attachment = { message?: Record<string, unknown>; calls?: Record<string, Record<string, unknown>> }

const knownFields = new Set(['role', 'content', 'tool_calls', 'function_call', 'refusal', 'annotations', 'audio', 'name'])
const thoughtFields = ['reasoning_content', 'reasoning', 'thinking']

function decoder(draft: Draft, { tools }: ModelRequest): Decoder {
  const calls = createToolCalls(draft, new Set(tools.map(({ name }) => name)))
  const extra: Record<string, unknown> = {}
  /** Some send the same thought in two fields: the first is shown. */
  let thoughtField = ''

  function readDelta(delta: Record<string, unknown>, isWhole: boolean): void {
    for (const field in delta) {
      const value = delta[field]
      if (value === null || value === undefined || value === '' || knownFields.has(field)) continue
      if (typeof value === 'string' && thoughtFields.includes(field)) {
        if (thoughtField === '') thoughtField = field
        if (thoughtField === field) draft.addReasoning(value)
      } else if (field === 'reasoning_details' && (thoughtField === '' || thoughtField === field)) {
        const thought = list(value)
          .map((detail) => string(object(detail)?.text) || string(object(detail)?.summary))
          .join('')
        if (thought !== '') {
          thoughtField = field
          draft.addReasoning(thought)
        }
      }
      keep(field, value)
    }
    const { content } = delta
    if (typeof content === 'string') {
      if (content !== '') draft.addMixed(content)
    } else if (content !== null && content !== undefined) readContent(content)
    const refusal = string(delta.refusal)
    if (refusal !== '' && refusal !== content) draft.addText(refusal)
    const fragments = list(delta.tool_calls)
    for (const [position, fragment] of fragments.entries()) calls.add(object(fragment) ?? {}, { position, isWhole })
    const legacy = object(delta.function_call)
    if (legacy && fragments.length === 0) calls.add({ index: 0, function: legacy }, { position: 0, isWhole })
  }

  function readContent(content: unknown): void {
    for (const part of Array.isArray(content) ? content : [content]) {
      if (typeof part === 'string') {
        draft.addMixed(part)
        continue
      }
      const { type, text, thinking, reasoning, refusal } = object(part) ?? {}
      const thought = textIn(thinking) || textIn(reasoning) || (/think|reason/.test(string(type)) ? textIn(text) : '')
      const words = textIn(text) || string(refusal)
      if (thought !== '') draft.addReasoning(thought)
      else if (words !== '') draft.addMixed(words)
      else if (text === undefined && thinking === undefined) draft.sawUnknown(JSON.stringify(part).slice(0, 200))
    }
  }

  function keep(field: string, value: unknown): void {
    const known = extra[field]
    if (typeof value === 'string' && typeof known === 'string' && thoughtFields.includes(field)) extra[field] = known + value
    else extra[field] = Array.isArray(value) && Array.isArray(known) ? [...(known as unknown[]), ...(value as unknown[])] : value
  }

  return {
    add(value) {
      draft.model ||= string(value.model)
      const usage = object(value.usage) ?? object(object(value.x_groq)?.usage)
      if (usage) draft.usage = toUsage(usage) ?? draft.usage
      // One answer was asked for; a second one must not be mixed into it.
      const choice = list(value.choices)
        .map(object)
        .find((one) => !one?.index)
      if (!choice) return
      const delta = object(choice.delta) ?? object(choice.message)
      if (delta) readDelta(delta, choice.delta === undefined || choice.delta === null)
      else if (typeof choice.text === 'string') draft.addMixed(choice.text)
      const reason = string(choice.finish_reason)
      // What came before is no whole answer.
      if (reason.toLowerCase() === 'error')
        throw failedInAnswer({ finish_reason: reason }, { streamed: draft.streamed, begun: draft.begun, apiKey: '' })
      if (reason !== '') draft.end(finishes[reason.toLowerCase()] ?? 'stop')
    },
    end() {
      const attachment: Attachment = {
        ...(Object.keys(extra).length > 0 && { message: extra }),
        ...(Object.keys(calls.extra).length > 0 && { calls: calls.extra }),
      }
      if (draft.calls.length > 0 && Object.keys(attachment).length > 0) draft.attached = attachment
    },
  }
}

/** Text, a list of texts, or an object that holds one. */
function textIn(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(textIn).join('')
  const within = object(value)
  return string(within?.text) || string(within?.value)
}

const finishes: Record<string, Finish> = {
  stop: 'stop',
  eos: 'stop',
  end_turn: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  content_filter: 'content_filter',
  safety: 'content_filter',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  tool_use: 'tool_calls',
}

function toUsage(usage: Record<string, unknown>): ModelUsage | null {
  const inputTokens = tokens(usage.prompt_tokens)
  const counted = tokens(usage.completion_tokens)
  if (inputTokens === undefined || counted === undefined) return null
  // Thought that stands in no field of its own is billed all the same.
  const hidden = Math.max(0, (tokens(usage.total_tokens) ?? 0) - inputTokens - counted)
  const cached = tokens(object(usage.prompt_tokens_details)?.cached_tokens) ?? tokens(usage.prompt_cache_hit_tokens) ?? 0
  const thought = tokens(object(usage.completion_tokens_details)?.reasoning_tokens) ?? 0
  return {
    inputTokens,
    outputTokens: counted + hidden,
    cachedInputTokens: Math.min(cached, inputTokens),
    cacheWriteTokens: 0,
    reasoningTokens: hidden > 0 ? hidden + Math.min(thought, counted) : thought,
  }
}
