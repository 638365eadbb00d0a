import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventSchema } from '@ag-ui/core/schemas'
import { emptyAnswer, foldRunEvent } from '@jarvis/contracts/run.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Behaviour, type RecordedRequest, startScriptedModel } from '../../simulators/openai/scripted.ts'
import { approve, interruptsIn, noteTool } from './probe-tools.ts'
import { textOf } from './client.ts'
import { startTestApp } from './test-app.ts'

// What models think, how they end, and whom a bad one holds up: one app, one provider whose models do what their names say.

const usage = { prompt_tokens: 100, completion_tokens: 20 }
type Message = { role: string; content: unknown; reasoning_content?: string }

const behaviours: Record<string, (request: RecordedRequest) => Behaviour> = {
  thinker: ({ body }) =>
    (body.messages as Message[]).at(-1)!.role === 'tool' || !JSON.stringify((body.messages as Message[]).at(-1)).includes('note')
      ? { reasoning: 'Six by nine.', text: 'The answer is 42.', usage }
      : { reasoning: 'They want a note.', text: 'I will. ', toolCalls: [{ id: 'a', name: 'send_note', arguments: { text: 'hello' } }], usage },
  withheld: () => ({ text: '', finishReason: 'content_filter', usage }),
  halfway: () => ({ text: 'Half', finishReason: 'content_filter', usage }),
  silent: () => ({ stall: 'before-first-token' }),
  broken: () => ({ breakSse: 'malformed-json' }),
  good: () => ({ text: 'Good.', usage }),
}

let cleanups: AsyncDisposableStack
let app: Awaited<ReturnType<typeof startTestApp>>
let provider: Awaited<ReturnType<typeof startScriptedModel>>

beforeAll(async () => {
  cleanups = new AsyncDisposableStack()
  provider = await startScriptedModel((request) => behaviours[String(request.body.model)]?.(request) ?? { text: 'Ok.' })
  cleanups.defer(() => provider.close())
  const file = join(tmpdir(), `jarvis-models-${randomUUID()}.json`)
  const model = (id: string) => ({
    id,
    name: id,
    tier: 'economy',
    contextTokens: 32_000,
    outputTokensMax: 500,
    inputMicroUsdPerMillion: 1_000_000,
    outputMicroUsdPerMillion: 1_000_000,
    ...(id === 'thinker' && { capabilities: { reasoning: true } }),
  })
  const models = Object.keys(behaviours).map(model)
  await writeFile(file, JSON.stringify({ models, auto: { free: 'good', pro: 'good', enterprise: 'good' }, economy: 'good', embedding: null }))
  cleanups.defer(() => rm(file))
  const settings = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: provider.url, MODELS_FILE: file }
  app = cleanups.use(await startTestApp(settings, { furtherTools: [noteTool([])] }))
})
afterAll(() => cleanups.disposeAsync())

const requestsOf = (model: string) => provider.requests.filter(({ path, body }) => path.endsWith('/completions') && body.model === model)

test('what a model thinks is shown and kept apart from what it says, by AG-UI’s own events, and is not sent back as speech', async () => {
  const person = await app.signUp()
  const conversation = await person.newConversation()
  const events = await person.ask(conversation, 'What is it?', { model: 'thinker', effort: 'high' })
  expect(events.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['REASONING_START', 'REASONING_MESSAGE_START', 'REASONING_MESSAGE_CONTENT', 'REASONING_MESSAGE_END', 'REASONING_END']),
  )
  for (const event of events) expect(EventSchema.safeParse(event).error, JSON.stringify(event)).toBeUndefined()
  expect(textOf(events)).toBe('The answer is 42.')
  const parts = [
    { type: 'reasoning', text: 'Six by nine.' },
    { type: 'text', text: 'The answer is 42.' },
  ]
  expect(events.reduce(foldRunEvent, emptyAnswer)).toMatchObject({ content: 'The answer is 42.', parts })
  const [, answer] = (await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items
  expect(answer).toMatchObject({ content: 'The answer is 42.', parts, finishReason: 'stop' })
  expect(requestsOf('thinker').at(-1)!.body).toMatchObject({ reasoning_effort: 'high' })
  await person.ask(conversation, 'And why?', { model: 'thinker' })
  const { body } = requestsOf('thinker').at(-1)!
  expect(JSON.stringify(body)).not.toContain('Six by nine')
  expect(body).not.toHaveProperty('reasoning_effort')
  expect(
    (await person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: randomUUID(), content: 'x', effort: 'endless' })).status,
  ).toBe(400)
})

