import { expect, onTestFinished, test } from 'vitest'
import type { AuditEntry } from '@jarvis/contracts/admin.ts'
import { serve } from '../src/practice-model/http.ts'
import { startOllama } from '../../simulators/local/ollama.ts'
import { startVllm } from '../../simulators/local/vllm.ts'
import { startScriptedModel } from '../../simulators/openai/scripted.ts'
import { createLog } from '#lib/log.ts'
import { type Answer, textOf } from './client.ts'
import { startRedis } from './engines/redis.ts'
import { startTestApp } from './test-app.ts'

const key = 'provider-key-that-nobody-reads-back'
const refusal = { error: { message: `Incorrect API key provided: ${key}. You can find yours on our page.` } }

const ollamaModels = [
  { name: 'qwen3:8b', family: 'qwen3', contextTokens: 40_960, capabilities: ['completion', 'tools', 'thinking'] },
  {
    name: 'llava:7b',
    family: 'llama',
    contextTokens: 32_768,
    capabilities: ['completion', 'vision'],
    parameters: 'num_ctx                        4096',
  },
  { name: 'nomic-embed-text:latest', family: 'nomic-bert', contextTokens: 2048, capabilities: ['embedding'] },
]
const ofOllama = [
  {
    model: 'llava:7b',
    contextTokens: 4096,
    outputTokensMax: null,
    capabilities: { tools: false, images: true, reasoning: false },
    priced: true,
    chosenAs: [],
  },
  {
    model: 'qwen3:8b',
    contextTokens: 40_960,
    outputTokensMax: null,
    capabilities: { tools: true, images: false, reasoning: true },
    priced: true,
    chosenAs: [],
  },
]

async function startProvider() {
  let isRefusing = true
  const provider = await startScriptedModel(() =>
    isRefusing ? { status: 401, body: refusal } : { text: 'From the page’s model.', usage: { prompt_tokens: 10, completion_tokens: 5 } },
  )
  onTestFinished(() => provider.close())
  return { ...provider, accept: () => (isRefusing = false) }
}

