import { afterEach, expect, test } from 'vitest'
import { type Script, type ScriptedModel, startScriptedModel } from '../../simulators/openai/scripted.ts'
import { textOf } from './client.ts'
import { startTestApp, type TestApp } from './test-app.ts'

let cleanups: AsyncDisposableStack | undefined
afterEach(() => cleanups?.disposeAsync())

/** An app whose provider does what the script says. */
async function appOn(script: Script): Promise<{ app: TestApp; model: ScriptedModel; person: Awaited<ReturnType<TestApp['signUp']>> }> {
  cleanups = new AsyncDisposableStack()
  const model = await startScriptedModel(script)
  cleanups.defer(() => model.close())
  const app = cleanups.use(await startTestApp({ OPENAI_API_KEY: 'sk-test-secret', OPENAI_BASE_URL: model.url }))
  return { app, model, person: await app.signUp() }
}

test('the provider is asked for the plan’s model, with the key and the tools, and the ledger holds exactly what it billed', async () => {
  const { model, person } = await appOn([{ text: 'Hello from upstream', usage: { prompt_tokens: 1000, completion_tokens: 500 } }])
  const conversation = await person.newConversation()
  const events = await person.ask(conversation, 'Hi')
  expect(textOf(events)).toBe('Hello from upstream')
  const asked = model.requests.find(({ path }) => path === '/v1/chat/completions')!
  expect(asked.headers.authorization).toBe('Bearer sk-test-secret')
  expect(asked.body).toMatchObject({ model: 'gpt-4o-mini', stream: true })
  expect((asked.body.tools as { function: { name: string } }[]).map((tool) => tool.function.name)).toEqual(['web_search', 'calculator', 'clock'])
  // 1000 × 0.15 + 500 × 0.60 dollars a million tokens.
  expect(events.find((event) => event.type === 'CUSTOM' && event.name === 'cost')).toMatchObject({ value: { costMicroUsd: 450, cached: false } })
  const usage = (await person.get('/api/v1/usage?group=model')).body
  expect(usage.items.find(({ key }: { key: string }) => key === 'gpt-4o-mini')).toMatchObject({
    inputTokens: 1000,
    outputTokens: 500,
    costMicroUsd: 450,
  })
  expect(usage.cycle.tokensReserved).toBe(0)
})