test('what a model attached to its call goes back to it when a person has allowed the call, in the run that goes on', async () => {
  const person = await app.signUp()
  const sent = await person.post(`/api/v1/conversations/${await person.newConversation()}/messages`, {
    messageId: randomUUID(),
    content: 'note',
    model: 'thinker',
    effort: 'low',
  })
  const [interrupt] = interruptsIn((await person.events(sent.body.runId)).map(({ event }) => event))
  const resumed = await person.post(`/api/v1/runs/${sent.body.runId}/resume`, { resume: [approve(interrupt!)] })
  const events = (await person.events(resumed.body.runId)).map(({ event }) => event)
  expect(textOf(events)).toBe('I will. The answer is 42.')
  expect(events.reduce(foldRunEvent, emptyAnswer).parts.filter(({ type }) => type === 'reasoning')).toEqual([
    { type: 'reasoning', text: 'They want a note.' },
    { type: 'reasoning', text: 'Six by nine.' },
  ])
  const { body } = requestsOf('thinker').at(-1)!
  expect(body.reasoning_effort).toBe('low')
  expect((body.messages as Message[]).find(({ role }) => role === 'assistant')).toMatchObject({ reasoning_content: 'They want a note.' })
})

test('an answer that the provider’s filter withholds is said to be so, asked for once, and paid for once', async () => {
  const person = await app.signUp()
  const conversation = await person.newConversation()
  const events = await person.ask(conversation, 'Hi', { model: 'withheld' })
  expect(events.at(-1)).toMatchObject({ type: 'RUN_ERROR', code: 'content_filtered', message: expect.stringContaining('filter') })
  expect(requestsOf('withheld')).toHaveLength(1)
  const { items } = (await person.get('/api/v1/usage?group=model')).body
  expect(items).toMatchObject([{ key: 'withheld', calls: 1, inputTokens: 100, outputTokens: 20 }])
  await person.ask(conversation, 'Hi', { model: 'halfway' })
  const answer = (await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items.at(-1)
  expect(answer).toMatchObject({ status: 'complete', content: 'Half', finishReason: 'content_filter' })
  // The failed answer is a turn of the conversation all the same: a template that wants alternating roles can take it.
  const roles = (requestsOf('halfway').at(-1)!.body.messages as Message[]).map(({ role }) => role)
  expect(roles).toEqual(['system', 'user', 'assistant', 'user'])
})

test(
  'one person’s bad model never holds up another’s: 20 rounds beside one that is silent and one that is broken',
  { timeout: 120_000 },
  async () => {
    const [ada, bob, eve] = [await app.signUp(), await app.signUp(), await app.signUp()]
    const waiting = await ada.post(`/api/v1/conversations/${await ada.newConversation()}/messages`, {
      messageId: randomUUID(),
      content: 'Hi',
      model: 'silent',
    })
    const [bobs, eves] = [await bob.newConversation(), await eve.newConversation()]
    let broken = eve.ask(eves, 'Hi', { model: 'broken' })
    for (let round = 0; round < 20; round++) {
      const events = await bob.ask(bobs, `Round ${round}`, { model: 'good' })
      expect(events.at(-1)).toMatchObject({ type: 'RUN_FINISHED' })
      if (round % 4 !== 0) continue
      expect((await broken).at(-1)).toMatchObject({ type: 'RUN_ERROR', code: 'upstream_failed' })
      broken = eve.ask(eves, 'Hi', { model: 'broken' })
    }
    await broken
    expect(requestsOf('good').length).toBeGreaterThanOrEqual(20)
    // Bad answers open no circuit: each was asked for anew.
    expect(requestsOf('broken').length).toBe(6 * 3)
    expect((await ada.get(`/api/v1/runs/${waiting.body.runId}`)).body.status).toBe('running')
    await ada.post(`/api/v1/runs/${waiting.body.runId}/cancel`)
    await ada.events(waiting.body.runId)
  },
)
