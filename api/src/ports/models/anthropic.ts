import { parseObject } from '#lib/parse-object.ts'
import type { Draft, OpenCall } from './answer-draft.ts'
import { type Codec, type Decoder, list, object, string, tokens } from './codec.ts'
import type { Dialect, Finish, ModelMessage, ModelRequest, ModelTool, Provider } from './index.ts'
import { asTurns } from './turns.ts'
import { anthropicFormat, anthropicWishes } from './wishes.ts'

type Block = Record<string, unknown>

const version = '2023-06-01'
/** The protocol demands a limit. */
const outputTokensDefault = 4096
const thinkingTokensMin = 1024
const thinkingShare = { low: 0.25, medium: 0.5, high: 0.75 } as const
/** The rules and the tools come again in each call: they are read from the provider's cache, and so is all up to the newest message. */
const cached = { cache_control: { type: 'ephemeral' } }

/** Anthropic's messages. */
export function anthropicCodec({ baseUrl, apiKey }: Provider, model: string, to: string): Codec {
  const root = baseUrl.endsWith('/v1') ? baseUrl : `${baseUrl}/v1`
  return {
    url: `${root}/messages`,
    headers: { 'anthropic-version': version, ...(apiKey !== '' && { 'x-api-key': apiKey }) },
    encode(request, dialect) {
      const { outputTokensMax = outputTokensDefault, tools } = request
      const turns = asTurns(request.messages, { ...dialect, alternateRoles: true })
      const system = turns.flatMap((message) => (message.role === 'system' ? [message.text] : [])).join('\n\n')
      const offered = dialect.tools ? tools.slice(0, dialect.toolsMax) : []
      const { output_config: effort, ...thinking } = thinkingOf(request, dialect, to)
      const output = { ...effort, ...anthropicFormat(request) }
      return JSON.stringify({
        model,
        max_tokens: outputTokensMax,
        stream: true,
        ...(system !== '' && { system: [{ type: 'text', text: system, ...cached }] }),
        messages: toMessages(turns, to, dialect.attached),
        ...(offered.length > 0 && { tools: offered.map(toTool) }),
        ...anthropicWishes(request, dialect, 'thinking' in thinking),
        ...thinking,
        ...(Object.keys(output).length > 0 && { output_config: output }),
      })
    },
    decoder,
  }
}

const toTool = ({ name, description, parameters }: ModelTool) => ({ name, description, input_schema: parameters })

/** No thinking where the turn under way was begun without: the provider wants its thought before each call. */
function thinkingOf(
  { effort, outputTokensMax = outputTokensDefault, messages }: ModelRequest,
  dialect: Dialect,
  to: string,
): { thinking?: object; output_config?: object } {
  if (!effort || !dialect.reasoning) return {}
  const asked = messages.findLastIndex(({ role }) => role === 'user')
  const isWhole = messages.slice(asked + 1).every((message) => message.role !== 'assistant' || message.attached?.to === to)
  if (!isWhole) return {}
  if (dialect.thinking === 'adaptive') return { thinking: { type: 'adaptive' }, output_config: { effort } }
  const budget = Math.floor(outputTokensMax * thinkingShare[effort])
  return budget < thinkingTokensMin ? {} : { thinking: { type: 'enabled', budget_tokens: budget } }
}

/** Results of tools are the person's turn here. */
function toMessages(turns: readonly ModelMessage[], to: string, sendsAttached: boolean): object[] {
  const messages: { role: string; content: Block[] }[] = []
  for (const message of turns) {
    if (message.role === 'system') continue
    const role = message.role === 'assistant' ? 'assistant' : 'user'
    const content = blocksOf(message, to, sendsAttached)
    const last = messages.at(-1)
    if (content.length === 0) continue
    if (last?.role === role) last.content.push(...content)
    else messages.push({ role, content })
  }
  const newest = messages.at(-1)?.content.at(-1)
  if (newest && (newest.type === 'text' || newest.type === 'tool_result')) Object.assign(newest, cached)
  return messages
}

