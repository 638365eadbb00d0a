import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setUserCeiling } from '#features/accounts/index.ts'
import { createBilling } from '#features/billing/index.ts'
import { createLog } from '#lib/log.ts'
import type { ModelTool } from '#ports/models/index.ts'
import { toolTokensMax } from '#ports/models/prompt-bound.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Behaviour, type ScriptedModel, startScriptedModel } from '../../simulators/openai/scripted.ts'
import { textOf } from './client.ts'
import { startTestApp, type TestApp } from './test-app.ts'

const stack = new AsyncDisposableStack()
let app: TestApp
let provider: ScriptedModel
let billing: ReturnType<typeof createBilling>
let behave: () => Behaviour

const model = (id: string, tier: string, inputMicroUsdPerMillion: number, outputMicroUsdPerMillion: number) => ({
  id,
  name: id,
  tier,
  contextTokens: 32_000,
  outputTokensMax: 1000,
  inputMicroUsdPerMillion,
  outputMicroUsdPerMillion,
})
const table = {
  models: [model('cheap', 'economy', 100_000, 400_000), model('dear', 'premium', 10_000_000, 40_000_000)],
  auto: { free: 'cheap', pro: 'dear', enterprise: 'dear' },
  economy: 'cheap',
  embedding: { model: 'vectors', inputMicroUsdPerMillion: 1_000_000 },
}

beforeAll(async () => {
  const file = join(tmpdir(), `jarvis-models-${randomUUID()}.json`)
  await writeFile(file, JSON.stringify(table))
  stack.defer(() => rm(file))
  provider = await startScriptedModel(({ path }) => (path.endsWith('/completions') ? behave() : { text: '' }))
  stack.defer(() => provider.close())
  app = stack.use(await startTestApp({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: provider.url, MODELS_FILE: file }))
  billing = createBilling({ db: app.database.db, modelOf: () => table.models[0]!, log: createLog('silent') })
})
afterAll(() => stack.disposeAsync())
beforeEach(() => {
  behave = () => ({ text: 'Yes.', usage: { prompt_tokens: 300, completion_tokens: 20 } })
})

async function newPerson(ceilingMicroUsd: number | null) {
  const person = await app.signUp()
  await app.database.pool.query(`update users set plan = 'pro', ceiling_micro_usd = $2 where id = $1`, [person.user.id, ceilingMicroUsd])
  return person
}

const completions = () => provider.requests.filter(({ path }) => path.endsWith('/completions'))
const usageOf = async (person: Awaited<ReturnType<typeof newPerson>>) => (await person.get('/api/v1/usage?group=model')).body
const balanced = async () => expect((await billing.verifyLedger()).differences).toEqual([])

test('a ceiling that is too low for the model that was chosen is still enough for the economy model, and the answer says why', async () => {
  const person = await newPerson(10_000)
  const events = await person.ask(await person.newConversation(), 'Is it so?', { model: 'dear' })
  expect(textOf(events)).toBe('Yes.')
  const route = events.findLast((event) => event.type === 'CUSTOM' && event.name === 'route')
  expect(route).toMatchObject({ value: { model: 'cheap', reason: 'What may still be spent this month is only enough for the economy model' } })
  expect(completions().at(-1)!.body.model).toBe('cheap')
  await balanced()
})

test('at the ceiling nothing is asked of the provider, the refusal names the day on which it ends, and the question is kept', async () => {
  const person = await newPerson(0)
  const [asked, conversation] = [provider.requests.length, await person.newConversation()]
  const events = await person.ask(conversation, 'Is it so?')
  const params = { sentence: 'ceiling_reached.used', resetsOn: expect.stringMatching(/^\d{4}-\d\d-01$/) }
  const message = expect.stringMatching(/\d{4}-\d\d-01 \(UTC\)/)
  expect(events.at(-1)).toMatchObject({ type: 'RUN_ERROR', code: 'ceiling_reached', message, metadata: { params } })
  expect(provider.requests).toHaveLength(asked)
  const { items } = (await person.get(`/api/v1/conversations/${conversation}/messages`)).body
  expect(items).toMatchObject([{ content: 'Is it so?' }, { status: 'failed', error: { code: 'ceiling_reached', params } }])
  // Kept all the same: words find it until its vector can be paid for.
  expect((await person.post('/api/v1/memories', { text: 'I live in Delft' })).status).toBe(201)
  expect((await person.get('/api/v1/memories?q=Delft')).body.items).toHaveLength(1)
  expect(provider.requests).toHaveLength(asked)
  expect(await usageOf(person)).toMatchObject({ items: [], cycle: { costMicroUsd: 0, reservedMicroUsd: 0, ceilingMicroUsd: 0 } })
})

