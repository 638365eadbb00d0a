import { emptyAnswer, foldRunEvent, type RunEvent } from '@jarvis/contracts/run.ts'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { type AnswerRequest, createAgent } from '#features/agent/index.ts'
import { defineTool, everyPlan, everyRole } from '#features/agent/tool.ts'
import { createCompletions } from '#features/completions/index.ts'
import { createRouter, practiceTable } from '#features/router/index.ts'
import { createLog } from '#lib/log.ts'
import { billOf } from '#lib/money.ts'
import type { RunStep } from '#lib/run-step.ts'
import { openChatModels } from '#ports/models/chat-models.ts'
import { noTracing } from '#ports/tracing/index.ts'
import type { Behaviour, RecordedRequest } from '../../../simulators/openai/scripted.ts'
import { startModel } from './cluster.ts'

const payments = 3
const done = 'All is paid.'

/** Pays one bill after the other, each in an answer of its own; the ids of the calls are all the same, as some providers have them. */
function payer({ body }: RecordedRequest): Behaviour {
  const messages = body.messages as { role: string }[]
  const paid = messages.filter(({ role }) => role === 'tool').length
  if (paid === payments) return { text: done }
  return { text: `Bill ${paid}. `, toolCalls: [{ id: 'call_0', name: 'pay', arguments: { bill: paid } }] }
}

/** A journal that dies with its process at one step: before it is kept, or just after. */
function journal(kept: RunStep[], dies: { at: number; keeps: boolean } | null) {
  let written = 0
  return async (step: RunStep): Promise<void> => {
    if (dies && written === dies.at) {
      if (dies.keeps) kept.push(step)
      throw new Error('killed')
    }
    written++
    kept.push(step)
  }
}

/** As real attempts do: it goes until it ends or is killed, and what was kept is all that the next one knows. */
async function attempt(modelUrl: string, steps: RunStep[], dies: Parameters<typeof journal>[1], effects: number[]) {
  const call = { outputTokensMax: 1000, estimate: () => expect.fail('nothing is estimated'), settle() {}, [Symbol.dispose]() {} }
  const completions = createCompletions({
    guard: { judge: () => expect.fail('nothing is judged') },
    router: createRouter(practiceTable, { practice: true }),
    openSpending: () => ({ prepay: async () => call, due: () => [], settled: () => undefined, [Symbol.asyncDispose]: async () => {} }),
    models: openChatModels(
      [{ id: 'one', kind: 'openai', baseUrl: modelUrl, apiKey: 'key' }],
      [{ id: 'scripted', provider: 'one', model: 'scripted', dialect: {} }],
    ),
    tracing: noTracing,
    log: createLog('silent'),
  })
  await using work = completions.open(billOf({ userId: 'u' }))
  const agent = createAgent({
    tools: [
      defineTool({
        name: 'pay',
        title: 'Pay',
        description: 'Pays a bill',
        args: z.strictObject({ bill: z.int() }),
        risk: 'act',
        roles: everyRole,
        plans: everyPlan,
        timeoutSeconds: 5,
        outputCharactersMax: 1000,
        untrusted: false,
        leaves: 'nothing',
        execute: async ({ bill }) => {
          effects.push(bill)
          return { content: `bill ${bill} is paid` }
        },
      }),
    ],
    inspectToolOutput: async (text) => ({ text, score: 0, action: 'allow' }),
    policies: { rulesOf: async () => ({ policy: 'never', mayRemember: false, isStanding: false }), remember: async () => undefined },
    approvalSeconds: 60,
    toldBitsMax: 8,
    current: async () => ({ userId: 'u', role: 'user', plan: 'free' }),
    audit: async () => undefined,
    tracing: noTracing,
    log: createLog('silent'),
  })
  const request: AnswerRequest = {
    caller: { userId: 'u', role: 'user', plan: 'free' },
    conversationId: 'c',
    taskId: 't',
    messageId: 'm',
    text: 'Pay my bills',
    history: [],
    memories: [],
    models: ['scripted'],
    economy: 'scripted',
    bill: billOf({ userId: 'u' }),
    complete: work.complete,
    toolNames: null,
    toolTokensMax: 100_000,
    steps: [...steps],
    record: journal(steps, dies),
    signal: new AbortController().signal,
  }
  const answering = agent.answer(request)
  const events: RunEvent[] = []
  for (;;) {
    const { done, value } = await answering.next()
    if (done) return { result: value, answer: events.reduce(foldRunEvent, emptyAnswer) }
    events.push(value)
  }
}

// Each payment is three steps: the call, that it is about to act, its result.
const points = Array.from({ length: payments * 3 }, (_, at) => [
  { at, keeps: false },
  { at, keeps: true },
]).flat()

test.each(points)('a process killed at step $at (kept: $keeps) never makes a tool act twice, and the next one ends the answer', async (dies) => {
  await using model = await startModel(payer)
  const [steps, effects]: [RunStep[], number[]] = [[], []]
  expect((await attempt(model.url, steps, dies, effects)).result.status).toBe('failed')
  const { result, answer } = await attempt(model.url, steps, null, effects)
  expect(result).toMatchObject({ status: 'complete', content: answer.content })
  expect(answer.content).toBe(`Bill 0. Bill 1. Bill 2. ${done}`)
  expect(effects).toEqual([...new Set(effects)])
  // One that said that it acts and has no result may have acted or not: it is not made again, and the model is told so.
  const isUnknown = dies.at % 3 === (dies.keeps ? 1 : 2)
  expect(effects).toHaveLength(isUnknown && dies.keeps ? payments - 1 : payments)
  const results = steps.flatMap((step) => (step.kind === 'tool' ? [step.content] : []))
  expect(results).toHaveLength(payments)
  const asked = model.requests.at(-1)!.body.messages as { role: string; content: string }[]
  expect(asked.filter(({ role, content }) => role === 'tool' && content.includes('was interrupted while it acted'))).toHaveLength(isUnknown ? 1 : 0)
})

test('killed over and over, an answer still ends with every tool having acted at most once', async () => {
  for (const at of [0, 1, 2]) {
    await using model = await startModel(payer)
    const [steps, effects]: [RunStep[], number[]] = [[], []]
    for (let kills = 0; kills < 12; kills++) await attempt(model.url, steps, { at, keeps: true }, effects)
    const { result } = await attempt(model.url, steps, null, effects)
    expect(result).toMatchObject({ status: 'complete', content: expect.stringContaining(done) })
    expect(effects).toEqual([...new Set(effects)])
  }
})
