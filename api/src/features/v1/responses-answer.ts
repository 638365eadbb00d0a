import type { SseEvent } from '#http/sse.ts'
import type { Frame, Whole } from './chat-answer.ts'
import type { Delta } from './delta-queue.ts'
import { itemId } from './item-ids.ts'
import type { ResponsesBody } from './responses-request.ts'

type Item = { type: 'message'; id: string; text: string } | { type: 'function_call'; id: string; callId: string; name: string; args: string }

/** One answer as OpenAI's responses have it: the events of its stream, and the whole, made of the same items. */
export function createResponse(frame: Frame, body: ResponsesBody) {
  const items: Item[] = []
  let open: Item | null = null
  let sequence = 0

  const event = (type: string, fields: object): SseEvent => ({ name: type, data: JSON.stringify({ type, ...fields, sequence_number: sequence++ }) })
  const idOf = (kind: 'msg' | 'fc') => itemId(kind, frame.id, items.length)
  const at = (item: Item) => ({ item_id: item.id, output_index: items.indexOf(item) })

  function begin(item: Item): SseEvent[] {
    const ended = close()
    items.push(item)
    open = item
    const added = event('response.output_item.added', { output_index: items.length - 1, item: itemJson(item, 'in_progress') })
    if (item.type === 'function_call') return [...ended, added]
    return [...ended, added, event('response.content_part.added', { ...at(item), content_index: 0, part: partJson('') })]
  }

  function close(): SseEvent[] {
    const item = open
    if (!item) return []
    open = null
    const done = () => event('response.output_item.done', { output_index: items.indexOf(item), item: itemJson(item, 'completed') })
    if (item.type === 'function_call') {
      return [event('response.function_call_arguments.done', { ...at(item), name: item.name, arguments: item.args }), done()]
    }
    return [
      event('response.output_text.done', { ...at(item), content_index: 0, text: item.text, logprobs: [] }),
      event('response.content_part.done', { ...at(item), content_index: 0, part: partJson(item.text) }),
      done(),
    ]
  }

  function add(delta: Delta): SseEvent[] {
    // Thought is no part of what is answered here.
    if (delta.type === 'reasoning') return []
    if (delta.type === 'call') return begin({ type: 'function_call', id: idOf('fc'), callId: delta.id, name: delta.name, args: '' })
    if (delta.type === 'args') {
      const item = items.find((one) => one.type === 'function_call' && one.callId === delta.id)
      if (item?.type !== 'function_call') return []
      item.args += delta.delta
      return [event('response.function_call_arguments.delta', { ...at(item), delta: delta.delta })]
    }
    const begun = open?.type === 'message' ? [] : begin({ type: 'message', id: idOf('msg'), text: '' })
    const item = items.at(-1)!
    if (item.type === 'message') item.text += delta.delta
    return [...begun, event('response.output_text.delta', { ...at(item), content_index: 0, delta: delta.delta, logprobs: [] })]
  }

  /** The object, with what is known by now. */
  function response(whole?: Whole): object {
    const { id, created, model, conversation } = frame
    const cut = whole && cuts[whole.finishReason]
    return {
      id,
      object: 'response',
      access_programs: null,
      created_at: created,
      ...(whole && !cut && { completed_at: Math.floor(Date.now() / 1000) }),
      status: whole ? (cut ? 'incomplete' : 'completed') : 'in_progress',
      background: false,
      error: null,
      incomplete_details: cut ? { reason: cut } : null,
      instructions: body.instructions ?? null,
      max_output_tokens: body.max_output_tokens ?? null,
      model,
      output: whole ? items.map((item) => itemJson(item, 'completed')) : [],
      parallel_tool_calls: body.parallel_tool_calls ?? true,
      previous_response_id: body.previous_response_id ?? null,
      reasoning: { effort: body.reasoning?.effort ?? null, summary: null },
      store: body.store ?? false,
      temperature: body.temperature ?? 1,
      text: { format: body.text?.format ?? { type: 'text' } },
      tool_choice: body.tool_choice ?? 'auto',
      tools: (body.tools ?? []).map((tool) => ({ ...tool, parameters: tool.parameters ?? null, strict: tool.strict ?? false })),
      top_p: body.top_p ?? 1,
      truncation: 'disabled',
      metadata: body.metadata ?? {},
      ...(conversation !== undefined && { conversation: { id: conversation } }),
      ...(whole && { usage: usageOf(whole), receipt: whole.receipt }),
    }
  }

  return {
    /** The same object that ends a stream. */
    object: (whole: Whole): object => response(whole),
    begin: () => [event('response.created', { response: response() }), event('response.in_progress', { response: response() })],
    add,
    end(whole: Whole): SseEvent[] {
      const ended = close()
      return [...ended, event(cuts[whole.finishReason] ? 'response.incomplete' : 'response.completed', { response: response(whole) })]
    },
    failed: (error: object): SseEvent => event('error', { ...error, error }),
    /** All of it at once. */
    whole(whole: Whole): object {
      const { text, calls } = whole
      if (text !== '') add({ type: 'text', delta: text })
      for (const { id, name, args, malformed } of calls) {
        add({ type: 'call', id, name })
        add({ type: 'args', id, delta: malformed ?? JSON.stringify(args) })
      }
      return response(whole)
    },
  }
}

const cuts: Partial<Record<Whole['finishReason'], string>> = { length: 'max_output_tokens', content_filter: 'content_filter' }

const partJson = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] })

function itemJson(item: Item, status: 'in_progress' | 'completed'): object {
  const { type, id } = item
  if (item.type === 'function_call') return { id, type, status, call_id: item.callId, name: item.name, arguments: item.args }
  return { id, type, status, role: 'assistant', content: status === 'in_progress' ? [] : [partJson(item.text)] }
}

const usageOf = ({ used: { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } }: Whole) => ({
  input_tokens: inputTokens,
  input_tokens_details: { cached_tokens: cachedInputTokens, cache_write_tokens: cacheWriteTokens },
  output_tokens: outputTokens,
  output_tokens_details: { reasoning_tokens: reasoningTokens },
  total_tokens: inputTokens + outputTokens,
})
