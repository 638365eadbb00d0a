import { json, named, type Reply, type Shape, stream } from './shape.ts'

type Block = { type: string; [field: string]: unknown }

const start = (usage: object = { input_tokens: 10, output_tokens: 1 }) =>
  named({ type: 'message_start', message: { model: 'claude', usage } } as Block)
const begin = (index: number, content_block: Block) => named({ type: 'content_block_start', index, content_block } as Block)
const delta = (index: number, change: Block) => named({ type: 'content_block_delta', index, delta: change } as Block)
const stop = (index: number) => named({ type: 'content_block_stop', index } as Block)
const end = (stop_reason: string | null = 'end_turn', usage: object = { output_tokens: 5 }) =>
  named({ type: 'message_delta', delta: { stop_reason }, usage } as Block) + named({ type: 'message_stop' })
const ping = named({ type: 'ping' })
const text = (index: number, words: string) =>
  begin(index, { type: 'text', text: '' }) + delta(index, { type: 'text_delta', text: words }) + stop(index)
const thinking = (index: number) =>
  begin(index, { type: 'thinking', thinking: '', signature: '' }) +
  delta(index, { type: 'thinking_delta', thinking: 'Six by nine.' }) +
  delta(index, { type: 'signature_delta', signature: 'SIG' }) +
  stop(index)
const use = (index: number, id: string, ...pieces: string[]) =>
  begin(index, { type: 'tool_use', id, name: 'look', input: {} }) +
  pieces.map((partial_json) => delta(index, { type: 'input_json_delta', partial_json })).join('') +
  stop(index)
const refusal = (status: number, type: string, message: string, headers: Record<string, string> = {}): Reply =>
  json({ type: 'error', error: { type, message } }, status, headers)

const right = { text: 'The answer is 42.', used: { in: 10, out: 5 } }
const saying = text(0, 'The answer is 42.')
const [one, two] = [
  { name: 'look', args: { a: 1 } },
  { name: 'look', args: { a: 2 } },
]
const refused = { used: 'nothing', requests: 1 } as const

