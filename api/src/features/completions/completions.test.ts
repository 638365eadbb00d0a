import { expect, onTestFinished, test } from 'vitest'
import { createRouter, practiceTable } from '#features/router/index.ts'
import { AppError } from '#lib/app-error.ts'
import { createLog } from '#lib/log.ts'
import { billOf } from '#lib/money.ts'
import { openChatModels } from '#ports/models/chat-models.ts'
import { noTracing } from '#ports/tracing/index.ts'
import { type Script, startScriptedModel } from '../../../../simulators/openai/scripted.ts'
import { type CompletionsDeps, createCompletions } from './index.ts'

type End = { model: string; end: 'given back' } | { model: string; inputTokens: number; outputTokens: number; isEstimate: boolean }

/** Completions over providers that do what a test says, and a purse that writes down how each call ended. */
async function completing(
  scripts: Record<string, Script>,
  refuses: (model: string) => AppError | null = () => null,
  log: CompletionsDeps['log'] = createLog('silent'),
) {
  const names = Object.keys(scripts)
  const servers = await Promise.all(names.map((name) => startScriptedModel(scripts[name]!)))
  for (const server of servers) onTestFinished(() => server.close())
  const ends: End[] = []
  async function prepay(model: string, inputTokensMax: number) {
    const refusal = refuses(model)
    if (refusal) throw refusal
    let end: End = { model, end: 'given back' }
    return {
      outputTokensMax: 500,
      estimate: (streamed: string) => ({ inputTokens: inputTokensMax, outputTokens: streamed.length, isEstimate: true }),
      settle: (used: { inputTokens: number; outputTokens: number; isEstimate: boolean }) => void (end = { model, ...used }),
      [Symbol.dispose]: () => void ends.push(end),
    }
  }
  const completions = createCompletions({
    guard: { judge: () => expect.fail('nothing is judged here') },
    router: createRouter(practiceTable, { practice: true }),
    openSpending: () => ({ prepay, due: () => [], settled: () => undefined, [Symbol.asyncDispose]: async () => {} }),
    models: openChatModels(
      names.map((name, index) => ({ id: name, kind: 'openai' as const, baseUrl: servers[index]!.url, apiKey: 'sk-test', firstTokenSeconds: 1.5 })),
      names.map((name) => ({ id: name, provider: name, model: name, dialect: {} })),
    ),
    tracing: noTracing,
    log,
  })
  const work = completions.open(billOf({ userId: 'ada' }))
  const routes: string[] = []
  return {
    ends,
    routes,
    requests: (name: string) => servers[names.indexOf(name)]!.requests.length,
    ask: (models: string[], signal = new AbortController().signal, onText: () => void = () => {}) =>
      work.complete({
        messages: [{ role: 'user', text: 'Is it so?' }],
        tools: [],
        sink: { text: onText, reasoning() {}, toolCallStart() {}, toolCallArgs() {} },
        models,
        economy: models.at(-1)!,
        answering: { model: models[0]! },
        onRoute: (model) => routes.push(model),
        signal,
      }),
  }
}

const answer = { text: 'Yes.', usage: { prompt_tokens: 9, completion_tokens: 2 } }
const settled = (model: string) => ({ model, inputTokens: 9, outputTokens: 2, isEstimate: false })

test('a call is settled for what the provider counted', async () => {
  const { ask, ends } = await completing({ one: [answer] })
  expect(await ask(['one'])).toMatchObject({ model: 'one', answer: { text: 'Yes.' }, used: { inputTokens: 9, outputTokens: 2 } })
  expect(ends).toEqual([settled('one')])
})

test('a provider that refuses costs nothing, and the next model answers', async () => {
  const { ask, ends, routes } = await completing({ one: [{ status: 500 }], two: [answer] })
  expect(await ask(['one', 'two'])).toMatchObject({ model: 'two' })
  expect(ends).toEqual([{ model: 'one', end: 'given back' }, settled('two')])
  expect(routes).toEqual(['two'])
})