test('an administrator adds a provider, tests it, chooses a model, and it answers in every process without a restart', async () => {
  const provider = await startProvider()
  const written: string[] = []
  const log = createLog('trace', { write: (line: string) => void written.push(line) })
  // Two processes: a run of one may be worked on by the other.
  await using redis = await startRedis()
  const secrets = {
    REDIS_URL: redis.url,
    SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
    JWT_SECRET: 'the same secret for both processes',
  }
  await using app = await startTestApp(secrets, { log })
  await using other = await startTestApp({ ...secrets, DATABASE_URL: app.settings.DATABASE_URL })
  const admin = await app.signUp()
  const person = await app.signUp()
  const told: unknown[] = []
  const ask = async (answer: Promise<Answer>) => {
    const { status, body } = await answer
    told.push(body)
    return { status, body }
  }
  expect((await ask(admin.get('/api/v1/admin/models'))).body).toEqual({ items: [], nextCursor: null })
  expect((await ask(admin.get('/api/v1/instance'))).body.practiceModel).toBe(true)

  const added = await ask(admin.post('/api/v1/admin/providers', { name: 'Our cellar', kind: 'openai', baseUrl: provider.url, apiKey: key }))
  expect(added).toMatchObject({ status: 201, body: { id: 'our-cellar', source: 'page', keySet: true, keyFault: false } })
  const test = () => ask(admin.post('/api/v1/admin/providers/our-cellar/test', { model: 'its-name' }))
  expect(await test()).toMatchObject({
    status: 200,
    body: { ok: false, said: 'Incorrect API key provided: [key]. You can find yours on our page.', advice: expect.stringContaining('key') },
  })
  provider.accept()
  expect(await test()).toMatchObject({ status: 200, body: { ok: true, model: 'its-name', said: 'From the page’s model.' } })
  expect((await ask(admin.get('/api/v1/admin/providers/our-cellar/models'))).body.items).toMatchObject([{ model: 'scripted', chosenAs: [] }])

  const chosen = { id: 'cellar', name: 'Cellar', provider: 'our-cellar', model: 'its-name', contextTokens: 32_000, inputMicroUsdPerMillion: 1000 }
  const set = await ask(admin.patch('/api/v1/admin/models', { set: [{ ...chosen, standardFor: ['free'], capabilities: { images: true } }] }))
  expect(set.body.items).toMatchObject([
    { id: 'cellar', source: 'page', tier: 'economy', standardFor: ['free', 'pro', 'enterprise'], economy: true, capabilities: { images: true } },
  ])
  expect((await ask(admin.get('/api/v1/instance'))).body.practiceModel).toBe(false)
  expect(textOf(await person.ask(await person.newConversation(), 'Who answers?'))).toBe('From the page’s model.')
  const asked = provider.requests.findLast(({ path }) => path.endsWith('/completions'))!
  expect(asked).toMatchObject({ headers: { authorization: `Bearer ${key}` }, body: { model: 'its-name' } })

  const elsewhere = other.anyone()
  elsewhere.useToken(person.accessToken)
  const there = async () => (await elsewhere.get('/api/v1/models')).body.items
  await expect.poll(there, { timeout: 60_000 }).toMatchObject([{ id: 'cellar', practice: false, provider: 'our-cellar' }])
  await ask(admin.patch('/api/v1/admin/models', { set: [{ id: 'cellar', name: 'Renamed' }] }))
  await expect.poll(there, { timeout: 60_000 }).toMatchObject([{ id: 'cellar', name: 'Renamed', contextTokens: 32_000 }])

  // A key goes to no other address than it was typed for.
  const moved = await ask(admin.patch('/api/v1/admin/providers/our-cellar', { baseUrl: 'http://127.0.0.1:9/v1' }))
  expect(moved).toMatchObject({ status: 400, body: { errors: [{ path: 'apiKey' }] } })
  expect((await ask(admin.delete('/api/v1/admin/providers/our-cellar'))).status).toBe(204)
  expect((await ask(admin.get('/api/v1/admin/models'))).body.items).toEqual([])
  await expect.poll(there, { timeout: 60_000 }).toMatchObject([{ practice: true }])

  const { items } = (await ask(admin.get('/api/v1/admin/audit?limit=200'))).body as { items: AuditEntry[] }
  const acts = items.filter(({ target }) => target === 'our-cellar' || target === 'cellar').map(({ action }) => action)
  expect(acts.toReversed()).toEqual(['provider.added', 'provider.tested', 'provider.tested', 'model.added', 'model.changed', 'provider.removed'])
  expect(items.find(({ action }) => action === 'model.changed')!.details).toEqual({ name: 'Cellar → Renamed' })
  expect(JSON.stringify(told)).not.toContain(key)
  expect(written.length).toBeGreaterThan(0)
  expect(written.join('')).not.toContain(key)
})