function blocksOf(message: Exclude<ModelMessage, { role: 'system' }>, to: string, sendsAttached: boolean): Block[] {
  if (message.role === 'tool') return [{ type: 'tool_result', tool_use_id: message.callId, content: message.text || '(nothing)' }]
  // A text without a word is refused.
  const text: Block[] = message.text.trim() === '' ? [] : [{ type: 'text', text: message.text }]
  if (message.role === 'user') {
    const images = (message.images ?? []).map(({ mediaType, base64 }) => ({
      type: 'image',
      source: { type: 'base64', media_type: mediaType, data: base64 },
    }))
    return [...images, ...(text.length > 0 || images.length > 0 ? text : [{ type: 'text', text: '(nothing)' }])]
  }
  const uses = new Map(message.calls.map(({ id, name, args }) => [id, { type: 'tool_use', id, name, input: args }]))
  if (message.attached?.to !== to || !sendsAttached) return [...text, ...uses.values()]
  // A block goes back as it came, but with the arguments that count: a person may have changed them.
  return list(message.attached.value).flatMap((one) => {
    const block = object(one) ?? {}
    const use = block.type === 'tool_use' ? uses.get(string(block.id)) : undefined
    return block.type === 'tool_use' && !use ? [] : [{ ...block, ...use }]
  })
}

function decoder(draft: Draft): Decoder {
  const blocks: Block[] = []
  const calls = new Map<number, OpenCall>()
  const usage: Record<string, unknown> = {}
  let isDone = false

  function begin(index: number, given: Block): void {
    const block = { ...given }
    blocks[index] = block
    if (block.type === 'text' && string(block.text) !== '') draft.addText(string(block.text))
    else if (block.type === 'thinking' && string(block.thinking) !== '') draft.addReasoning(string(block.thinking))
    else if (block.type === 'tool_use') {
      const call = draft.beginCall(string(block.id), string(block.name))
      calls.set(index, call)
      const input = object(block.input)
      if (input && Object.keys(input).length > 0) draft.addArgs(call, JSON.stringify(input))
    } else if (!['text', 'thinking', 'redacted_thinking'].includes(string(block.type))) draft.sawUnknown(string(block.type))
  }

  function change(index: number, delta: Block): void {
    const type = string(delta.type)
    // Some leave out what begins a block.
    if (!blocks[index]) begin(index, { type: type === 'thinking_delta' ? 'thinking' : 'text' })
    const block = blocks[index]!
    if (type === 'text_delta') {
      block.text = string(block.text) + string(delta.text)
      draft.addText(string(delta.text))
    } else if (type === 'thinking_delta') {
      block.thinking = string(block.thinking) + string(delta.thinking)
      draft.addReasoning(string(delta.thinking))
    } else if (type === 'signature_delta') block.signature = string(block.signature) + string(delta.signature)
    else if (type === 'input_json_delta') {
      const call = calls.get(index)
      if (call) draft.addArgs(call, string(delta.partial_json))
    } else if (type === 'citations_delta') block.citations = [...list(block.citations), delta.citation]
  }

  function count(given: unknown): void {
    const figures = object(given) ?? {}
    // Each figure is the whole so far: the last one counts.
    for (const key in figures) if (figures[key] !== null && figures[key] !== undefined) usage[key] = figures[key]
  }

  function ended(reason: unknown): void {
    if (string(reason) !== '') draft.end(finishes[string(reason)] ?? 'other')
  }

  function settle(): void {
    const uncached = tokens(usage.input_tokens)
    const outputTokens = tokens(usage.output_tokens)
    if (uncached === undefined || outputTokens === undefined) return
    const cachedInputTokens = tokens(usage.cache_read_input_tokens) ?? 0
    const cacheWriteTokens = tokens(usage.cache_creation_input_tokens) ?? 0
    const inputTokens = uncached + cachedInputTokens + cacheWriteTokens
    draft.usage = { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens: 0 }
  }

  return {
    add(value) {
      const index = tokens(value.index) ?? Math.max(0, blocks.length - 1)
      switch (value.type) {
        case 'message_start': {
          const message = object(value.message)
          draft.model ||= string(message?.model)
          return count(message?.usage)
        }
        case 'content_block_start':
          return begin(tokens(value.index) ?? blocks.length, object(value.content_block) ?? {})
        case 'content_block_delta':
          return change(index, object(value.delta) ?? {})
        case 'message_delta':
          count(value.usage)
          ended(object(value.delta)?.stop_reason)
          return settle()
        case 'message_stop':
          isDone = true
          return draft.markDone()
        case 'message':
          draft.model ||= string(value.model)
          count(value.usage)
          for (const [at, block] of list(value.content).entries()) begin(at, object(block) ?? {})
          ended(value.stop_reason)
          return settle()
      }
    },
    end() {
      if (isDone || draft.complete) settle()
      const whole = blocks.filter(Boolean)
      for (const [index, call] of calls) Object.assign(blocks[index]!, { id: call.id, input: parseObject(call.args) ?? {} })
      if (calls.size > 0) draft.attached = whole
    },
  }
}

const finishes: Record<string, Finish> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
}