test.each([
  ['had the request and fell silent', { stall: 'before-headers' as const }],
  ['opened its answer and fell silent', { stall: 'before-first-token' as const }],
])('a provider that %s may bill it: the call stands as an estimate', async (_name, behaviour) => {
  const { ask, ends } = await completing({ one: [behaviour], two: [answer] })
  await ask(['one', 'two'])
  expect(ends).toEqual([{ model: 'one', inputTokens: expect.any(Number), outputTokens: 0, isEstimate: true }, settled('two')])
})

test('a stop in mid-answer is paid for by what came', async () => {
  const { ask, ends } = await completing({ one: [{ stall: 'mid-stream', afterText: 'It is' }] })
  const stop = new AbortController()
  await expect(ask(['one'], stop.signal, () => stop.abort(new Error('stopped')))).rejects.toThrow('stopped')
  expect(ends).toEqual([{ model: 'one', inputTokens: expect.any(Number), outputTokens: 'It is'.length, isEstimate: true }])
})

test('a stop before the first word may be billed, whatever its reason: the call stands as an estimate', async () => {
  const stop = new AbortController()
  const { ask, ends } = await completing({
    one: () => {
      stop.abort(new AppError('invalid_request', 'The connection was closed.'))
      return { stall: 'before-headers' }
    },
  })
  await expect(ask(['one'], stop.signal)).rejects.toThrow('The connection was closed.')
  expect(ends).toEqual([{ model: 'one', inputTokens: expect.any(Number), outputTokens: 0, isEstimate: true }])
})

test('a stop that comes before the request is sent costs nothing', async () => {
  const stop = new AbortController()
  const { ask, ends, requests } = await completing({ one: [answer] }, () => {
    stop.abort(new Error('stopped'))
    return null
  })
  await expect(ask(['one'], stop.signal)).rejects.toThrow('stopped')
  expect(ends).toEqual([{ model: 'one', end: 'given back' }])
  expect(requests('one')).toBe(0)
})

test('what can no longer be paid for is given to the economy model, and a refusal of ours says nothing of the provider', async () => {
  const tooDear = new AppError('ceiling_reached', 'No.')
  const { ask, ends, requests } = await completing({ dear: [answer], cheap: [answer] }, (model) => (model === 'dear' ? tooDear : null))
  for (let turn = 0; turn < 6; turn++) expect(await ask(['dear', 'cheap'])).toMatchObject({ model: 'cheap' })
  expect(ends).toEqual(Array.from({ length: 6 }, () => settled('cheap')))
  expect(requests('dear')).toBe(0)
})

test('a model whose circuit is open is passed over before anything is set aside, and others are not in its circuit', async () => {
  const { ask, ends, requests } = await completing({ one: [{ status: 500 }], two: [answer] })
  for (let turn = 0; turn < 7; turn++) expect(await ask(['one', 'two'])).toMatchObject({ model: 'two' })
  expect(requests('one')).toBe(5)
  expect(ends.filter(({ model }) => model === 'one')).toHaveLength(5)
  expect(ends.filter(({ model }) => model === 'two')).toEqual(Array.from({ length: 7 }, () => settled('two')))
})

test('each call that fails is one line in the log, with what the provider said and without its key', async () => {
  const lines: object[] = []
  const said = { error: { message: 'Incorrect API key provided: sk-test-0123456789. See your account.' } }
  const { ask } = await completing({ one: [{ status: 503 }, { status: 401, body: said }] }, undefined, {
    info: () => {},
    warn: (details) => void lines.push(details),
  })
  await expect(ask(['one'])).rejects.toMatchObject({ code: 'upstream_rejected' })
  expect(lines).toEqual([
    expect.objectContaining({ provider: 'one', model: 'one', attempt: 1, status: 503, code: 'upstream_failed' }),
    expect.objectContaining({ provider: 'one', model: 'one', attempt: 2, status: 401, code: 'upstream_rejected' }),
  ])
  expect(JSON.stringify(lines[1])).toContain('See your account')
  expect(JSON.stringify(lines)).not.toContain('0123456789')
})