test('the key lies in no row in clear, opens with its SECRETS_KEY alone, and nobody but an administrator comes near', async () => {
  await using app = await startTestApp({ SECRETS_KEY: Buffer.alloc(32, 1).toString('base64') })
  const admin = await app.signUp()
  const body = { name: 'Cloud', kind: 'anthropic', apiKey: key }
  expect((await admin.post('/api/v1/admin/providers', body)).body).toMatchObject({ id: 'cloud', baseUrl: 'https://api.anthropic.com' })
  expect((await admin.post('/api/v1/admin/providers', body)).body.id).toBe('cloud-2')
  const choose = async (set: object[]) => await admin.patch('/api/v1/admin/models', { set })
  // What Anthropic publishes; a model that has no row there is never taken for free.
  const chosen = await choose([{ id: 'sonnet', provider: 'cloud', model: 'claude-sonnet-4-5-20250929', contextTokens: 1_000_000 }])
  expect(chosen.body.items[0]).toMatchObject({
    tier: 'premium',
    contextTokens: 200_000,
    inputMicroUsdPerMillion: 3_000_000,
    outputMicroUsdPerMillion: 15_000_000,
  })
  const unknown = { id: 'new', provider: 'cloud', model: 'claude-quatrain-9' }
  expect(await choose([unknown])).toMatchObject({ status: 400, body: { errors: [{ path: 'inputMicroUsdPerMillion' }] } })
  expect((await choose([{ ...unknown, inputMicroUsdPerMillion: 0 }])).status).toBe(200)
  const { rows } = await app.database.pool.query<{ all: string }>(
    `select (select json_agg(p) from model_providers p)::text || (select coalesce(json_agg(a), '[]') from audit_outbox a)::text
       || (select coalesce(json_agg(a), '[]') from audit a)::text || (select coalesce(json_agg(i), '[]') from idempotent_answers i)::text as all`,
  )
  expect(rows[0]!.all).toContain('cloud-2')
  for (const form of [key, Buffer.from(key).toString('base64').slice(0, 20), Buffer.from(key).toString('hex')])
    expect(rows[0]!.all).not.toContain(form)

  await using stranger = await startTestApp({ SECRETS_KEY: Buffer.alloc(32, 2).toString('base64'), DATABASE_URL: app.settings.DATABASE_URL })
  const again = stranger.anyone()
  const { body: session } = await again.post('/api/v1/auth/login?transport=body', { email: admin.person.email, password: admin.person.password })
  again.useToken(session.accessToken)
  expect((await again.get('/api/v1/admin/providers')).body.items).toMatchObject([{ keySet: true, keyFault: true }, { keyFault: true }])
  expect(await again.post('/api/v1/admin/providers/cloud/test', {})).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('SECRETS_KEY') },
  })

  const person = await app.signUp()
  const apiKey = app.anyone()
  apiKey.useToken((await admin.post('/api/v1/api-keys', { name: 'a program' })).body.secret)
  for (const [client, status] of [
    [person, 403],
    [apiKey, 403],
    [app.anyone(), 401],
  ] as const) {
    const calls = [
      client.get('/api/v1/admin/providers'),
      client.post('/api/v1/admin/providers', body),
      client.patch('/api/v1/admin/providers/cloud', { name: 'x' }),
      client.delete('/api/v1/admin/providers/cloud'),
      client.post('/api/v1/admin/providers/cloud/test', {}),
      client.get('/api/v1/admin/providers/cloud/models'),
      client.get('/api/v1/admin/models'),
      client.patch('/api/v1/admin/models', { remove: ['cellar'] }),
    ]
    expect((await Promise.all(calls)).map((answer) => answer.status)).toEqual(calls.map(() => status))
  }
})

test('the environment wins over the page and says so; Ollama and vLLM say what their models can; a redirect is not followed', async () => {
  const own = await startScriptedModel([{ text: 'From the environment.' }])
  const ollama = await startOllama(ollamaModels)
  const vllm = await startVllm({ model: 'mistral', contextTokens: 16_384 })
  const redirecting = await serve(async (_, response) => void response.writeHead(302, { location: own.url }).end())
  onTestFinished(async () => void (await Promise.all([own.close(), ollama.close(), vllm.close(), redirecting.close()])))
  await using app = await startTestApp({ OPENAI_API_KEY: 'sk-first', OPENAI_BASE_URL: own.url })
  const admin = await app.signUp()
  const add = async (name: string, baseUrl: string) => (await admin.post('/api/v1/admin/providers', { name, kind: 'openai', baseUrl })).body.id
  const offered = async (id: string) => await admin.get(`/api/v1/admin/providers/${id}/models`)

  expect((await offered(await add('Ollama', ollama.root))).body.items).toEqual(ofOllama)
  expect((await offered(await add('vLLM', `${vllm.url}/`))).body.items).toMatchObject([{ model: 'mistral', contextTokens: 16_384 }])
  const moved = await add('Moved', redirecting.url)
  expect(await offered(moved)).toMatchObject({ status: 502, body: { code: 'upstream_rejected' } })
  const before = own.requests.length
  expect((await admin.post(`/api/v1/admin/providers/${moved}/test`, { model: 'x' })).body).toMatchObject({ ok: false })
  expect(own.requests.length).toBe(before)

  expect((await admin.get('/api/v1/admin/providers')).body.items[0]).toMatchObject({ id: 'default', source: 'environment', keySet: true })
  const set = (change: object) => admin.patch('/api/v1/admin/models', { set: [change] })
  expect(await admin.patch('/api/v1/admin/providers/default', { name: 'mine' })).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect(await set({ id: 'gpt-4o', name: 'mine' })).toMatchObject({ status: 409 })
  expect(await set({ id: 'mistral', provider: 'vllm', standardFor: ['free'] })).toMatchObject({ status: 409 })
  expect(await set({ id: 'mistral', provider: 'nowhere' })).toMatchObject({ status: 404 })
  expect(await set({ id: 'mistral', provider: 'vllm', fallbacks: ['nothing'] })).toMatchObject({ status: 400 })
  const { items } = (await set({ id: 'mistral', provider: 'vllm', fallbacks: ['gpt-4o-mini'] })).body
  expect(items.find(({ id }: { id: string }) => id === 'gpt-4o-mini')).toMatchObject({ source: 'environment', standardFor: ['free'], economy: true })
  expect(items.at(-1)).toMatchObject({ id: 'mistral', source: 'page', fallbacks: ['gpt-4o-mini'], standardFor: [] })
})

