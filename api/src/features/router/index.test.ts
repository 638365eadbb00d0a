import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createRouter, ModelTable, openAiTable, practiceTable, readModelTable } from './index.ts'

const router = createRouter(openAiTable, { practice: false })
const question = { plan: 'free', requested: null, budgetLeft: 1, promptTokens: 100 } as const

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
