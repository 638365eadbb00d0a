import { expect, test, vi } from 'vitest'
import { billOf } from '#lib/money.ts'
import { AppError } from '#lib/app-error.ts'
import { stoppedByPerson } from '#lib/stopped-by-person.ts'
import type { AnswerResult } from '#features/agent/index.ts'
import { run, type RunDeps, type RunRequest } from './run.ts'

const ids = { runId: 'r', userId: 'u', conversationId: 'c', messageId: 'm', assistantMessageId: 'a' }
const request: RunRequest = {
  outside: { taint: null, isForeign: false, context: null },
  apiKeyId: null,
  ...ids,
  resumes: null,
  taskId: null,
  parts: [{ type: 'text', text: 'Hello' }],
  attached: { fileIds: [], hasPictures: false },
  routedBefore: null,
  requestedModel: null,
  requestedTools: null,
  requestedEffort: null,
  steps: [],
  record: async () => undefined,
  bill: billOf({ userId: 'u' }),
  signal: new AbortController().signal,
}
const model = {
  id: 'small',
  name: 'Small',
  tier: 'economy',
  contextTokens: 8000,
  outputTokensMax: 1000,
  inputMicroUsdPerMillion: 1,
  outputMicroUsdPerMillion: 1,
  fallbacks: [],
} as const
const complete: AnswerResult = {
  parts: [{ type: 'text', text: 'Hi' }],
  content: 'Hi',
  finishReason: 'stop',
  status: 'complete',
  interrupts: [],
  taint: null,
  route: null,
  toolCalls: [],
  sources: [],
  usage: [{ model: 'small', inputTokens: 3, outputTokens: 1 }],
  calls: [{ model: 'small', inputTokens: 3, outputTokens: 1 }],
  error: null,
}

function runDeps(replace: Partial<RunDeps> = {}, answer: AnswerResult = complete) {
  const order: string[] = []
  const stage = <Args extends unknown[], Result>(name: string, work: (...args: Args) => Result) =>
    vi.fn((...args: Args): Result => {
      order.push(name)
      return work(...args)
    })
  const deps: RunDeps = {
    admit: stage('admit', async () => ({
      caller: { userId: 'u', role: 'user', plan: 'free' } as const,
      room: { budgetLeft: 1, tokensLeft: 100_000, microUsdLeft: null } as const,
    })),
    guard: stage('guard', (text: string) => ({ score: 0, action: 'allow', signals: [], text }) as const),
    route: stage('route', () => ({
      model: { ...model, fallbacks: [] },
      fallbacks: [],
      economy: { ...model, fallbacks: [] },
      reason: 'standard',
      estimatedCostMicroUsd: 1,
      alternatives: [{ model: 'large', reason: 'dearer', estimatedCostMicroUsd: 9 }],
      reading: { task: 'question', language: 'en', need: 0.4321 } as const,
      sees: false,
    })),
    recall: stage('recall', async () => ({ memories: [{ id: '1', text: 'My name is Ada', score: 0.9 }] })),
    instructions: async () => ({ own: '', foreign: '', shared: '' }),
    files: async () => ({ files: [], pictures: [] }),
    history: stage('history', async () => ({ tokens: 40, within: () => ({ messages: [], isLong: true }) })),
    rulesTokens: () => ({ rulesTokens: 500, hasTools: true }),
    async *answer() {
      order.push('answer')
      yield { type: 'TEXT_MESSAGE_CONTENT', messageId: 'a', delta: 'Hi' } as const
      return answer
    },
    complete: () => Promise.reject(new Error('no model is called')),
    charge: stage('charge', () => [{ model: 'small', kind: 'answer', inputTokens: 3, outputTokens: 1, costMicroUsd: 7 }] as const as never),
    save: stage('save', async () => undefined),
    keepTurn: stage('keepTurn', async () => undefined),
    memorise: stage('memorise', async () => undefined),
    name: stage('name', async () => undefined),
    sumUp: stage('sumUp', async () => undefined),
    ...replace,
  }
  return { deps, order }
}

test('the stages come in the order of the architecture, and memorising after the run’s end', async () => {
  const { deps, order } = runDeps()
  const events = await Array.fromAsync(run(deps, request), (event) => {
    if (event.type === 'RUN_FINISHED') order.push('finished')
    return event.type === 'CUSTOM' ? event.name : event.type
  })
  expect(order).toEqual([
    'admit',
    'guard',
    'history',
    'route',
    'recall',
    'answer',
    'charge',
    'charge',
    'save',
    'finished',
    'keepTurn',
    'memorise',
    'name',
    'sumUp',
  ])
  expect(events).toEqual(['RUN_STARTED', 'route', 'memory', 'TEXT_MESSAGE_CONTENT', 'route', 'cost', 'RUN_FINISHED'])
})

