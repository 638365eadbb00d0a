import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createVerification } from '#features/billing/index.ts'
import { type Behaviour, type RecordedRequest, type ScriptedModel, startScriptedModel } from '../../simulators/openai/scripted.ts'
import { failed, hi, weather } from './openai-calls.ts'
import { ChatCompletion, ChatCompletionChunk, Embeddings, isPublished, Models, Refusal, Response, ResponseEvent } from './openai-shapes.ts'
import { startTestApp, type TestApp } from './test-app.ts'

// What a key may do at `/v1`, and that what it gets is of the shapes that OpenAI publishes.

let script: (request: RecordedRequest, index: number) => Behaviour | Promise<Behaviour>
let model: ScriptedModel
let app: TestApp
let person: Awaited<ReturnType<TestApp['signUp']>>
let rich: typeof person

beforeAll(async () => {
  model = await startScriptedModel((request, index) => script(request, index))
  app = await startTestApp({ OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk-mock' })
  person = await app.signUp()
  await person.patch(`/api/v1/admin/users/${person.user.id}`, { plan: 'pro' })
  rich = await app.signUp()
  await person.patch(`/api/v1/admin/users/${rich.user.id}`, { plan: 'enterprise' })
})
afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await model?.close()
})
beforeEach(() => {
  script = () => ({ text: 'The answer is 42.', usage: { prompt_tokens: 20, completion_tokens: 7 } })
  model.requests.length = 0
})

const chats = () => model.requests.filter(({ path }) => path === '/v1/chat/completions').map(({ body }) => body)
async function withKey(fields: object): Promise<OpenAI & { id: string; secret: string }> {
  const { body } = await rich.post('/api/v1/api-keys', { name: 'Narrow', ...fields })
  return Object.assign(new OpenAI({ baseURL: `${app.url}/v1`, apiKey: body.secret, maxRetries: 0 }), { id: body.id, secret: body.secret })
}

test('a key opens what its scopes name, and nothing else; one made without scopes opens all, as keys once did', async () => {
  const old = await withKey({})
  const chat = await withKey({ scopes: ['chat'] })
  expect(await failed(chat.models.list())).toMatchObject({ status: 403, code: 'insufficient_permissions' })
  const v1 = await withKey({ scopes: ['v1'] })
  expect((await v1.models.list()).data.length).toBeGreaterThan(0)
  const other = app.anyone()
  other.useToken(v1.secret)
  for (const path of ['/api/v1/conversations', '/api/v1/memories']) expect((await other.get(path)).status, path).toBe(403)
  expect((await rich.post('/api/v1/api-keys', { name: 'None', scopes: [] })).status).toBe(400)
  const { items } = (await rich.get('/api/v1/api-keys')).body
  expect(items.find(({ id }: { id: string }) => id === old.id)).toMatchObject({ scopes: ['chat', 'v1', 'memory', 'files', 'tools'], models: null })
  expect(items.find(({ id }: { id: string }) => id === v1.id)).toMatchObject({ scopes: ['v1'], lastUsedAt: expect.any(String) })
})

test('a key names only its models, in chat too, and nothing else stands in for them', async () => {
  const key = await withKey({ models: ['gpt-4o'] })
  expect((await key.models.list()).data.map(({ id }) => id)).toEqual(['gpt-4o'])
  expect((await key.chat.completions.create({ model: 'gpt-4o', messages: hi })).model).toBe('gpt-4o')
  for (const model of ['auto', 'jarvis', 'gpt-4o-mini'])
    expect(await failed(key.chat.completions.create({ model, messages: hi })), model).toMatchObject({ status: 403, code: 'model_not_found' })
  expect(await failed(key.embeddings.create({ model: 'text-embedding-3-small', input: 'x' }))).toMatchObject({ status: 403 })
  const other = app.anyone()
  other.useToken(key.secret)
  const conversation = await other.newConversation()
  const sent = await other.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Hello' })
  expect(sent).toMatchObject({ status: 403, body: { code: 'model_not_allowed' } })
  model.requests.length = 0
  script = () => ({ status: 500 })
  await failed(key.chat.completions.create({ model: 'gpt-4o', messages: hi }))
  expect(new Set(chats().map((body) => body.model))).toEqual(new Set(['gpt-4o']))
})

test('a key’s budget holds to the cent, however many ask at once, for the assistant too; and what each key cost is told', async () => {
  const budget = 4000
  script = () => ({ text: 'word '.repeat(80), usage: { prompt_tokens: 20, completion_tokens: 100 } })
  const key = await withKey({ budgetMicroUsdPerMonth: budget })
  const ask = async () =>
    await key.chat.completions.create({ model: 'gpt-4o', messages: hi, max_completion_tokens: 100 }).then(
      () => 'answered',
      (error: { code?: string | null }) => error.code,
    )
  const spentByKey = async () => (await rich.get('/api/v1/usage?group=key')).body.items.find((item: { key: string }) => item.key === key.id)
  const first = await Promise.all(Array.from({ length: 12 }, ask))
  expect(first).toContain('answered')
  let last: string | null | undefined
  do last = await ask()
  while (last === 'answered' || last === 'rate_limit_exceeded')
  expect(last).toBe('insufficient_quota')
  expect(await failed(key.chat.completions.create({ model: 'jarvis', messages: hi }))).toMatchObject({ code: 'insufficient_quota' })
  const { costMicroUsd } = await spentByKey()
  expect(costMicroUsd).toBeGreaterThan(1000)
  expect(costMicroUsd).toBeLessThanOrEqual(budget)
  const { items } = (await rich.get('/api/v1/api-keys')).body
  expect(items.find(({ id }: { id: string }) => id === key.id)).toMatchObject({ budgetMicroUsdPerMonth: budget, spentMicroUsd: costMicroUsd })
  // The person themself, and their other keys, are not bound by it.
  expect((await (await withKey({})).chat.completions.create({ model: 'gpt-4o', messages: hi, max_completion_tokens: 100 })).object).toBe(
    'chat.completion',
  )
  const { verifyLedger } = createVerification(app.database)
  await expect.poll(async () => (await verifyLedger()).openReservations).toBe(0)
  expect((await verifyLedger()).differences).toEqual([])
})

