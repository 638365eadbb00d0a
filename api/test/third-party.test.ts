import { HttpAgent } from '@ag-ui/client'
import type { RunFinishedEvent } from '@ag-ui/core'
import { EventSchema } from '@ag-ui/core/schemas'
import { LLMock } from '@copilotkit/aimock'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { startScriptedModel } from '../../simulators/openai/scripted.ts'
import { textOf } from './client.ts'
import { notetaker, noteTool } from './probe-tools.ts'
import { startTestApp } from './test-app.ts'

// Programs that others wrote, unchanged.

test('the official AG-UI HttpAgent completes two runs in one thread, with a tool call', async () => {
  await using app = await startTestApp()
  const person = await app.signUp()
  const agent = new HttpAgent({
    url: `${app.url}/api/v1/agui`,
    headers: { authorization: `Bearer ${person.accessToken}` },
    threadId: crypto.randomUUID(),
  })
  const seen: string[] = []
  const subscriber = { onEvent: ({ event }: { event: { type: string } }) => void seen.push(event.type) }

  agent.addMessage({ id: crypto.randomUUID(), role: 'user', content: 'What is 12 * 12?' })
  await agent.runAgent({}, subscriber)
  expect(seen).toEqual(expect.arrayContaining(['RUN_STARTED', 'TOOL_CALL_START', 'TOOL_CALL_RESULT', 'TEXT_MESSAGE_CONTENT', 'RUN_FINISHED']))
  expect(JSON.stringify(agent.messages)).toContain('144')

  agent.addMessage({ id: 'any-name', role: 'user', content: 'What did I just say?' })
  await agent.runAgent({}, subscriber)
  expect(seen.filter((type) => type === 'RUN_FINISHED')).toHaveLength(2)
  expect(agent.messages.at(-1)).toMatchObject({ role: 'assistant', content: expect.stringContaining('12 * 12') })
})

test('AG-UI: an abort stops the run and the provider, and what had come is charged; what a client offers and nobody uses is refused by name; a long thread and its context are read', async () => {
  const model = await startScriptedModel(({ body }) =>
    JSON.stringify(body.messages).includes('for ever') ? { text: 'word '.repeat(5000), chunkSize: 5, delayMs: 20 } : { text: 'Well.' },
  )
  try {
    await using app = await startTestApp({ OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk-mock' })
    const person = await app.signUp()
    const agent = new HttpAgent({
      url: `${app.url}/api/v1/agui`,
      headers: { authorization: `Bearer ${person.accessToken}` },
      threadId: crypto.randomUUID(),
    })
    agent.addMessage({ id: crypto.randomUUID(), role: 'user', content: 'Talk for ever' })
    const begun = Promise.withResolvers<void>()
    const running = agent.runAgent({}, { onTextMessageContentEvent: () => begun.resolve() }).catch(() => undefined)
    await begun.promise
    agent.abortRun()
    await running
    await model.disconnected()
    const stopped = async () => (await person.get(`/api/v1/conversations/${agent.threadId}/messages`)).body.items[1].status
    await expect.poll(stopped).toBe('stopped')
    // The provider counted nothing: what came stands as an estimate, and no more of the 5000 words.
    const { usage, content } = (await person.get(`/api/v1/conversations/${agent.threadId}/messages`)).body.items[1]
    expect(usage.outputTokens).toBeGreaterThan(0)
    expect(usage.outputTokens).toBeLessThanOrEqual(content.length)
    expect(content.length).toBeLessThan(5 * 2500)
    const charged = (await person.get('/api/v1/usage')).body
    expect(charged.items).toMatchObject([usage])
    expect(charged.cycle.tokensReserved).toBe(0)

    const input = {
      threadId: crypto.randomUUID(),
      runId: 'r',
      messages: [
        ...Array.from({ length: 30 }, (_, at) => ({ id: `old-${at}`, role: 'user', content: 'x'.repeat(50_000) })),
        { id: 'newest', role: 'user', content: 'How is it?' },
      ],
      tools: [],
      context: [{ description: 'Open document', value: 'Tide tables of Husum' }],
      state: {},
      forwardedProps: {},
    }
    expect((await person.post('/api/v1/agui', input)).body).toContain('RUN_FINISHED')
    expect(JSON.stringify(model.requests.filter(({ path }) => path.endsWith('/completions')).at(-1)!.body.messages)).toContain('Tide tables of Husum')

    // What comes with a message is seen and read, is a file of the person's, and is there for the next question too.
    const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'teal' } })
      .png()
      .toBuffer()
    const data = (mimeType: string, bytes: Buffer) => ({ type: 'data', value: bytes.toString('base64'), mimeType })
    const seen = { type: 'image', source: data('image/png', png) }
    const read = { type: 'document', source: data('text/plain', Buffer.from('High water is at noon.')), metadata: { filename: 'tides.txt' } }
    const { secret } = (await person.post('/api/v1/api-keys', { name: 'Front', scopes: ['chat'] })).body
    const front = app.anyone()
    front.useToken(secret)
    const asking = {
      ...input,
      threadId: 'pictures',
      messages: [{ id: 'p', role: 'user', content: [{ type: 'text', text: 'What is this?' }, seen, read] }],
    }
    expect((await front.post('/api/v1/agui', asking)).body).toContain('RUN_FINISHED')
    const told = () => JSON.stringify(model.requests.filter(({ path }) => path.endsWith('/completions')).at(-1)!.body.messages)
    expect(told()).toContain('data:image/jpeg;base64,')
    expect(told()).toContain('High water is at noon.')
    expect((await person.get('/api/v1/files')).body.items).toMatchObject([{ name: 'tides.txt' }, { name: 'image.png', mediaType: 'image/png' }])
    expect((await front.post('/api/v1/agui', { ...asking, messages: [{ id: 'q', role: 'user', content: 'And now?' }] })).body).toContain(
      'RUN_FINISHED',
    )
    expect(told()).toContain('data:image/jpeg;base64,')
    const alone = [{ id: 'r', role: 'user', content: [seen] }]
    expect((await front.post('/api/v1/agui', { ...asking, threadId: 'alone', messages: alone })).body).toContain('RUN_FINISHED')
    const noPicture = [{ id: 's', role: 'user', content: [{ type: 'image', source: data('image/png', Buffer.from('a text')) }] }]
    expect(await front.post('/api/v1/agui', { ...asking, messages: noPicture })).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type' },
    })
    expect((await person.get('/api/v1/files')).body.items).toHaveLength(2)

    const image = { type: 'image', source: { type: 'url', value: 'https://example.org/a.png' } }
    const sound = { type: 'audio', source: data('audio/wav', png) }
    const refused: [object, string][] = [
      [{ tools: [{ name: 'paint', description: 'Paints', parameters: {} }] }, 'tools'],
      [{ state: { page: 7 } }, 'state'],
      [{ messages: [{ id: 'm', role: 'user', content: [{ type: 'text', text: 'What is this?' }, image] }] }, 'messages'],
      [{ messages: [{ id: 'm', role: 'user', content: [{ type: 'text', text: 'What is this?' }, sound] }] }, 'messages'],
      [
        { messages: [{ id: 'm', role: 'user', content: [{ type: 'image', source: { ...data('image/png', png), value: 'no base64!' } }] }] },
        'messages',
      ],
      [{ threadId: 'x\ud800' }, 'threadId'],
      [{ messages: [{ id: '', role: 'user', content: 'a' }] }, 'messages.id'],
      [{ context: [{ description: 'Page', value: 'a\u0000b' }] }, 'context'],
      [{ messages: [{ id: 'm', role: 'user', content: 'a\u0000b' }] }, 'messages.content'],
    ]
    for (const [fields, path] of refused) {
      const { status, body } = await person.post('/api/v1/agui', { ...input, ...fields })
      expect({ status, path: body.errors?.[0]?.path, code: body.code }).toEqual({ status: 400, path, code: 'invalid_request' })
      expect(body.detail).toMatch(/[^.]\.$/)
    }
    const half = JSON.stringify({ ...input, messages: [{ id: 'm', role: 'user', content: 'half' }] }).replace('"half"', String.raw`"\ud83d"`)
    expect((await person.post('/api/v1/agui', undefined, { raw: half })).status).toBe(400)
  } finally {
    await model.close()
  }
})

