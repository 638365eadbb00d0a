import { chunk } from './openai-chunks.ts'
import { data, json, type Reply, type Shape, stream } from './shape.ts'

const counted = { prompt_tokens: 10, completion_tokens: 5 }
const answer = stream(chunk({ content: 'The answer is 42.' }), chunk({}, 'stop', { usage: counted }), 'data: [DONE]\n\n')
const right = { text: 'The answer is 42.', used: { in: 10, out: 5 } }
const error = (status: number, message: string, more: object = {}, headers: Record<string, string> = {}) =>
  json({ error: { message, type: 'invalid_request_error', param: null, code: null, ...more } }, status, headers)

type Body = Record<string, unknown>
type Role = { role: string; content: unknown }
const roles = (body: Body) => (body.messages as Role[]).map(({ role }) => role)
/** Refuses as long as the request is of that kind, as a strict server does. */
const unless = (isFaulty: (body: Body) => boolean, refusal: Reply) => (body: Body) => (isFaulty(body) ? refusal : answer)
const twoInARow = (body: Body) => roles(body).some((role, at, all) => role !== 'tool' && role === all[at - 1])
const afterAFailure: Shape['messages'] = [
  { role: 'system', text: 'Be brief.' },
  { role: 'user', text: 'First?' },
  { role: 'user', text: 'Second?' },
]
const withCalls: Shape['messages'] = [
  { role: 'user', text: 'Look.' },
  { role: 'assistant', text: '', calls: [{ id: 'a', name: 'look', args: { a: 1 } }] },
  { role: 'tool', callId: 'a', text: 'Nothing.' },
]

const nineLetters = json(
  { object: 'error', message: 'Tool call id was a but must be a-z, A-Z, 0-9, with a length of 9.', type: 'invalid_request_error' },
  400,
)
/** Those of the calls, and those that results name: a result that names no call is refused too. */
function hasOtherIds(body: Body): boolean {
  const messages = body.messages as { tool_calls?: { id: string }[]; tool_call_id?: string }[]
  const made = messages.flatMap(({ tool_calls = [] }) => tool_calls.map(({ id }) => id))
  const named = messages.flatMap(({ tool_call_id: id }) => id ?? [])
  return [...made, ...named].some((id) => !/^[a-zA-Z0-9]{9}$/.test(id)) || named.some((id) => !made.includes(id))
}

