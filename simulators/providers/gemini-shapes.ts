import { data, json, type Reply, type Shape, stream } from './shape.ts'

const counted = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 }
const event = (parts: object[], more: object = {}, candidate: object = {}) =>
  data({ modelVersion: 'gemini', candidates: [{ index: 0, content: { role: 'model', parts }, ...candidate }], ...more })
const end = (finishReason = 'STOP', usageMetadata: object = counted, parts: object[] = []) => event(parts, { usageMetadata }, { finishReason })
const refusal = (code: number, status: string, message: string, details: object[] = []): Reply =>
  json({ error: { code, status, message, details } }, code)

const right = { text: 'The answer is 42.', used: { in: 10, out: 5 } }
const saying = event([{ text: 'The answer ' }]) + event([{ text: 'is 42.' }])
const [one, two] = [
  { name: 'look', args: { a: 1 } },
  { name: 'look', args: { a: 2 } },
]
const call = (a: number, more: object = {}) => ({ functionCall: { name: 'look', args: { a } }, ...more })
const refused = { used: 'nothing', requests: 1 } as const

const shapes: Omit<Shape, 'kind'>[] = [
  { name: 'text', reply: stream(saying, end()), becomes: { ...right, finish: 'stop' } },
  {
    name: 'the reason beside the last text',
    reply: stream(event([{ text: 'The answer ' }]), end('STOP', counted, [{ text: 'is 42.' }])),
    becomes: right,
  },
  {
    name: 'thoughts',
    reply: stream(event([{ text: 'Six by nine.', thought: true }]), saying, end('STOP', { ...counted, thoughtsTokenCount: 7, totalTokenCount: 22 })),
    becomes: { text: right.text, reasoning: 'Six by nine.', used: { in: 10, out: 12, reasoning: 7 } },
  },
  {
    name: 'thoughts that only the total counts',
    reply: stream(saying, end('STOP', { ...counted, totalTokenCount: 22 })),
    becomes: { text: right.text, used: { in: 10, out: 12, reasoning: 7 } },
  },
  {
    name: 'cached tokens',
    reply: stream(saying, end('STOP', { ...counted, cachedContentTokenCount: 8 })),
    becomes: { text: right.text, used: { in: 10, out: 5, cached: 8 } },
  },
  {
    name: 'two calls in one event',
    reply: stream(event([call(1, { thoughtSignature: 'S' }), call(2)]), end()),
    becomes: { calls: [one, two], finish: 'tool_calls' },
  },
  { name: 'two calls in two events', reply: stream(event([call(1)]), event([call(2)]), end()), becomes: { calls: [one, two] } },
  {
    name: 'a call with an id',
    reply: stream(event([{ functionCall: { id: 'g1', name: 'look', args: { a: 1 } } }]), end()),
    becomes: { calls: [one] },
  },
  {
    name: 'a call without arguments',
    reply: stream(event([{ functionCall: { name: 'look' } }]), end()),
    becomes: { calls: [{ name: 'look', args: {} }] },
  },
  { name: 'a signature on an empty text', reply: stream(saying, event([{ text: '', thoughtSignature: 'S' }]), end()), becomes: right },
  { name: 'a limit reached', reply: stream(saying, end('MAX_TOKENS')), becomes: { ...right, finish: 'length' } },
  {
    name: 'a limit reached while it thought',
    reply: stream(event([{ text: 'Six', thought: true }]), end('MAX_TOKENS')),
    becomes: { fails: 'upstream_failed.cut_before_text', used: right.used, requests: 1 },
  },
  {
    name: 'an answer withheld for safety',
    reply: stream(end('SAFETY')),
    becomes: { fails: 'content_filtered.answer', used: right.used, requests: 1 },
  },
  { name: 'an answer withheld after some text', reply: stream(saying, end('RECITATION')), becomes: { ...right, finish: 'content_filter' } },
  {
    name: 'a question that is blocked',
    reply: stream(data({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 10, totalTokenCount: 10 } })),
    becomes: { fails: 'content_filtered.answer', used: { in: 10, out: 0 }, requests: 1 },
  },
  {
    name: 'a call that it could not write',
    reply: stream(end('MALFORMED_FUNCTION_CALL')),
    becomes: { fails: 'upstream_failed.call_invalid', used: 'estimate' },
  },
  { name: 'a reason that nobody knows', reply: stream(saying, end('TIRED')), becomes: { ...right, finish: 'other' } },
  {
    name: 'a part that nobody knows',
    reply: stream(event([{ hologram: {} }]), end()),
    becomes: { fails: 'upstream_failed.unknown_content', used: 'estimate' },
  },
  { name: 'no end', reply: stream(saying), becomes: { fails: 'upstream_failed.broke_off', used: 'estimate', requests: 1 } },
  { name: 'no usage', reply: stream(saying, event([], {}, { finishReason: 'STOP' })), becomes: { text: right.text, used: 'estimate' } },
  {
    name: 'a list of chunks as JSON',
    reply: json([
      { candidates: [{ content: { parts: [{ text: 'The answer ' }] } }] },
      { candidates: [{ content: { parts: [{ text: 'is 42.' }] }, finishReason: 'STOP' }], usageMetadata: counted },
    ]),
    becomes: right,
  },
  {
    name: 'too many requests, to come back',
    reply: (_body, index) =>
      index === 0
        ? refusal(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota', [
            { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '0.5s' },
          ])
        : stream(saying, end()),
    becomes: { ...right, requests: 2 },
  },
  {
    name: 'a quota that is used up',
    reply: refusal(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan and billing details.'),
    becomes: { fails: 'provider_quota', ...refused },
  },
  { name: 'a wrong key', reply: refusal(401, 'UNAUTHENTICATED', 'API key not valid'), becomes: { fails: 'upstream_rejected.key', ...refused } },
  {
    name: 'a prompt that is too long',
    reply: refusal(400, 'INVALID_ARGUMENT', 'The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).'),
    becomes: { fails: 'context_too_long', ...refused },
  },
  {
    name: 'an error in the middle',
    reply: stream(saying, data({ error: { code: 503, status: 'UNAVAILABLE', message: 'Overloaded' } })),
    becomes: { fails: 'upstream_failed.in_answer', used: 'estimate', requests: 1 },
  },
  {
    name: 'thoughts that a model refuses to be asked for',
    reply: (body) =>
      JSON.stringify(body).includes('thinkingConfig')
        ? refusal(400, 'INVALID_ARGUMENT', 'thinking_config is not supported by this model')
        : stream(saying, end()),
    becomes: { ...right, requests: 2 },
  },
]

export const geminiShapes: Shape[] = shapes.map((shape) => ({ model: 'gemini-2.5-flash', ...shape, kind: 'google', name: `Gemini: ${shape.name}` }))