test('what a key is refused is audited, once for each route: a scope, a model, its budget', async () => {
  const key = await withKey({ scopes: ['v1'], models: ['gpt-4o-mini'], budgetMicroUsdPerMonth: 1 })
  const client = app.anyone()
  client.useToken(key.secret)
  for (let times = 0; times < 3; times++) {
    expect((await client.get('/api/v1/memories')).status).toBe(403)
    expect(await failed(key.chat.completions.create({ model: 'gpt-4o-mini', messages: hi }))).toMatchObject({ code: 'insufficient_quota' })
    expect(await failed(key.embeddings.create({ model: 'gpt-4o', input: 'x' }))).toMatchObject({ status: 404 })
    expect(await failed(key.responses.create({ model: 'gpt-4o', input: 'x' }))).toMatchObject({ code: 'model_not_found' })
  }
  const rows = async () =>
    (await app.auditRows()).filter(({ target }) => target === key.id).map(({ action, actorId, details }) => ({ action, actorId, details }))
  const row = (action: string, code: string, route: string) => ({ action, actorId: rich.user.id, details: { code, route } })
  await expect
    .poll(async () =>
      (await rows())
        .filter(({ action }) => action !== 'api_key.created')
        .toSorted((a, b) => String(a.details['route']).localeCompare(String(b.details['route']))),
    )
    .toEqual([
      row('api_key.denied', 'forbidden', 'GET /api/v1/memories'),
      row('api_key.budget_met', 'ceiling_reached', 'POST /v1/chat/completions'),
      row('api_key.denied', 'model_not_allowed', 'POST /v1/responses'),
    ])
  await rich.delete(`/api/v1/api-keys/${key.id}`)
  expect((await rows()).map(({ action }) => action)).toEqual(expect.arrayContaining(['api_key.created', 'api_key.deleted']))
})

test('every answer is one of those that OpenAI publishes: plain, streamed, with calls, cut, refused', async () => {
  const key = { authorization: `Bearer ${(await withKey({})).secret}`, 'content-type': 'application/json' }
  const raw = async (path: string, body?: object) =>
    await (await fetch(`${app.url}/v1${path}`, { headers: key, ...(body && { method: 'POST', body: JSON.stringify(body) }) })).text()
  const dataOf = (stream: string) => Array.from(stream.matchAll(/^data: (\{.*)$/gm), ([, json]) => JSON.parse(json!) as unknown)
  const chat = { model: 'gpt-4o', messages: hi }
  const question = { model: 'gpt-4o', input: 'What is the answer?' }
  const definition = weather.function
  const shapes: [Behaviour, object, object][] = [
    [{ text: 'The answer is 42.' }, {}, {}],
    [{ text: 'It is', finishReason: 'length' }, { max_completion_tokens: 16 }, { max_output_tokens: 16 }],
    [
      {
        text: 'Let me see.',
        toolCalls: [
          { name: 'weather', arguments: { city: 'Oslo' } },
          { name: 'weather', arguments: {} },
        ],
      },
      { tools: [{ type: 'function', function: definition }] },
      { tools: [{ type: 'function', ...definition }], instructions: 'Be short.', metadata: { for: 'a test' } },
    ],
  ]
  for (const [behaviour, chatWish, responseWish] of shapes) {
    script = () => ({ ...behaviour, usage: { prompt_tokens: 20, completion_tokens: 7 } })
    ChatCompletion.parse(JSON.parse(await raw('/chat/completions', { ...chat, ...chatWish })))
    const chunks = dataOf(await raw('/chat/completions', { ...chat, ...chatWish, stream: true, stream_options: { include_usage: true } }))
    expect(chunks.map((chunk) => ChatCompletionChunk.parse(chunk)).at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 27 } })
    Response.parse(JSON.parse(await raw('/responses', { ...question, ...responseWish })))
    const events = dataOf(await raw('/responses', { ...question, ...responseWish, stream: true }))
    expect(events.map((event) => ResponseEvent.parse(event).type).at(-1)).toMatch(/^response\.(completed|incomplete)$/)
  }
  Embeddings.parse(JSON.parse(await raw('/embeddings', { model: 'auto', input: ['a', 'b'], encoding_format: 'float' })))
  Models.parse(JSON.parse(await raw('/models')))
  for (const [path, body] of [
    ['/chat/completions', { ...chat, model: 'gpt-9' }],
    ['/responses', { ...question, previous_response_id: 'resp_none' }],
    ['/responses/resp_none', undefined],
    ['/embeddings', {}],
    ['/audio/speech', { model: 'tts-9', input: 'x', voice: 'alloy' }],
    ['/audio/translations', {}],
    ['/models/gpt-9', undefined],
  ] as const)
    Refusal.parse(JSON.parse(await raw(path, body)))
  expect(isPublished).toBe(true)
})