test('an Ollama at its usual address is found, with what it says of its models, until it is added; a model that OpenAI makes has its price', async () => {
  const ollama = await startOllama(ollamaModels)
  const vllm = await startVllm({ model: 'mistral', contextTokens: 16_384 })
  onTestFinished(async () => void (await Promise.all([ollama.close(), vllm.close()])))
  await using app = await startTestApp({ OLLAMA_URL: ollama.root })
  await using none = await startTestApp({ OLLAMA_URL: vllm.url })
  const admin = await app.signUp()
  const found = async () => (await admin.get('/api/v1/admin/providers/found')).body.items
  expect((await (await none.signUp()).get('/api/v1/admin/providers/found')).body.items).toEqual([])
  expect(await found()).toEqual([{ name: 'Ollama', kind: 'openai', baseUrl: `${ollama.root}/v1`, models: ofOllama }])
  expect(await (await app.signUp()).get('/api/v1/admin/providers/found')).toMatchObject({ status: 403 })

  await admin.post('/api/v1/admin/providers', { name: 'Ollama', kind: 'openai', baseUrl: ollama.root })
  expect(await found()).toEqual([])
  await admin.post('/api/v1/admin/providers', { name: 'vLLM', kind: 'openai', baseUrl: vllm.url })
  await admin.post('/api/v1/admin/providers', { name: 'OpenAI', kind: 'openai', apiKey: 'sk-test' })
  const set = [
    { id: 'here', provider: 'ollama', model: 'qwen3:8b', contextTokens: 40_960, capabilities: { tools: true }, fallbacks: ['there'] },
    { id: 'there', provider: 'vllm', model: 'mistral', contextTokens: 16_384, capabilities: { tools: false } },
    { id: 'gpt', provider: 'openai', model: 'gpt-4o' },
  ]
  const { items } = (await admin.patch('/api/v1/admin/models', { set })).body
  const gpt = items.find(({ id }: { id: string }) => id === 'gpt')
  expect(gpt).toMatchObject({ name: 'GPT-4o', tier: 'premium', contextTokens: 128_000, outputMicroUsdPerMillion: 10_000_000 })
  const ask = async (model: string) => textOf(await admin.ask(await admin.newConversation(), 'Is it you?', { model }))
  expect(await ask('here')).toBe('Yes, from qwen3:8b.')
  expect(await ask('there')).toBe('Yes, from mistral.')
  // The way that was set for when it fails.
  await ollama.close()
  expect(await ask('here')).toBe('Yes, from mistral.')
})

