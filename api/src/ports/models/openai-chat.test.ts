import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { type Script, startScriptedModel } from '../../../../simulators/openai/scripted.ts'
import { createChatModel, openChatModels } from './chat-models.ts'
import type { ModelMessage, ModelRequest, ModelSink, Provider } from './index.ts'
import { ProviderError } from './provider-error.ts'

const apiKey = 'sk-test-0123456789abcdef'
const question: ModelMessage[] = [{ role: 'user', text: 'Hello?' }]
const isRetryable = ({ code, streamed }: ProviderError) => code !== 'upstream_rejected' && !streamed

async function modelOn(script: Script, options: Partial<Provider> = {}) {
  const server = await startScriptedModel(script)
  onTestFinished(() => server.close())
  const provider: Provider = { id: 'one', kind: 'openai', baseUrl: server.url, apiKey, firstTokenSeconds: 5, idleSeconds: 5, ...options }
  const model = createChatModel(provider, { id: 'scripted', provider: 'one', model: 'scripted', dialect: {} })
  const ask = (request: Partial<ModelRequest> = {}) => model.complete({ messages: question, tools: [], ...request })
  return { server, ask, sink: recordingSink() }
}

function recordingSink() {
  const told: string[] = []
  const sink: ModelSink = {
    text: (delta) => void told.push(delta),
    reasoning: (delta) => void told.push(`thought ${delta}`),
    toolCallStart: (id, name) => void told.push(`start ${id} ${name}`),
    toolCallArgs: (id, delta) => void told.push(`args ${id} ${delta}`),
  }
  return { ...sink, told }
}

const failureOf = async (promise: Promise<unknown>): Promise<ProviderError> => {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(ProviderError)
  return error as ProviderError
}

test('every delta reaches the sink, and the message is their sum', async () => {
  const { ask, server, sink } = await modelOn([
    { text: 'Grüße, 世界! 👩‍🚀', chunkSize: 2, usage: { prompt_tokens: 7, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 3 } } },
  ])
  const message = await ask({ sink })
  expect(sink.told.length).toBeGreaterThan(3)
  expect(sink.told.join('')).toBe('Grüße, 世界! 👩‍🚀')
  expect(message).toMatchObject({
    text: 'Grüße, 世界! 👩‍🚀',
    usage: { inputTokens: 7, outputTokens: 5, cachedInputTokens: 3, reasoningTokens: 0 },
    model: 'scripted',
    finishReason: 'stop',
  })
  expect(server.requests[0]).toMatchObject({
    headers: { authorization: `Bearer ${apiKey}` },
    body: { model: 'scripted', stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content: 'Hello?' }] },
  })
})

test('tool calls arrive whole, with their fragments told as they come', async () => {
  const toolCalls = [
    { id: 'a', name: 'add', arguments: { x: 1, y: 2 } },
    { id: 'b', name: 'now', arguments: '' },
  ]
  const { ask, sink } = await modelOn([{ toolCalls, text: 'Let me see.', chunkSize: 4 }])
  const message = await ask({ sink })
  expect(message.calls).toEqual([
    { id: 'a', name: 'add', args: { x: 1, y: 2 } },
    { id: 'b', name: 'now', args: {} },
  ])
  expect(sink.told.filter((line) => line.startsWith('start'))).toEqual(['start a add', 'start b now'])
  expect(
    sink.told
      .filter((line) => line.startsWith('args a'))
      .map((line) => line.slice(7))
      .join(''),
  ).toBe('{"x":1,"y":2}')
})

test('messages, calls, results and tools are sent in the shape of OpenAI', async () => {
  const { ask, server } = await modelOn([{ text: 'ok' }])
  const parameters = { type: 'object', properties: { x: { type: 'number' } }, required: ['x'] }
  const messages: ModelMessage[] = [
    { role: 'system', text: 'Be brief.' },
    { role: 'user', text: '2 + 3?' },
    { role: 'assistant', text: 'Let me add. ', calls: [{ id: 'a', name: 'add', args: { x: 2, y: 3 } }] },
    { role: 'tool', callId: 'a', text: '5' },
  ]
  await ask({ messages, tools: [{ name: 'add', description: 'Adds', parameters }], outputTokensMax: 77 })
  expect(server.requests[0]!.body).toEqual({
    model: 'scripted',
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 77,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: '2 + 3?' },
      {
        role: 'assistant',
        content: 'Let me add. ',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'add', arguments: '{"x":2,"y":3}' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: '5' },
    ],
    tools: [{ type: 'function', function: { name: 'add', description: 'Adds', parameters } }],
  })
})