test('every event of a run passes AG-UI’s own schema', async () => {
  await using app = await startTestApp()
  const person = await app.signUp()
  const events = await person.ask(await person.newConversation(), 'What is 2 + 2?')
  expect(events.length).toBeGreaterThan(5)
  for (const event of events) expect(EventSchema.safeParse(event).error, JSON.stringify(event)).toBeUndefined()
})

test('a third-party OpenAI-protocol server answers the same chat, with a tool call', async () => {
  const mock = new LLMock({ port: 0, latency: 5, chunkSize: 6 })
  mock.addFixture({
    match: { userMessage: 'times', hasToolResult: false },
    response: { toolCalls: [{ name: 'calculator', arguments: JSON.stringify({ expression: '6 * 7' }) }] },
  })
  mock.addFixture({ match: { userMessage: 'times', hasToolResult: true }, response: { content: 'Six times seven is forty-two.' } })
  const url = await mock.start()
  try {
    await using app = await startTestApp({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: 'sk-mock' })
    const person = await app.signUp()
    const events = await person.ask(await person.newConversation(), 'What is six times seven?')
    expect(textOf(events)).toBe('Six times seven is forty-two.')
    expect(events.find(({ type }) => type === 'TOOL_CALL_RESULT')).toMatchObject({ content: '6 * 7 = 42' })
  } finally {
    await mock.stop()
  }
})

test('the official AG-UI HttpAgent is paused for an approval, resumes, and the tool acts once', async () => {
  const effects: string[] = []
  const model = await startScriptedModel(notetaker)
  try {
    await using app = await startTestApp({ OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk-mock' }, { furtherTools: [noteTool(effects)] })
    const person = await app.signUp()
    const agent = new HttpAgent({ url: `${app.url}/api/v1/agui`, headers: { authorization: `Bearer ${person.accessToken}` }, threadId: 'notes' })
    const ends: RunFinishedEvent[] = []
    const subscriber = { onRunFinishedEvent: ({ event }: { event: RunFinishedEvent }) => void ends.push(event) }
    agent.addMessage({ id: 'first', role: 'user', content: 'note: hello' })
    await agent.runAgent({}, subscriber)
    const outcome = ends[0]!.outcome!
    expect(outcome).toMatchObject({
      type: 'interrupt',
      interrupts: [{ reason: 'tool_call', metadata: { tool: 'send_note', args: '{"text":"hello"}' } }],
    })
    expect(effects).toEqual([])
    const [interrupt] = outcome.type === 'interrupt' ? outcome.interrupts : []
    const payload = { approved: true, argsHash: interrupt!.metadata!.argsHash }
    await agent.runAgent({ resume: [{ interruptId: interrupt!.id, status: 'resolved', payload }] }, subscriber)
    expect(ends[1]).toMatchObject({ outcome: { type: 'success' } })
    expect(effects).toEqual(['hello'])
    expect(JSON.stringify(agent.messages)).toContain('Done: sent: hello')
  } finally {
    await model.close()
  }
})
