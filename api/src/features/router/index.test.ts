import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createRouter, ModelTable, openAiTable, practiceTable, readModelTable } from './index.ts'

const router = createRouter(openAiTable, { practice: false })
const proof = 'Suppose that every finite subgroup is normal. Prove that if x = y^2 then the ratio of all orders must divide n, and find it.'
const sizes = { promptTokens: 100, historyTokens: 0, filesTokens: 0, rulesTokens: 1000 }
const question = { plan: 'free', requested: null, budgetLeft: 1, prompt: proof, ...sizes } as const

test.each([
  ['free', null, 1, 'gpt-4o-mini'],
  ['pro', null, 1, 'gpt-4o'],
  ['enterprise', null, 1, 'gpt-4o'],
  ['pro', 'gpt-4.1', 1, 'gpt-4.1'],
  ['enterprise', 'gpt-5', 1, 'gpt-5'],
  ['free', 'gpt-4o', 1, 'gpt-4o-mini'],
  ['pro', null, 0.05, 'gpt-4o-mini'],
  ['pro', 'gpt-4o', 0.05, 'gpt-4o-mini'],
] as const)('%s who asks for %s with %d of the budget left gets %s', (plan, requested, budgetLeft, model) => {
  const route = router.choose({ ...question, plan, requested, budgetLeft })
  expect(route.model.id).toBe(model)
  expect(route.reason).not.toBe('')
})

test.each([
  ['pro', 'Hello!', 'gpt-4o-mini'],
  ['pro', 'What is the capital of France?', 'gpt-4o-mini'],
  ['pro', proof, 'gpt-4o'],
  ['enterprise', 'Thanks', 'gpt-4o-mini'],
] as const)('%s who asks "%s" is answered by what it is worth: %s', (plan, prompt, model) => {
  const route = router.choose({ ...question, plan, prompt })
  expect(route.model.id).toBe(model)
  // The choice was against the other one of the two, whose price is known too.
  expect(route.alternatives[0]).toMatchObject({ model: model === 'gpt-4o' ? 'gpt-4o-mini' : 'gpt-4o', estimatedCostMicroUsd: expect.any(Number) })
  expect(route.alternatives.every(({ reason }) => reason !== '')).toBe(true)
})

const small: ModelTable = {
  ...openAiTable,
  models: openAiTable.models.map((model) => ({
    ...model,
    contextTokens: model.id === 'gpt-4.1' ? 1_000_000 : 8000,
    ...(model.id === 'gpt-4o' && { capabilities: { images: false } }),
  })),
}
test.each([
  ['the message is long', { promptTokens: 50_000 }, 'gpt-4.1', /^The standard model does not answer this: it reads 8,000 tokens/],
  ['what came before is long', { historyTokens: 7000 }, 'gpt-4.1', /this message and what came before it$/],
  ['there are pictures', { hasPictures: true }, 'gpt-4.1', /does not see pictures$/],
  ['a program needs pictures seen', { needs: { images: true } }, 'gpt-4.1', /does not see pictures$/],
  ['the standard model fails', { providers: { failing: ['gpt-4o'], firstTokenMs: {} } }, 'gpt-4.1', /does not answer at the moment$/],
  ['there is less money than it costs', { microUsdLeft: 1000 }, 'gpt-4o-mini', /more than may still be spent/],
  ['a key may name one model', { only: ['gpt-4.1-nano'] }, 'gpt-4.1-nano', /this key may not name it$/],
] as const)('a fact outdoes what is expected of a model: %s', (_, facts, model, reason) => {
  const route = createRouter(small, { practice: false }).choose({ ...question, plan: 'pro', ...facts })
  expect(route.model.id).toBe(model)
  expect(route.reason).toMatch(reason)
  expect(route.alternatives.find((other) => other.model === 'gpt-4o')?.reason).not.toBe('')
})

test('where every model has an obstacle, the least one decides: the message is refused by the model that reads most', () => {
  const all = { failing: openAiTable.models.map(({ id }) => id), firstTokenMs: {} }
  expect(router.choose({ ...question, plan: 'pro', providers: all }).model.id).toBe('gpt-4o')
  expect(router.choose({ ...question, promptTokens: 400_000 }).model.contextTokens).toBeGreaterThan(1_000_000)
})