test('the provider is told how long an answer may be that can still be paid for', async () => {
  const person = await newPerson(null)
  await person.ask(await person.newConversation(), 'Is it so?')
  const prompt = completions().at(-1)!.body
  const tools = (prompt.tools as { function: ModelTool }[]).map((tool) => toolTokensMax(tool.function))
  const bound = Buffer.byteLength(JSON.stringify(prompt.messages)) + tools.reduce((sum, tokens) => sum + tokens, 64)
  expect(prompt.max_tokens).toBe(1000)
  const { cycle } = await usageOf(person)
  // The question’s own embedding is paid for first.
  const embedded = Buffer.byteLength('Is it so?') + 8
  await setUserCeiling(app.database.db, person.user.id, cycle.costMicroUsd + embedded + bound * 10 + 400 * 40)
  await person.ask(await person.newConversation(), 'Is it so?', { model: 'dear' })
  expect(completions().at(-1)!.body).toMatchObject({ model: 'dear' })
  expect(completions().at(-1)!.body.max_tokens).toBeGreaterThanOrEqual(400)
  expect(completions().at(-1)!.body.max_tokens).toBeLessThan(402)
})

test('each model call of a run is paid for on its own, and ledger, message and event say the same sum', async () => {
  const person = await newPerson(null)
  let calls = 0
  behave = () =>
    calls++ === 0
      ? { toolCalls: [{ name: 'calculator', arguments: '{"expression":"1+1"}' }], usage: { prompt_tokens: 301, completion_tokens: 7 } }
      : { text: 'Two.', usage: { prompt_tokens: 333, completion_tokens: 3 } }
  const conversation = await person.newConversation()
  const events = await person.ask(conversation, 'What is 1+1?', { model: 'dear' })
  const cost = Math.ceil(301 * 10 + 7 * 40) + Math.ceil(333 * 10 + 3 * 40)
  expect(events.find((event) => event.type === 'CUSTOM' && event.name === 'cost')).toMatchObject({ value: { costMicroUsd: cost } })
  const [, answer] = (await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items
  expect(answer.usage).toEqual({ inputTokens: 634, outputTokens: 10, costMicroUsd: cost })
  expect((await usageOf(person)).items).toContainEqual({
    key: 'dear',
    inputTokens: 634,
    outputTokens: 10,
    costMicroUsd: cost,
    calls: 2,
    estimatedCalls: 0,
    estimatedCostMicroUsd: 0,
  })
  const { rows } = await app.database.pool.query(
    `select entry, count(*)::int from ledger where message_id = $1 and kind = 'answer' group by 1 order by 1`,
    [answer.id],
  )
  expect(rows).toEqual([
    { entry: 'refund', count: 2 },
    { entry: 'reservation', count: 2 },
    { entry: 'settlement', count: 2 },
  ])
  await balanced()
})

test('a run that is refused in its second call keeps and pays what it said, and what the first call cost', async () => {
  const person = await newPerson(null)
  behave = () => {
    // Lowered while the first call is under way, it acts at the second.
    void setUserCeiling(app.database.db, person.user.id, 1)
    return {
      text: 'Let me see. ',
      toolCalls: [{ name: 'calculator', arguments: '{"expression":"1+1"}' }],
      usage: { prompt_tokens: 300, completion_tokens: 9 },
    }
  }
  const conversation = await person.newConversation()
  const events = await person.ask(conversation, 'What is 1+1?', { model: 'dear' })
  expect(events.at(-1)).toMatchObject({ type: 'RUN_ERROR', code: 'ceiling_reached' })
  const [, answer] = (await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items
  expect(answer).toMatchObject({ content: 'Let me see. ', status: 'failed', usage: { inputTokens: 300, outputTokens: 9, costMicroUsd: 3360 } })
  expect((await usageOf(person)).cycle).toMatchObject({ reservedMicroUsd: 0, tokensReserved: 0 })
  await balanced()
})