test('a refused caller costs nothing: no model is called and nothing is stored', async () => {
  const { deps, order } = runDeps({ admit: () => Promise.reject(new AppError('budget_exhausted', 'used up')) })
  await expect(Array.fromAsync(run(deps, request))).rejects.toMatchObject({ code: 'budget_exhausted' })
  expect(order).toEqual([])
})

test('a blocked message reaches no model, no memory and no index', async () => {
  const { deps, order } = runDeps({ guard: (text) => ({ score: 1, action: 'block', signals: ['override'], text }) })
  await expect(Array.fromAsync(run(deps, request))).rejects.toMatchObject({ code: 'blocked_by_guard' })
  expect(order).toEqual(['admit', 'history'])
})

test('the route is chosen by the words, the history, rules and tools; its receipt says what the others would have cost, over all runs of the answer', async () => {
  const { deps } = runDeps()
  const before = {
    model: 'small',
    reason: '',
    estimatedCostMicroUsd: 1,
    alternatives: [{ model: 'large', reason: '', estimatedCostMicroUsd: 9, costMicroUsd: 5 }],
  }
  await Array.fromAsync(run(deps, { ...request, routedBefore: before }))
  expect(deps.route).toHaveBeenCalledWith(
    expect.objectContaining({ prompt: 'Hello', promptTokens: 2, historyTokens: 40, rulesTokens: 500, hasTools: true }),
  )
  expect(deps.charge).toHaveBeenLastCalledWith([expect.objectContaining({ model: 'large', inputTokens: 3 })])
  const saved = vi.mocked(deps.save).mock.calls[0]![1]
  expect(saved).toMatchObject({ model: 'small', difficulty: 0.43, alternatives: [{ model: 'large', estimatedCostMicroUsd: 9, costMicroUsd: 12 }] })
})

test('a flagged message is answered from its sanitised text and never remembered', async () => {
  const { deps, order } = runDeps({ guard: () => ({ score: 0.6, action: 'flag', signals: ['hidden'], text: 'clean' }) })
  await Array.fromAsync(run(deps, request))
  expect(deps.recall).toHaveBeenCalledWith(expect.anything(), 'clean', expect.any(Number), expect.anything())
  expect(order).not.toContain('memorise')
  expect(order).not.toContain('keepTurn')
})

test('a stopped answer is saved and charged like a whole one', async () => {
  const controller = new AbortController()
  controller.abort(stoppedByPerson)
  const { deps, order } = runDeps({}, { ...complete, status: 'stopped' })
  const events = await Array.fromAsync(run(deps, { ...request, signal: controller.signal }))
  expect(order).toContain('save')
  expect(events.at(-1)).toMatchObject({ type: 'RUN_FINISHED', outcome: { type: 'cancelled' } })
})

test('a run that lost its lease saves nothing', async () => {
  const controller = new AbortController()
  controller.abort(new Error('lease lost'))
  const { deps, order } = runDeps({}, { ...complete, status: 'stopped' })
  await expect(Array.fromAsync(run(deps, { ...request, signal: controller.signal }))).rejects.toThrow('lease lost')
  expect(order).not.toContain('save')
})

test('a model that fails after some text ends in RUN_ERROR with what was used', async () => {
  const { deps } = runDeps({}, { ...complete, status: 'failed', error: { code: 'upstream_failed', detail: 'broke off', cause: null } })
  const events = await Array.fromAsync(run(deps, request))
  expect(events.at(-1)).toMatchObject({ type: 'RUN_ERROR', code: 'upstream_failed', usage: complete.usage })
  expect(deps.save).toHaveBeenCalled()
  expect(deps.memorise).not.toHaveBeenCalled()
  expect(deps.keepTurn).not.toHaveBeenCalled()
})

test('a message that cannot fit the model is refused by name', async () => {
  const { deps, order } = runDeps()
  await expect(Array.fromAsync(run(deps, { ...request, parts: [{ type: 'text', text: 'x'.repeat(40_000) }] }))).rejects.toMatchObject({
    code: 'invalid_request',
  })
  expect(order).not.toContain('answer')
})