test('a model is asked at its own provider, under its name there, in the dialect of the table', async () => {
  const [one, other] = [await modelOn([{ text: 'one' }]), await modelOn([{ text: 'other' }])]
  const models = openChatModels(
    [
      { id: 'one', kind: 'openai', baseUrl: one.server.url, apiKey: 'sk-one' },
      { id: 'other', kind: 'openai', baseUrl: other.server.url, apiKey: '', headers: { 'x-team': 'jarvis' } },
    ],
    [
      { id: 'a', provider: 'one', model: 'a', dialect: {} },
      { id: 'b', provider: 'other', model: 'b-2026', dialect: { maxTokens: 'max_completion_tokens', system: 'developer', streamUsage: false } },
    ],
  )
  const messages: ModelMessage[] = [{ role: 'system', text: 'Be brief.' }, ...question]
  for (const id of ['a', 'b']) await models.get(id)!.complete({ messages, tools: [], outputTokensMax: 9 })
  expect(one.server.requests[0]).toMatchObject({ headers: { authorization: 'Bearer sk-one' }, body: { model: 'a', max_tokens: 9 } })
  expect(other.server.requests[0]!.headers).not.toHaveProperty('authorization')
  expect(other.server.requests[0]!.headers).toHaveProperty('x-team', 'jarvis')
  expect(other.server.requests[0]!.body).toEqual({
    model: 'b-2026',
    stream: true,
    max_completion_tokens: 9,
    messages: [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: 'Hello?' },
    ],
  })
})

test.each([
  [400, 'upstream_rejected', false],
  [401, 'upstream_rejected', false],
  [403, 'upstream_rejected', false],
  [404, 'upstream_rejected', false],
  [429, 'upstream_failed', true],
  [500, 'upstream_failed', true],
  [503, 'upstream_failed', true],
])('status %i is %s, and its message holds nothing of what the provider said', async (status, code, retryable) => {
  const body = { error: { message: `Incorrect key ${apiKey}: secret detail ${'x'.repeat(1000)}` } }
  const { ask } = await modelOn([{ status, body, headers: { 'retry-after': '7' } }])
  const error = await failureOf(ask())
  expect(error.code).toBe(code)
  expect(isRetryable(error)).toBe(retryable)
  expect(error.message).toContain(`(${status})`)
  expect(error.message).not.toMatch(/secret|sk-/)
  const cause = (error.cause as Error).message
  expect(cause).toContain('secret detail')
  expect(cause).not.toContain(apiKey)
  expect(cause.length).toBeLessThanOrEqual(510)
  expect(error.retryAfterSeconds).toBe(retryable ? 7 : undefined)
})

test('a provider that cannot be reached is a failure that may be tried again', async () => {
  const { ask, server } = await modelOn([])
  await server.close()
  const error = await failureOf(ask())
  expect(error).toMatchObject({ code: 'upstream_failed', streamed: false })
  expect(isRetryable(error)).toBe(true)
})

test.each(['before-headers', 'before-first-token'] as const)(
  'silence %s ends at the first-token bound and lets go of the provider',
  async (stall) => {
    const { ask, server } = await modelOn([{ stall }], { firstTokenSeconds: 0.1 })
    const error = await failureOf(ask())
    expect(error).toMatchObject({ code: 'upstream_timeout', streamed: false })
    expect(isRetryable(error)).toBe(true)
    await server.disconnected()
    expect(server.openStreams()).toBe(0)
  },
)

test('silence in the middle ends at the bound between tokens and is not tried again', async () => {
  const { ask, server, sink } = await modelOn([{ stall: 'mid-stream', afterText: 'Once' }], { idleSeconds: 0.1 })
  const error = await failureOf(ask({ sink }))
  expect(error).toMatchObject({ code: 'upstream_timeout', streamed: true })
  expect(isRetryable(error)).toBe(false)
  expect(sink.told).toEqual(['Once'])
  await server.disconnected()
})