test('a secret that is split over tokens is masked for the page, in the run’s log and where it is stored; the rest is as it was', async () => {
  await using stack = new AsyncDisposableStack()
  const key = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'
  const text = `Your key is ${key}. The PIN of the card: 4821. That was all.`
  const reasoning = `They want ${key} back.`
  const model = stack.adopt(await startScriptedModel([{ text, reasoning, chunkSize: 5 }, { status: 500 }]), (opened) => opened.close())
  const settings = { OPENAI_API_KEY: 'sk-test-secret', OPENAI_BASE_URL: model.url, MASK_IN_ANSWERS: 'keys' }
  const app = stack.use(await startTestApp(settings))
  const person = await app.signUp()
  const conversation = await person.newConversation()
  const events = await person.ask(conversation, 'What is it?')
  const masked = 'Your key is [key]. The PIN of the card: 4821. That was all.'
  expect(textOf(events)).toBe(masked)
  const stored = (await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items[1]
  expect(stored).toMatchObject({ content: masked, status: 'complete' })
  for (const seen of [events, stored]) {
    expect(JSON.stringify(seen)).toContain('They want [key] back.')
    expect(JSON.stringify(seen)).not.toMatch(/ghp_|16C7|B4a/)
  }
})

test('an answer that the provider cut for its length says so, live and stored', async () => {
  const { person } = await appOn([{ text: 'And then', finishReason: 'length' }])
  const conversation = await person.newConversation()
  const events = await person.ask(conversation, 'Hi')
  expect(events.find(({ type }) => type === 'TEXT_MESSAGE_END')).toMatchObject({ content: 'And then', finishReason: 'length' })
  const [, answer] = (await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items
  expect(answer).toMatchObject({ parts: [{ type: 'text', text: 'And then' }], finishReason: 'length', status: 'complete' })
})

test.each([
  ['401', { status: 401 }, 'upstream_rejected'],
  ['500', { status: 500 }, 'upstream_failed'],
  ['429', { status: 429, headers: { 'retry-after': '1' } }, 'upstream_failed'],
  ['malformed SSE', { breakSse: 'malformed-json' }, 'upstream_failed'],
  ['a truncated stream', { breakSse: 'truncated', afterText: 'Half an ans' }, 'upstream_failed'],
] as const)('an upstream that answers with %s ends the run with a typed error that leaks nothing', async (_name, behaviour, code) => {
  const { person } = await appOn(() => behaviour)
  const conversation = await person.newConversation()
  const events = await person.ask(conversation, 'Hi')
  expect(events.at(-1)).toMatchObject({ type: 'RUN_ERROR', code })
  expect(JSON.stringify(events)).not.toContain('sk-test-secret')
  const answer = (await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items[1]
  expect(answer).toMatchObject({ status: 'failed', error: { code }, content: textOf(events) })
  expect((await person.get('/api/v1/usage')).body.cycle.tokensReserved).toBe(0)
})

test('a model that fails before its first token is replaced by its fallback, and the route says so, and at the end what others would have cost', async () => {
  const { model, person } = await appOn((_request, index) => (index === 0 ? { status: 503 } : { text: 'From the fallback' }))
  const events = await person.ask(await person.newConversation(), 'Hi')
  expect(textOf(events)).toBe('From the fallback')
  expect(model.requests.filter(({ path }) => path.endsWith('completions')).map(({ body }) => body.model)).toEqual(['gpt-4o-mini', 'gpt-4.1-mini'])
  const routes = events.flatMap((event) => (event.type === 'CUSTOM' && event.name === 'route' ? [event.value] : []))
  expect(routes.map(({ model }) => model)).toEqual(['gpt-4o-mini', 'gpt-4.1-mini', 'gpt-4.1-mini'])
  expect(routes[2]!.alternatives!.every(({ costMicroUsd }) => costMicroUsd !== undefined)).toBe(true)
})

test('stopping reaches the provider’s connection', async () => {
  const { model, person } = await appOn(() => ({ text: 'word '.repeat(2000), chunkSize: 5, delayMs: 20 }))
  const socket = await person.socket()
  socket.send({ type: 'send', conversationId: await person.newConversation(), messageId: crypto.randomUUID(), content: 'Go' })
  const { runId } = await socket.next('ack')
  await socket.next('event', ({ event }) => event.type === 'TEXT_MESSAGE_CONTENT')
  socket.send({ type: 'cancel', runId })
  await model.disconnected()
  expect((await socket.runToEnd(runId)).at(-1)!.event).toMatchObject({ type: 'RUN_FINISHED', outcome: { type: 'cancelled' } })
})

test('a truncated tool call is never run', async () => {
  const { person } = await appOn(() => ({ breakSse: 'truncated', toolCall: { name: 'calculator', arguments: '{"expression":"1+1"}' } }))
  const events = await person.ask(await person.newConversation(), 'Hi')
  expect(events.filter(({ type }) => type === 'TOOL_CALL_RESULT')).toEqual([])
  expect(events.at(-1)).toMatchObject({ type: 'RUN_ERROR' })
})

test('a model that calls tools without end is made to answer', async () => {
  const { model, person } = await appOn(({ body }) =>
    (body.tools as unknown[] | undefined)?.length ? { toolCalls: [{ name: 'clock', arguments: '{}' }] } : { text: 'Enough.' },
  )
  const events = await person.ask(await person.newConversation(), 'Loop')
  expect(textOf(events)).toBe('Enough.')
  expect(model.requests.filter(({ path }) => path.endsWith('completions')).length).toBeLessThanOrEqual(24)
})

test('a model that asks for tools it was not offered ends with an error that says so', async () => {
  const { person } = await appOn(() => ({ toolCalls: [{ name: 'clock', arguments: '{}' }] }))
  const events = await person.ask(await person.newConversation(), 'Loop')
  expect(events.at(-1)).toMatchObject({ type: 'RUN_ERROR', code: 'upstream_rejected', message: expect.stringContaining('asked for tools') })
})

test('a model that sends NUL and half a character is answered with, and stored as, text that can be kept', async () => {
  const { person } = await appOn(() => ({ text: 'A\u0000B \ud83d end' }))
  const conversation = await person.newConversation()
  expect((await person.ask(conversation, 'Hi')).at(-1)).toMatchObject({ type: 'RUN_FINISHED' })
  expect((await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items[1]).toMatchObject({
    status: 'complete',
    content: 'AB \ufffd end',
  })
})

test('an empty answer is a failure that is told, not a blank message', async () => {
  const { person } = await appOn(() => ({ text: '' }))
  const events = await person.ask(await person.newConversation(), 'Hi')
  expect(events.at(-1)).toMatchObject({ type: 'RUN_ERROR', code: 'upstream_failed', message: expect.stringContaining('empty') })
})

test('a conversation deleted in mid-answer ends its run for everybody who follows, and what was used is charged, no more', async () => {
  const { person, model } = await appOn(() => ({ text: 'word '.repeat(2000), chunkSize: 5, delayMs: 10 }))
  const conversation = await person.newConversation()
  const socket = await person.socket()
  socket.send({ type: 'send', conversationId: conversation, messageId: crypto.randomUUID(), content: 'Go' })
  const { runId } = await socket.next('ack')
  await socket.next('event', ({ event }) => event.type === 'TEXT_MESSAGE_CONTENT')
  expect((await person.delete(`/api/v1/conversations/${conversation}`)).status).toBe(204)
  expect((await socket.runToEnd(runId)).at(-1)!.event).toMatchObject({ type: 'RUN_FINISHED', outcome: { type: 'cancelled' } })
  await model.disconnected()
  const usage = (await person.get('/api/v1/usage')).body
  expect(usage.cycle.tokensReserved).toBe(0)
  expect(usage.totals.outputTokens).toBeGreaterThan(0)
  expect(usage.cycle.tokensUsed).toBe(usage.totals.inputTokens + usage.totals.outputTokens)
})

test('an unknown tool and bad arguments are results that the model reads, and the run goes on', async () => {
  const { model, person } = await appOn((_request, index) =>
    index === 0
      ? {
          toolCalls: [
            { name: 'launch_missiles', arguments: '{}' },
            { name: 'calculator', arguments: '{"expression":5}' },
          ],
        }
      : { text: 'Understood.' },
  )
  const events = await person.ask(await person.newConversation(), 'Hi')
  expect(textOf(events)).toBe('Understood.')
  const results = events.flatMap((event) => (event.type === 'TOOL_CALL_RESULT' ? [event.content] : []))
  // Calls run side by side: their results come as they are ready.
  expect(results).toEqual(expect.arrayContaining([expect.stringContaining('There is no tool'), expect.stringContaining('not valid')]))
  expect(JSON.stringify(model.requests.at(-1)!.body.messages)).toContain('There is no tool')
})

test('a used-up budget refuses before any model is asked, and says when it starts again', async () => {
  const { app, model, person } = await appOn(() => ({ text: 'Hi', usage: { prompt_tokens: 99_000, completion_tokens: 500 } }))
  const conversation = await person.newConversation()
  await person.ask(conversation, 'Spend it')
  const before = model.requests.length
  const events = await person.ask(conversation, 'And more')
  expect(events.at(-1)).toMatchObject({ type: 'RUN_ERROR', code: 'budget_exhausted', message: expect.stringMatching(/\d{4}-\d\d-01/) })
  expect(model.requests.slice(before).filter(({ path }) => path.endsWith('completions'))).toEqual([])
  void app
})

test('embeddings that fail cost the answer nothing: memories are found by their words', async () => {
  let fails = false
  const { person } = await appOn(({ path }) => (path.endsWith('embeddings') && fails ? { status: 500 } : { text: 'Still here' }))
  const created = await person.post('/api/v1/memories', { text: 'My dog is called Biscuit.' })
  expect(created.status).toBe(201)
  fails = true
  const events = await person.ask(await person.newConversation(), 'What is the name of my dog?')
  expect(textOf(events)).toBe('Still here')
  expect(events.find((event) => event.type === 'CUSTOM' && event.name === 'memory')).toMatchObject({
    value: { memories: [{ text: 'My dog is called Biscuit.' }] },
  })
})
