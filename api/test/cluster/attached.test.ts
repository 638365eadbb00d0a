import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { data, named } from '../../../simulators/providers/shape.ts'
import { readJson, serve } from '../../src/practice-model/http.ts'
import { startCluster, until } from './cluster.ts'

type Body = Record<string, unknown>
const args = { expression: '6 * 7' }
const geminiEnd = { finishReason: 'STOP' }
const gemini = (parts: object[], more: object = {}) => data({ candidates: [{ content: { role: 'model', parts }, ...more }] })
const begun = named({ type: 'message_start', message: { usage: { input_tokens: 1, output_tokens: 1 } } } as never)
const block = (index: number, content_block: object, ...deltas: object[]) =>
  named({ type: 'content_block_start', index, content_block } as never) +
  deltas.map((delta) => named({ type: 'content_block_delta', index, delta } as never)).join('')
const ended = (stop_reason: string) =>
  named({ type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: 5 } } as never) + named({ type: 'message_stop' })

/** Each calls a tool, and attaches what must come back with the call's result; then it answers. */
const protocols = {
  gemini: {
    kind: 'google',
    model: 'gemini-3-pro',
    calling: gemini([{ functionCall: { id: 'a', name: 'calculator', args }, thoughtSignature: 'GEMINI-SIGNED' }], geminiEnd),
    answering: gemini([{ text: 'It is 42.' }], geminiEnd),
    isAfterTool: (body: Body) => JSON.stringify(body).includes('"functionResponse"'),
    sentBack: ({ contents }: Body) => (contents as { role: string; parts: unknown[] }[]).findLast(({ role }) => role === 'model')!.parts,
    expected: [{ functionCall: { id: 'a', name: 'calculator', args }, thoughtSignature: 'GEMINI-SIGNED' }],
  },
  claude: {
    kind: 'anthropic',
    model: 'claude-sonnet-4-5',
    calling:
      begun +
      block(
        0,
        { type: 'thinking', thinking: '', signature: '' },
        { type: 'thinking_delta', thinking: 'Six by seven.' },
        { type: 'signature_delta', signature: 'CLAUDE-SIGNED' },
      ) +
      block(1, { type: 'redacted_thinking', data: 'CLAUDE-REDACTED' }) +
      block(2, { type: 'tool_use', id: 'a', name: 'calculator', input: {} }, { type: 'input_json_delta', partial_json: JSON.stringify(args) }) +
      ended('tool_use'),
    answering: begun + block(0, { type: 'text', text: 'It is 42.' }) + ended('end_turn'),
    isAfterTool: (body: Body) => JSON.stringify(body).includes('"tool_result"'),
    sentBack: ({ messages }: Body) => (messages as { role: string; content: unknown[] }[]).findLast(({ role }) => role === 'assistant')!.content,
    expected: [
      { type: 'thinking', thinking: 'Six by seven.', signature: 'CLAUDE-SIGNED' },
      { type: 'redacted_thinking', data: 'CLAUDE-REDACTED' },
      { type: 'tool_use', id: 'a', name: 'calculator', input: args },
    ],
  },
} as const
type Name = keyof typeof protocols

test('kill -9 after a tool’s result: the process that takes over sends what the provider had attached, word for word', async () => {
  const afterTool: Record<Name, Body[]> = { gemini: [], claude: [] }
  const provider = await serve(async (request, response, path) => {
    const name: Name = path.includes('gemini') ? 'gemini' : 'claude'
    const { calling, answering, isAfterTool } = protocols[name]
    const body = await readJson(request)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    if (!isAfterTool(body)) return void response.end(calling)
    // The first process never hears the answer.
    if (afterTool[name].push(body) === 1) return response.flushHeaders()
    response.end(answering)
  })
  onTestFinished(() => provider.close())
  const folder = await mkdtemp(join(tmpdir(), 'jarvis-attached-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const baseUrl = provider.url.replace(/\/v1$/, '')
  const names = Object.keys(protocols) as Name[]
  const price = { inputMicroUsdPerMillion: 0, outputMicroUsdPerMillion: 0 }
  const limits = { tier: 'economy', contextTokens: 32_000, outputTokensMax: 4096, ...price }
  const table = {
    providers: names.map((id) => ({ id, kind: protocols[id].kind, baseUrl })),
    models: names.map((id) => ({ id, name: id, provider: id, model: protocols[id].model, ...limits })),
    auto: { free: 'gemini', pro: 'gemini', enterprise: 'gemini' },
    economy: 'gemini',
    embedding: null,
  }
  const file = join(folder, 'models.json')
  await writeFile(file, JSON.stringify(table))

  await using cluster = await startCluster({
    modelUrl: provider.url,
    settings: { MODELS_FILE: file },
    replicas: [{ JARVIS_ROLES: 'api' }, { JARVIS_ROLES: 'worker' }],
  })
  const [api, worker] = cluster.replicas
  const client = (await cluster.signUp()).on(api!.url)
  const runs = names.map(async (model) => ({ model, events: await client.ask(await client.newConversation(), 'What is six by seven?', { model }) }))
  await until(() => names.every((name) => afterTool[name].length === 1))
  await worker!.kill()
  await worker!.start()
  for (const { model, events } of await Promise.all(runs)) {
    const { sentBack, expected } = protocols[model]
    expect(events.at(-1)).toMatchObject({ type: 'RUN_FINISHED', outcome: { type: 'success' } })
    expect(afterTool[model].map(sentBack)).toEqual([expected, expected])
  }
  expect(await cluster.query('select status, attempt from runs')).toEqual(names.map(() => ({ status: 'succeeded', attempt: 2 })))
})