test('of a failed answer people see a sentence, administrators also status, model and the provider’s words, as long as the answer is kept', async () => {
  const model = await startScriptedModel([{ status: 401, body: refusal }])
  onTestFinished(() => model.close())
  await using app = await startTestApp({ OPENAI_API_KEY: key, OPENAI_BASE_URL: model.url })
  const admin = await app.signUp()
  const person = await app.signUp()
  const conversation = await person.newConversation()
  const events = await person.ask(conversation, 'Who are you?')
  const shown = (await person.get(`/api/v1/conversations/${conversation}/messages`)).body
  expect(events.at(-1)).toMatchObject({ type: 'RUN_ERROR', code: 'upstream_rejected' })
  expect(JSON.stringify([events, shown])).not.toContain('Incorrect API key')

  const of = (messageId: string) => `/api/v1/admin/models/failures?messageId=${messageId}`
  const answer = shown.items[1].id as string
  expect((await person.get(of(answer))).status).toBe(403)
  const { items } = (await admin.get(of(answer))).body
  expect(items).toMatchObject([{ provider: 'default', model: 'gpt-4o-mini', attempt: 1, code: 'upstream_rejected', status: 401, messageId: answer }])
  expect(items[0].said).toContain('Incorrect API key provided: [key]')
  expect(JSON.stringify(items)).not.toContain(key)
  expect((await admin.get(of(shown.items[0].id))).body.items).toEqual([])
  expect((await admin.get('/api/v1/admin/models/failures')).body.items).toEqual(items)

  expect((await person.delete(`/api/v1/conversations/${conversation}`)).status).toBe(204)
  expect((await admin.get('/api/v1/admin/models/failures')).body.items).toEqual([])
})

test('what a refusal taught is known to every process and after a restart, until an administrator forgets it', async () => {
  const message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
  const model = await startScriptedModel(({ body }) => ('max_tokens' in body ? { status: 400, body: { error: { message } } } : { text: 'Yes.' }))
  onTestFinished(() => model.close())
  await using redis = await startRedis()
  const settings = { REDIS_URL: redis.url, OPENAI_API_KEY: key, OPENAI_BASE_URL: model.url, JWT_SECRET: 'the same secret for both processes' }
  await using first = await startTestApp(settings)
  const admin = await first.signUp()
  const limits = () => model.requests.filter(({ path }) => path.endsWith('/completions')).map(({ body }) => ('max_tokens' in body ? 'old' : 'new'))
  const ask = async () => expect(textOf(await admin.ask(await admin.newConversation(), 'Is it so?'))).toBe('Yes.')
  await ask()
  expect(limits()).toEqual(['old', 'new'])

  await using other = await startTestApp({ ...settings, DATABASE_URL: first.settings.DATABASE_URL })
  const elsewhere = other.anyone()
  elsewhere.useToken(admin.accessToken)
  const learned = async (client: typeof elsewhere) => (await client.get('/api/v1/admin/models/lessons')).body.items
  const lesson = { baseUrl: model.url, model: 'gpt-4o-mini', lesson: { maxTokens: 'max_completion_tokens' } }
  expect(await learned(admin)).toMatchObject([lesson])
  expect(await learned(elsewhere)).toMatchObject([lesson])
  for (let asked = 0; asked < 4; asked++) await ask()
  expect(limits()).toEqual(['old', 'new', 'new', 'new', 'new', 'new'])

  const [{ id }] = await learned(elsewhere)
  expect((await elsewhere.delete(`/api/v1/admin/models/lessons/${id}`)).status).toBe(204)
  expect((await elsewhere.delete(`/api/v1/admin/models/lessons/${id}`)).status).toBe(404)
  expect(await learned(elsewhere)).toEqual([])
  await expect.poll(() => learned(admin), { timeout: 60_000 }).toEqual([])
  await ask()
  expect(limits().slice(6)).toEqual(['old', 'new'])
  expect((await first.auditRows()).filter(({ action }) => action === 'model.lesson_forgotten')).toMatchObject([
    { target: `openai ${model.url} gpt-4o-mini`, details: { maxTokens: 'max_completion_tokens → none' } },
  ])
})