/** Parameters that some refuse: learned from, with one more request. */
const learned: Shape[] = [
  [
    'temperature',
    'm',
    (body: Body) => 'temperature' in body,
    error(400, "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.", {
      param: 'temperature',
      code: 'unsupported_value',
    }),
  ],
  [
    'max_tokens',
    'gpt-4o',
    (body: Body) => 'max_tokens' in body,
    error(400, "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", { param: 'max_tokens' }),
  ],
  [
    'max_completion_tokens',
    'gpt-5',
    (body: Body) => 'max_completion_tokens' in body,
    error(400, 'Unrecognized request argument supplied: max_completion_tokens'),
  ],
  [
    'stream_options',
    'm',
    (body: Body) => 'stream_options' in body,
    json({ detail: [{ loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' }] }, 422),
  ],
  ['tools (Ollama)', 'm', (body: Body) => 'tools' in body, json({ error: { message: 'registry.ollama.ai/library/m does not support tools' } }, 400)],
  ['tools (OpenRouter)', 'm', (body: Body) => 'tools' in body, error(404, 'No endpoints found that support tool use.')],
  [
    'tools (vLLM)',
    'm',
    (body: Body) => 'tools' in body,
    error(400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
  ],
  ['the system role', 'm', (body: Body) => roles(body).includes('system'), error(400, 'System role not supported')],
  [
    'the developer role',
    'gpt-5',
    (body: Body) => roles(body).includes('developer'),
    error(400, "Unexpected role 'developer': role must be one of system, user"),
  ],
  [
    'the system role, wanting developer',
    'm',
    (body: Body) => !roles(body).includes('developer'),
    error(400, "'messages[0].role' does not support 'system' with this model. Use 'developer' instead."),
  ],
  ['reasoning_effort', 'gpt-5', (body: Body) => 'reasoning_effort' in body, error(400, 'Unrecognized request argument supplied: reasoning_effort')],
].map(([name, model, isFaulty, refusal]) => ({
  name: `a refusal of ${name as string}`,
  model: model as string,
  effort: 'low',
  wishes: { temperature: 0.5 },
  messages: [
    { role: 'system', text: 'Be brief.' },
    { role: 'user', text: 'What is it?' },
  ],
  reply: unless(isFaulty as (body: Body) => boolean, refusal as Reply),
  becomes: { ...right, requests: 2 },
}))

/** What is right from the first request on. */
const known: Shape[] = [
  {
    name: 'a template that wants alternating roles, after a failed answer',
    messages: afterAFailure,
    reply: unless(twoInARow, error(500, 'Conversation roles must alternate user/assistant')),
    becomes: { ...right, requests: 1 },
  },
  {
    name: 'alternating roles that the table forbids to join, learned',
    dialect: { alternateRoles: false },
    messages: afterAFailure,
    reply: unless(twoInARow, error(400, 'Conversation roles must alternate user/assistant/user/assistant/...')),
    becomes: { ...right, requests: 2 },
  },
  {
    name: 'a conversation that begins with the assistant',
    messages: [
      { role: 'assistant', text: 'Summary.', calls: [] },
      { role: 'user', text: 'And?' },
    ],
    reply: unless((body) => roles(body)[0] === 'assistant', error(400, 'First message must be from user')),
    becomes: { ...right, requests: 1 },
  },
  {
    name: 'o-series behind another host',
    model: 'openai/o3-mini',
    reply: unless((body) => 'max_tokens' in body, error(400, 'Use max_completion_tokens instead of max_tokens')),
    becomes: { ...right, requests: 1 },
  },
  {
    name: 'gemma, without a system role and tools',
    model: 'gemma-3-27b-it',
    messages: afterAFailure,
    reply: unless((body) => roles(body).includes('system') || 'tools' in body, error(400, 'System role not supported')),
    becomes: { ...right, requests: 1 },
  },
  {
    name: 'a table that says: no limit, no usage',
    dialect: { maxTokens: 'none', streamUsage: false },
    reply: unless((body) => 'max_tokens' in body || 'stream_options' in body, error(400, 'no')),
    becomes: { ...right, requests: 1 },
  },
  {
    name: 'a table that says: no tools; earlier calls are words',
    dialect: { tools: false },
    messages: withCalls,
    reply: unless((body) => roles(body).includes('tool') || 'tools' in body || JSON.stringify(body).includes('tool_calls'), error(400, 'no tools')),
    becomes: { ...right, requests: 1 },
  },
  {
    name: 'ids of calls in nine letters (Mistral), whoever made them',
    model: 'mistralai/mistral-large-2411',
    messages: withCalls,
    reply: unless(hasOtherIds, nineLetters),
    becomes: { ...right, requests: 1 },
  },
  {
    name: 'ids of calls in nine letters, learned from the refusal',
    messages: withCalls,
    reply: unless(hasOtherIds, nineLetters),
    becomes: { ...right, requests: 2 },
  },
  {
    name: 'more than 128 tools',
    tools: 140,
    reply: unless(
      (body) => (body.tools as unknown[]).length > 128,
      error(400, "Invalid 'tools': array too long. Expected an array with maximum length 128"),
    ),
    becomes: { ...right, requests: 1 },
  },
  {
    name: 'an image for a model that sees',
    model: 'gpt-4o',
    messages: [{ role: 'user', text: 'What is it?', images: [{ mediaType: 'image/png', base64: 'AAAA' }] }],
    reply: unless((body) => !JSON.stringify(body).includes('data:image/png;base64,AAAA'), error(400, 'no image')),
    becomes: right,
  },
  {
    name: 'an image for a model that does not',
    messages: [{ role: 'user', text: 'What is it?', images: [{ mediaType: 'image/png', base64: 'AAAA' }] }],
    reply: answer,
    becomes: { fails: 'invalid_request.images', used: 'nothing', requests: 0 },
  },
  {
    name: 'an image that the table allows',
    dialect: { images: true },
    messages: [{ role: 'user', text: 'What is it?', images: [{ mediaType: 'image/png', base64: 'AAAA' }] }],
    reply: answer,
    becomes: right,
  },
]

const refused = { used: 'nothing', requests: 1 } as const
const errors: Shape[] = [
  { name: '400 that names nothing', reply: error(400, 'Something is wrong'), becomes: { fails: 'upstream_rejected.request', ...refused } },
  {
    name: '400 for a tool’s schema, which is no lesson',
    reply: error(400, "Invalid schema for function 'look': tools[0].parameters is not valid"),
    becomes: { fails: 'upstream_rejected.request', ...refused },
  },
  {
    name: 'a parameter refused whatever is done',
    reply: error(400, 'Unsupported parameter: max_tokens'),
    becomes: { fails: 'upstream_rejected.request', used: 'nothing', requests: 2 },
  },
  {
    name: '401',
    reply: error(401, 'Incorrect API key provided: sk-test-abcdefgh'),
    becomes: { fails: 'upstream_rejected.key', status: 401, ...refused },
  },
  { name: '403', reply: error(403, 'Not allowed'), becomes: { fails: 'upstream_rejected.key', status: 403, ...refused } },
  {
    name: '404',
    reply: error(404, 'The model does not exist', { code: 'model_not_found' }),
    becomes: { fails: 'upstream_rejected.model', ...refused },
  },
  {
    name: '301',
    reply: { status: 301, headers: { location: 'https://elsewhere.example' }, parts: [] },
    becomes: { fails: 'upstream_rejected.address', ...refused },
  },
  { name: '402', reply: error(402, 'Insufficient Balance'), becomes: { fails: 'provider_quota', ...refused } },
  {
    name: '429 with insufficient_quota',
    reply: error(429, 'You exceeded your current quota', { code: 'insufficient_quota' }),
    becomes: { fails: 'provider_quota', ...refused },
  },
  {
    name: '429 for ever, to come back in a second',
    reply: error(429, 'Slow down', {}, { 'retry-after': '1' }),
    becomes: { fails: 'upstream_failed.busy', retryAfterSeconds: 1, used: 'nothing', requests: 3 },
  },
  {
    name: '429 once, to come back in a second',
    reply: (_body, index) => (index === 0 ? error(429, 'Slow down', {}, { 'retry-after': '1' }) : answer),
    becomes: { ...right, requests: 2 },
  },
  {
    name: '429 once, in milliseconds',
    reply: (_body, index) => (index === 0 ? error(429, 'Slow down', {}, { 'retry-after-ms': '300' }) : answer),
    becomes: { ...right, requests: 2 },
  },
  {
    name: '429, to come back in an hour: fails at once',
    reply: error(429, 'Slow down', {}, { 'retry-after': '3600' }),
    becomes: { fails: 'upstream_failed.busy', retryAfterSeconds: 3600, ...refused },
  },
  {
    name: '429 without a word',
    reply: { status: 429, parts: [], headers: {} },
    becomes: { fails: 'upstream_failed.busy', used: 'nothing', requests: 3 },
  },
  { name: '500 once', reply: (_body, index) => (index === 0 ? error(500, 'Oops') : answer), becomes: { ...right, requests: 2 } },
  {
    name: '429 once, to come back at a time of day',
    reply: (_body, index) => (index === 0 ? error(429, 'Slow down', {}, { 'retry-after': new Date(Date.now() + 1000).toUTCString() }) : answer),
    becomes: { ...right, requests: 2 },
  },
  {
    name: '503 while the model is loaded (llama.cpp)',
    reply: (_body, index) => (index === 0 ? json({ error: { code: 503, message: 'Loading model', type: 'unavailable_error' } }, 503) : answer),
    becomes: { ...right, requests: 2 },
  },
  {
    name: '404 in words for a model that is not there (Ollama)',
    reply: json({ error: "model 'm' not found" }, 404),
    becomes: { fails: 'upstream_rejected.model', status: 404, ...refused },
  },
  { name: '503 for ever', reply: error(503, 'Overloaded'), becomes: { fails: 'upstream_failed.status', status: 503, used: 'nothing', requests: 3 } },
  {
    name: '503, to come back in five minutes: fails at once',
    reply: error(503, 'Maintenance', {}, { 'retry-after': '300' }),
    becomes: { fails: 'upstream_failed.status', retryAfterSeconds: 300, ...refused },
  },
  {
    name: '502 with HTML',
    reply: { status: 502, headers: { 'content-type': 'text/html' }, parts: ['<html>Bad gateway</html>'] },
    becomes: { fails: 'upstream_failed.status', used: 'nothing', requests: 3 },
  },
  {
    name: 'context_length_exceeded',
    reply: error(400, "This model's maximum context length is 8192 tokens", { code: 'context_length_exceeded' }),
    becomes: { fails: 'context_too_long', ...refused },
  },
  {
    name: 'a context that is too long (llama.cpp)',
    reply: error(400, 'the request exceeds the available context size', { type: 'exceed_context_size_error' }),
    becomes: { fails: 'context_too_long', ...refused },
  },
  { name: '413', reply: error(413, 'Payload too large'), becomes: { fails: 'context_too_long', ...refused } },
  {
    name: 'a question that the filter refuses (Azure)',
    kind: 'azure',
    reply: error(400, "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", { code: 'content_filter' }),
    becomes: { fails: 'content_filtered.question', ...refused },
  },
  {
    name: 'an error as the first event',
    reply: stream(data({ error: { message: 'Overloaded', type: 'overloaded_error' } })),
    becomes: { fails: 'upstream_failed.status', used: 'nothing', requests: 3 },
  },
  {
    name: 'an error as the first event, with its status',
    reply: stream(data({ error: { message: 'No credit', code: 402 } })),
    becomes: { fails: 'provider_quota', ...refused },
  },
  {
    name: 'an error as the first event that says nothing',
    reply: stream(data({ error: { message: 'Oops' } })),
    becomes: { fails: 'upstream_failed.in_answer', used: 'nothing', requests: 3 },
  },
  {
    name: 'an error in words',
    reply: stream('event: error\ndata: upstream went away\n\n'),
    becomes: { fails: 'upstream_failed.in_answer', used: 'nothing', requests: 3 },
  },
  {
    name: 'an error in the middle',
    reply: stream(chunk({ content: 'The' }), data({ error: { message: 'Oops', code: 500 } })),
    becomes: { fails: 'upstream_failed.in_answer', used: 'estimate', requests: 1 },
  },
  {
    name: 'an error with status 200, as JSON',
    reply: json({ error: { message: 'Rate limit reached', type: 'rate_limit_error' } }),
    becomes: { fails: 'upstream_failed.busy', used: 'nothing', requests: 3 },
  },
]

const azure: Shape[] = [
  {
    name: 'Azure, whose first chunk is about filters',
    kind: 'azure',
    reply: stream(
      data({ choices: [], prompt_filter_results: [{}] }),
      chunk({ content: 'The answer is 42.' }),
      chunk({}, 'stop', { usage: counted }),
      'data: [DONE]\n\n',
    ),
    becomes: right,
  },
]

export const refusalShapes: Shape[] = [...learned, ...known, ...errors, ...azure]
