import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Shape, shapes, startProviders } from '../../../../simulators/providers/providers.ts'
import { createRouter, practiceTable } from '#features/router/index.ts'
import { createLog } from '#lib/log.ts'
import { billOf, type Tokens } from '#lib/money.ts'
import { openChatModels } from '#ports/models/chat-models.ts'
import { noTracing } from '#ports/tracing/index.ts'
import { createCompletions } from './index.ts'

let providers: Awaited<ReturnType<typeof startProviders>>
beforeAll(async () => {
  providers = await startProviders()
})
afterAll(() => providers.close())

const look = (index: number) => ({
  name: index === 0 ? 'look' : `look_${index}`,
  description: 'Looks',
  parameters: { type: 'object', properties: {} },
})
const question = [{ role: 'user' as const, text: 'What is the answer to life, the universe and everything?' }]

/** Asks through everything that is between an answer and a provider, and says what was shown, kept and charged. */
async function ask(shape: Shape) {
  const { model = 'm', kind = 'openai', firstTokenSeconds = 30, idleSeconds = 30, dialect = {} } = shape
  const charged: (Tokens & { isEstimate: boolean })[] = []
  const prepay = async () => ({
    outputTokensMax: 2048,
    estimate: () => ({ inputTokens: 1, outputTokens: 1, isEstimate: true }),
    settle: (used: Tokens & { isEstimate: boolean }) => void charged.push(used),
    [Symbol.dispose]() {},
  })
  const completions = createCompletions({
    guard: { judge: () => expect.fail('nothing is judged here') },
    router: createRouter(practiceTable, { practice: true }),
    openSpending: () => ({ prepay, due: () => [], settled: () => undefined, [Symbol.asyncDispose]: async () => {} }),
    models: openChatModels(
      [{ id: 'one', kind, baseUrl: providers.urlOf(shape), apiKey: 'sk-test', firstTokenSeconds, idleSeconds }],
      [{ id: 'model', provider: 'one', model, dialect }],
    ),
    tracing: noTracing,
    log: createLog('silent'),
  })
  const shown = { text: '', reasoning: '', calls: [] as string[] }
  const tools = Array.from({ length: shape.tools ?? 1 }, (_, index) => look(index))
  const outcome = await completions
    .open(billOf({ userId: 'ada' }))
    .complete({
      messages: shape.messages ?? question,
      tools,
      effort: shape.effort,
      wishes: shape.wishes,
      sink: {
        text: (delta) => void (shown.text += delta),
        reasoning: (delta) => void (shown.reasoning += delta),
        toolCallStart: (_id, name) => void shown.calls.push(name),
        toolCallArgs: () => {},
      },
      models: ['model'],
      economy: 'model',
      answering: { model: 'model' },
      signal: new AbortController().signal,
    })
    .then(
      ({ answer }) => ({ answer }),
      (error: unknown) => ({ error }),
    )
  return { ...outcome, shown, charged, requests: providers.requestsOf(shape).length }
}

test('there are enough shapes, each under a name of its own', () => {
  expect(shapes.length).toBeGreaterThanOrEqual(120)
  expect(new Set(shapes.map(({ name }) => name)).size).toBe(shapes.length)
})

test.concurrent.each(shapes)('$name', { timeout: 60_000 }, async (shape) => {
  const { becomes } = shape
  const outcome = await ask(shape)
  const { shown, charged, requests } = outcome
  if ('fails' in becomes) {
    expect(outcome).not.toHaveProperty('answer')
    const { fails, retryAfterSeconds, status } = becomes
    expect((outcome as { error: unknown }).error).toMatchObject({
      code: fails.split('.')[0],
      params: { sentence: fails },
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      ...(status !== undefined && { status }),
    })
  } else {
    if ('error' in outcome) throw outcome.error
    const { text = '', reasoning = '', calls = [], finish } = becomes
    const { answer } = outcome
    expect({ ...answer, calls: answer.calls.map(({ name, args }) => ({ name, args })) }).toMatchObject({ text, reasoning, calls })
    expect(answer.calls.filter(({ id }, at) => id === '' || answer.calls.findIndex((call) => call.id === id) !== at)).toEqual([])
    expect(shown).toEqual({ text, reasoning, calls: calls.map(({ name }) => name) })
    if (finish !== undefined) expect(answer.finishReason).toBe(finish)
  }
  if (becomes.requests !== undefined) expect(requests).toBe(becomes.requests)
  const { used } = becomes
  if (used === 'nothing') expect(charged).toEqual([])
  else if (used === 'estimate') expect(charged).toEqual(Array.from({ length: requests }, () => expect.objectContaining({ isEstimate: true })))
  else if (used !== undefined) {
    const { in: inputTokens, out: outputTokens, cached, reasoning, written } = used
    expect(charged.at(-1)).toEqual({
      inputTokens,
      outputTokens,
      isEstimate: false,
      ...(cached !== undefined && { cachedInputTokens: cached }),
      ...(written !== undefined && { cacheWriteTokens: written }),
      ...(reasoning !== undefined && { reasoningTokens: reasoning }),
    })
  }
})
