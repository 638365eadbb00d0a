import { HumanMessage } from '@langchain/core/messages'
import { createAgent, createMiddleware, tool } from 'langchain'
import { Agent } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { type Script, startScriptedModel } from '../../../../simulators/openai/scripted.ts'
import { type ChatModelOptions, createChatModel, isRetryable } from './chat-model.ts'
import type { ModelSink } from './index.ts'
import { ProviderError } from './provider-error.ts'

const apiKey = 'sk-test-0123456789abcdef'
const question = [new HumanMessage('Hello?')]

async function modelOn(script: Script, options: Partial<ChatModelOptions> = {}) {
  const server = await startScriptedModel(script)
  onTestFinished(() => server.close())
  const model = createChatModel({
    baseUrl: server.url,
    apiKey,
    model: 'scripted',
    firstTokenTimeoutMs: 5000,
    betweenTokensTimeoutMs: 5000,
    ...options,
  })
  return { server, model, sink: recordingSink() }
}

function recordingSink() {
  const told: string[] = []
  const sink: ModelSink = {
    text: (delta) => void told.push(delta),
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
  const { model, server, sink } = await modelOn([
    { text: 'Grüße, 世界! 👩‍🚀', chunkSize: 2, usage: { prompt_tokens: 7, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 3 } } },
  ])
  const message = await model.invoke(question, { configurable: { sink } })
  expect(sink.told.length).toBeGreaterThan(3)
  expect(sink.told.join('')).toBe('Grüße, 世界! 👩‍🚀')
  expect(message).toMatchObject({
    text: 'Grüße, 世界! 👩‍🚀',
    usage_metadata: { input_tokens: 7, output_tokens: 5, total_tokens: 12, input_token_details: { cache_read: 3 } },
    response_metadata: { model: 'scripted', finish_reason: 'stop' },
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
  const { model, sink } = await modelOn([{ toolCalls, text: 'Let me see.', chunkSize: 4 }])
  const message = await model.invoke(question, { configurable: { sink } })
  expect(message.tool_calls).toEqual([
    { id: 'a', name: 'add', args: { x: 1, y: 2 }, type: 'tool_call' },
    { id: 'b', name: 'now', args: {}, type: 'tool_call' },
  ])
  expect(sink.told.filter((line) => line.startsWith('start'))).toEqual(['start a add', 'start b now'])
  expect(
    sink.told
      .filter((line) => line.startsWith('args a'))
      .map((line) => line.slice(7))
      .join(''),
  ).toBe('{"x":1,"y":2}')
})

test('tools and their choice are sent in the shape of OpenAI', async () => {
  const { model, server } = await modelOn([{ text: 'ok' }])
  const add = tool(async () => '', { name: 'add', description: 'Adds', schema: z.strictObject({ x: z.number() }) })
  const bound = model.bindTools!([add], { tool_choice: 'any' })
  await bound.invoke(question)
  expect(server.requests[0]!.body).toMatchObject({
    tools: [{ type: 'function', function: { name: 'add', description: 'Adds', parameters: { type: 'object', required: ['x'] } } }],
    tool_choice: 'required',
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
  const { model } = await modelOn([{ status, body, headers: { 'retry-after': '7' } }])
  const error = await failureOf(model.invoke(question))
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
  const { model, server } = await modelOn([])
  await server.close()
  const error = await failureOf(model.invoke(question))
  expect(error).toMatchObject({ code: 'upstream_failed', streamed: false })
  expect(isRetryable(error)).toBe(true)
})

test.each(['before-headers', 'before-first-token'] as const)(
  'silence %s ends at the first-token bound and lets go of the provider',
  async (stall) => {
    const { model, server } = await modelOn([{ stall }], { firstTokenTimeoutMs: 100 })
    const error = await failureOf(model.invoke(question))
    expect(error).toMatchObject({ code: 'upstream_timeout', streamed: false })
    expect(isRetryable(error)).toBe(true)
    await server.disconnected()
    expect(server.openStreams()).toBe(0)
  },
)

test('silence in the middle ends at the bound between tokens and is not tried again', async () => {
  const { model, server, sink } = await modelOn([{ stall: 'mid-stream', afterText: 'Once' }], { betweenTokensTimeoutMs: 100 })
  const error = await failureOf(model.invoke(question, { configurable: { sink } }))
  expect(error).toMatchObject({ code: 'upstream_timeout', streamed: true })
  expect(isRetryable(error)).toBe(false)
  expect(sink.told).toEqual(['Once'])
  await server.disconnected()
})

test('a slow answer is not an idle one', async () => {
  const { model } = await modelOn([{ text: 'abcdefgh', chunkSize: 1, delayMs: 30, firstTokenDelayMs: 30 }], {
    firstTokenTimeoutMs: 200,
    betweenTokensTimeoutMs: 150,
  })
  expect((await model.invoke(question)).text).toBe('abcdefgh')
})

test.each(['malformed-json', 'truncated', 'wrong-content-type', 'huge-line', 'error-event'] as const)(
  'an answer that is broken (%s) fails',
  async (breakSse) => {
    const { model } = await modelOn([{ breakSse, afterText: 'Half' }])
    const error = await failureOf(model.invoke(question))
    expect(error.code).toBe('upstream_failed')
    expect(error.streamed).toBe(breakSse !== 'wrong-content-type')
  },
)

test('an answer with a finish reason is whole without [DONE]', async () => {
  const { model } = await modelOn([{ breakSse: 'no-done', afterText: 'All of it' }])
  expect((await model.invoke(question)).text).toBe('All of it')
})

test.each(['truncated', 'no-done', 'malformed-json'] as const)('a truncated tool call never becomes a tool call (%s)', async (breakSse) => {
  const { model } = await modelOn([{ breakSse, toolCall: { name: 'pay', arguments: { amount: 10_000 } } }])
  expect((await failureOf(model.invoke(question))).code).toBe('upstream_failed')
})

test('a tool call that is cut off at the length limit never becomes a tool call', async () => {
  const { model } = await modelOn([{ toolCalls: [{ name: 'pay', arguments: '{"amount": 1' }], finishReason: 'length' }])
  expect((await failureOf(model.invoke(question))).code).toBe('upstream_failed')
})

test('an answer that is cut off at the length limit says so', async () => {
  const { model } = await modelOn([{ text: 'And then', finishReason: 'length' }])
  expect((await model.invoke(question)).response_metadata.finish_reason).toBe('length')
})

test('a stop reaches the provider, rejects with its reason, and tells the sink no more', async () => {
  const { model, server, sink } = await modelOn([{ text: 'word '.repeat(1000), delayMs: 5 }])
  const stop = new AbortController()
  const reason = new Error('stopped by the user')
  const firstDelta = Promise.withResolvers<void>()
  const answer = model.invoke(question, {
    signal: stop.signal,
    configurable: {
      sink: {
        ...sink,
        text: (delta: string) => {
          sink.text(delta)
          firstDelta.resolve()
        },
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
  const { model, server } = await modelOn([{ text: 'x' }])
  await expect(model.invoke(question, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no')
  expect(server.requests).toEqual([])
})

test('connections are used again', async () => {
  let connections = 0
  const dispatcher = new Agent({ connections: 1 }).on('connect', () => connections++)
  onTestFinished(() => dispatcher.close())
  const { model } = await modelOn([{ text: 'again and again' }], { dispatcher })
  for (let i = 0; i < 5; i++) await model.invoke(question)
  expect(connections).toBe(1)
})

test("LangChain's agent runs tools with this model, and the sink hears every word of every step", async () => {
  const { model, server, sink } = await modelOn([
    { text: 'Let me add. ', toolCalls: [{ id: 'a', name: 'add', arguments: { x: 2, y: 3 } }] },
    { text: 'It is five.' },
  ])
  const add = tool(async ({ x, y }) => String(x + y), { name: 'add', description: 'Adds', schema: z.strictObject({ x: z.number(), y: z.number() }) })
  const agent = createAgent({ model, tools: [add], systemPrompt: 'Be brief.' })
  const { messages } = await agent.invoke({ messages: [new HumanMessage('2 + 3?')] }, { configurable: { sink } })
  expect(messages.at(-1)?.text).toBe('It is five.')
  expect(sink.told.filter((line) => !/^(start|args) /.test(line)).join('')).toBe('Let me add. It is five.')
  expect(server.requests[1]!.body.messages).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: '2 + 3?' },
    {
      role: 'assistant',
      content: 'Let me add. ',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'add', arguments: '{"x":2,"y":3}' } }],
    },
    { role: 'tool', tool_call_id: 'a', content: '5' },
  ])
})

test("a failure is the cause of what LangChain's middleware throws", async () => {
  const { model } = await modelOn([{ status: 503 }])
  const passing = createMiddleware({ name: 'passing', wrapModelCall: (request, next) => next(request) })
  const agent = createAgent({ model, tools: [], middleware: [passing] })
  await expect(agent.invoke({ messages: question })).rejects.toMatchObject({ cause: { code: 'upstream_failed' } })
})