test('a person’s choice holds, and what Jarvis would have chosen stands beside it', () => {
  const route = router.choose({ ...question, plan: 'pro', requested: 'gpt-4.1', prompt: 'Hello' })
  expect(route).toMatchObject({ model: { id: 'gpt-4.1' }, reason: 'You chose this model' })
  expect(route.alternatives[0]).toMatchObject({ model: 'gpt-4o-mini', reason: 'Jarvis would have chosen it' })
})

test('a stronger model that is much slower has to be worth that too, and the last half of a budget is spent more carefully', () => {
  const prompt = 'Design a distributed rate limiter with exactly-once semantics; discuss failure modes'
  const asked = { ...question, plan: 'pro', prompt } as const
  expect(router.choose(asked).model.id).toBe('gpt-4o')
  const firstTokenMs = { 'gpt-4o': 8000, 'gpt-4o-mini': 500 }
  expect(router.choose({ ...asked, providers: { failing: [], firstTokenMs } }).model.id).toBe('gpt-4o-mini')
  expect(router.choose({ ...asked, budgetLeft: 0.2 }).model.id).toBe('gpt-4o-mini')
})

test('models that cost nothing are chosen by what they answer alone', () => {
  expect(createRouter(practiceTable, { practice: true }).choose({ ...question, plan: 'pro', prompt: 'Hello' }).model.id).toBe('practice')
})

test('the estimate is of the whole turn: what came before, the rules and tools, and a second call where a tool is called for', () => {
  const cost = (more: object) => router.choose({ ...question, prompt: 'What is the weather in Oslo today?', ...more }).estimatedCostMicroUsd
  const alone = cost({ rulesTokens: 0 })
  expect(cost({ rulesTokens: 1000 }) - alone).toBe(150)
  expect(cost({ rulesTokens: 0, historyTokens: 2000 }) - alone).toBe(300)
  expect(cost({ rulesTokens: 1000, hasTools: true })).toBeGreaterThan(cost({ rulesTokens: 1000 }) + 150)
})

test('the same question gives the same route, whatever the question is, and quickly', () => {
  for (const prompt of ['', '\ud800', 'a'.repeat(200_000), '=+*/'.repeat(50_000), '请证明费马小定理。'.repeat(10_000)]) {
    const startedAt = process.cpuUsage()
    expect(router.choose({ ...question, plan: 'pro', prompt })).toEqual(router.choose({ ...question, plan: 'pro', prompt }))
    expect(process.cpuUsage(startedAt).user / 1000).toBeLessThan(500)
  }
})

test.each([
  ['Bonjour, merci !', 'small talk', 'other'],
  ['Übersetze das bitte ins Englische: Der Hund schläft.', 'translation', 'de'],
  ['次の文章を要約してください。', 'summary', 'ja'],
  ['Escribe una carta para mi vecino', 'writing', 'es'],
  ['Why does this Python code not compile?', 'code', 'en'],
  ['Какая погода в Москве?', 'current facts', 'ru'],
  ['Solve x^2 + 3x + 2 = 0', 'mathematics', 'other'],
])('of %s it reads %s and %s', (prompt, task, language) => {
  expect(router.choose({ ...question, prompt }).reading).toMatchObject({ task, language })
})

test('a fallback is never above the plan', () => {
  for (const plan of ['free', 'pro', 'enterprise'] as const) {
    const allowed = new Set(router.modelsOf(plan).map(({ id }) => id))
    for (const { id } of router.modelsOf(plan)) {
      for (const fallback of router.choose({ ...question, plan, requested: id }).fallbacks) expect(allowed).toContain(fallback.id)
    }
  }
})

test('a model above the plan and one that does not exist are refused by name', () => {
  expect(() => router.checkRequested('free', 'gpt-4o')).toThrow(expect.objectContaining({ code: 'model_not_allowed' }))
  expect(() => router.checkRequested('free', 'gpt-9')).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  expect(router.checkRequested('free', 'auto')).toBeNull()
})

test('both built-in tables pass the checks that a MODELS_FILE must pass', () => {
  expect(ModelTable.safeParse(openAiTable).error).toBeUndefined()
  expect(ModelTable.safeParse(practiceTable).error).toBeUndefined()
  expect(ModelTable.safeParse({ ...practiceTable, economy: 'missing' }).success).toBe(false)
})

test('a file of models that is nested beyond measure is refused in a sentence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'models-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'models.json')
  writeFileSync(file, '['.repeat(100_000) + ']'.repeat(100_000))
  expect(() => readModelTable(file)).toThrow(/models\.json is not JSON: The JSON is nested deeper than/)
})