const shapes: Omit<Shape, 'kind'>[] = [
  { name: 'text', reply: stream(start(), saying, end()), becomes: { ...right, finish: 'stop' } },
  { name: 'pings between', reply: stream(start(), ping, saying, ping, end()), becomes: right },
  {
    name: 'text that stands in the block’s start',
    reply: stream(start(), begin(0, { type: 'text', text: 'The answer is 42.' }), end()),
    becomes: right,
  },
  { name: 'a delta without a start', reply: stream(start(), delta(0, { type: 'text_delta', text: 'The answer is 42.' }), end()), becomes: right },
  { name: 'two texts', reply: stream(start(), text(0, 'The answer '), text(1, 'is 42.'), end()), becomes: right },
  {
    name: 'thinking and a signature',
    reply: stream(start(), thinking(0), text(1, 'The answer is 42.'), end()),
    becomes: { ...right, reasoning: 'Six by nine.' },
  },
  {
    name: 'redacted thinking',
    reply: stream(start(), begin(0, { type: 'redacted_thinking', data: 'R' }), text(1, 'The answer is 42.'), end()),
    becomes: { ...right, reasoning: '' },
  },
  {
    name: 'two calls',
    reply: stream(start(), use(0, 'a', '{"a"', ':1}'), use(1, 'b', '{"a":2}'), end('tool_use')),
    becomes: { calls: [one, two], finish: 'tool_calls' },
  },
  { name: 'a call without arguments', reply: stream(start(), use(0, 'a'), end('tool_use')), becomes: { calls: [{ name: 'look', args: {} }] } },
  {
    name: 'a call whose input stands in its start',
    reply: stream(start(), begin(0, { type: 'tool_use', id: 'a', name: 'look', input: { a: 1 } }), end('tool_use')),
    becomes: { calls: [one] },
  },
  {
    name: 'a call cut for its length',
    reply: stream(start(), use(0, 'a', '{"a"'), end('max_tokens')),
    becomes: { fails: 'upstream_failed.call_broke_off', used: 'estimate' },
  },
  { name: 'a limit reached', reply: stream(start(), saying, end('max_tokens')), becomes: { ...right, finish: 'length' } },
  { name: 'a refusal with text', reply: stream(start(), saying, end('refusal')), becomes: { ...right, finish: 'content_filter' } },
  {
    name: 'a refusal without text',
    reply: stream(start(), end('refusal')),
    becomes: { fails: 'content_filtered.answer', used: right.used, requests: 1 },
  },
  { name: 'a reason that nobody knows', reply: stream(start(), saying, end('tired')), becomes: { ...right, finish: 'other' } },
  { name: 'no reason', reply: stream(start(), saying, end(null)), becomes: right },
  { name: 'no end', reply: stream(start(), saying), becomes: { fails: 'upstream_failed.broke_off', used: 'estimate', requests: 1 } },
  { name: 'left open after its end', reply: { ...stream(start(), saying, end()), after: 'open' }, becomes: right },
  {
    name: 'a block that nobody knows beside text',
    reply: stream(start(), begin(0, { type: 'hologram' }), text(1, 'The answer is 42.'), end()),
    becomes: right,
  },
  {
    name: 'a block that nobody knows alone',
    reply: stream(start(), begin(0, { type: 'hologram' }), end()),
    becomes: { fails: 'upstream_failed.unknown_content', used: 'estimate' },
  },
  {
    name: 'usage that counts on',
    reply: stream(start({ input_tokens: 10, output_tokens: 1 }), saying, end('end_turn', { input_tokens: 10, output_tokens: 5 })),
    becomes: right,
  },
  {
    name: 'usage of its cache',
    reply: stream(start({ input_tokens: 10, cache_read_input_tokens: 40, cache_creation_input_tokens: 50, output_tokens: 1 }), saying, end()),
    becomes: { text: right.text, used: { in: 100, out: 5, cached: 40, written: 50 } },
  },
  { name: 'no usage', reply: stream(start({}), saying, end('end_turn', {})), becomes: { text: right.text, used: 'estimate' } },
  {
    name: 'a JSON answer',
    reply: json({
      type: 'message',
      model: 'claude',
      content: [
        { type: 'text', text: 'The answer is 42.' },
        { type: 'tool_use', id: 'a', name: 'look', input: { a: 1 } },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 10, output_tokens: 5 },
    }),
    becomes: { ...right, calls: [one] },
  },
  {
    name: 'a request that is too large',
    reply: refusal(413, 'request_too_large', 'Request exceeds the maximum allowed number of bytes.'),
    becomes: { fails: 'context_too_long', status: 413, ...refused },
  },
  {
    name: '529 overloaded',
    reply: refusal(529, 'overloaded_error', 'Overloaded'),
    becomes: { fails: 'upstream_failed.status', used: 'nothing', requests: 3 },
  },
  {
    name: 'overloaded as the first event',
    reply: stream(named({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } } as Block)),
    becomes: { fails: 'upstream_failed.status', used: 'nothing', requests: 3 },
  },
  {
    name: 'overloaded in the middle',
    reply: stream(start(), saying, named({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } } as Block)),
    becomes: { fails: 'upstream_failed.in_answer', used: 'estimate', requests: 1 },
  },
  {
    name: 'a credit that is used up',
    reply: refusal(400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'),
    becomes: { fails: 'provider_quota', ...refused },
  },
  {
    name: 'a prompt that is too long',
    reply: refusal(400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'),
    becomes: { fails: 'context_too_long', ...refused },
  },
  { name: 'a wrong key', reply: refusal(401, 'authentication_error', 'invalid x-api-key'), becomes: { fails: 'upstream_rejected.key', ...refused } },
  {
    name: 'thinking asked for in the older way',
    model: 'claude-x',
    dialect: { reasoning: true },
    effort: 'high',
    reply: (body) =>
      (body.thinking as { type?: string } | undefined)?.type === 'enabled'
        ? refusal(400, 'invalid_request_error', '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive".')
        : stream(start(), saying, end()),
    becomes: { ...right, requests: 2 },
  },
  {
    name: 'turns that failed before',
    messages: [
      { role: 'user', text: 'First?' },
      { role: 'user', text: 'Second?' },
    ],
    reply: (body) =>
      (body.messages as unknown[]).length > 1 ? refusal(400, 'invalid_request_error', 'roles must alternate') : stream(start(), saying, end()),
    becomes: { ...right, requests: 1 },
  },
]

export const anthropicShapes: Shape[] = shapes.map((shape) => ({
  model: 'claude-sonnet-4-5',
  ...shape,
  kind: 'anthropic',
  name: `Anthropic: ${shape.name}`,
}))