test('a slow answer is not an idle one', async () => {
  const { ask } = await modelOn([{ text: 'abcdefgh', chunkSize: 1, delayMs: 300, firstTokenDelayMs: 300 }], {
    firstTokenSeconds: 2,
    idleSeconds: 2,
  })
  expect((await ask()).text).toBe('abcdefgh')
})

test.each(['malformed-json', 'truncated', 'wrong-content-type', 'huge-line', 'error-event'] as const)(
  'an answer that is broken (%s) fails',
  async (breakSse) => {
    const { ask } = await modelOn([{ breakSse, afterText: 'Half' }])
    const error = await failureOf(ask())
    expect(error.code).toBe('upstream_failed')
    expect(error.streamed).toBe(breakSse !== 'wrong-content-type')
  },
)

test('an answer with a finish reason is whole without [DONE]', async () => {
  const { ask } = await modelOn([{ breakSse: 'no-done', afterText: 'All of it' }])
  expect((await ask()).text).toBe('All of it')
})

test.each(['truncated', 'no-done', 'malformed-json'] as const)('a truncated tool call never becomes a tool call (%s)', async (breakSse) => {
  const { ask } = await modelOn([{ breakSse, toolCall: { name: 'pay', arguments: { amount: 10_000 } } }])
  expect((await failureOf(ask())).code).toBe('upstream_failed')
})

test('a tool call that is cut off at the length limit never becomes a tool call', async () => {
  const { ask } = await modelOn([{ toolCalls: [{ name: 'pay', arguments: '{"amount": 1' }], finishReason: 'length' }])
  expect((await failureOf(ask())).code).toBe('upstream_failed')
})

test('an answer that is cut off at the length limit says so', async () => {
  const { ask } = await modelOn([{ text: 'And then', finishReason: 'length' }])
  expect((await ask()).finishReason).toBe('length')
})

test('a stop reaches the provider, rejects with its reason, and tells the sink no more', async () => {
  const { ask, server, sink } = await modelOn([{ text: 'word '.repeat(1000), delayMs: 5 }])
  const stop = new AbortController()
  const reason = new Error('stopped by the user')
  const firstDelta = Promise.withResolvers<void>()
  const answer = ask({
    signal: stop.signal,
    sink: {
      ...sink,
      text: (delta: string) => {
        sink.text(delta)
        firstDelta.resolve()
      },
    },
  })
  await firstDelta.promise
  stop.abort(reason)
  const toldAtStop = sink.told.length
  await expect(answer).rejects.toBe(reason)
  await server.disconnected()
  expect(sink.told.length).toBe(toldAtStop)
  expect(server.openStreams()).toBe(0)
})

test('a signal that is already aborted sends nothing', async () => {
  const { ask, server } = await modelOn([{ text: 'x' }])
  await expect(ask({ signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no')
  expect(server.requests).toEqual([])
})

test('connections are used again', async () => {
  let connections = 0
  const dispatcher = new Agent({ connections: 1 }).on('connect', () => connections++)
  onTestFinished(() => dispatcher.close())
  const { ask } = await modelOn([{ text: 'again and again' }], { dispatcher })
  for (let i = 0; i < 5; i++) await ask()
  expect(connections).toBe(1)
})

const nested = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`

test('arguments of a tool that are nested beyond measure are told to be malformed', async () => {
  const { ask } = await modelOn([{ toolCalls: [{ id: 'a', name: 'add', arguments: nested }], chunkSize: 50_000 }])
  expect((await ask()).calls).toMatchObject([{ id: 'a', name: 'add', malformed: nested }])
})

test.each(['text/event-stream', 'application/json'])('an answer in %s that is nested beyond measure cannot be read', async (type) => {
  const body = type === 'application/json' ? nested : `data: ${nested}\n\n`
  const server = createServer((_request, response) => response.writeHead(200, { 'content-type': type }).end(body)).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const provider: Provider = { id: 'one', kind: 'openai', baseUrl, apiKey, firstTokenSeconds: 5, idleSeconds: 5 }
  const model = createChatModel(provider, { id: 'scripted', provider: 'one', model: 'scripted', dialect: {} })
  expect(await failureOf(model.complete({ messages: question, tools: [] }))).toMatchObject({
    code: 'upstream_failed',
    params: { sentence: 'upstream_failed.unreadable' },
  })
})
