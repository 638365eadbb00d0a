import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createLog } from '#lib/log.ts'
import { textOf } from './client.ts'
import { startModel } from './cluster/cluster.ts'
import { startCollector, treeOf } from './engines/collector.ts'
import { startTestApp } from './test-app.ts'

const secret = 'Zanzibar-in-the-rain'
const usage = { prompt_tokens: 40, completion_tokens: 7 }
const traceId = randomBytes(16).toString('hex')
const ofProxy = randomBytes(8).toString('hex')

test('one message is one trace, from the proxy’s span through the API to the worker’s calls, without a word of the person', async () => {
  using collector = await startCollector()
  await using model = await startModel([
    { toolCalls: [{ name: 'calculator', arguments: { expression: '19 * 23' } }], usage },
    { text: `437, ${secret}.`, usage },
  ])
  const settings = {
    OPENAI_BASE_URL: model.url,
    OPENAI_API_KEY: 'sk',
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/otlp/`,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20token',
  }
  async function askOnce() {
    await using app = await startTestApp({ ...settings, TRUST_PROXY: '1' })
    return (await askAs('ada', app)).runId
  }
  const runId = await askOnce()
  const spans = collector.spans().filter((span) => span.traceId === traceId)
  const called = spans.filter(({ name }) => name.startsWith('chat '))
  const chat = `chat ${called[0]!.attributes['gen_ai.request.model'] as string}`
  expect(treeOf(spans, ofProxy)).toEqual([
    'POST /api/v1/conversations/:id/messages',
    '  run',
    '    guard',
    '    recall',
    `    ${chat}`,
    '    execute_tool calculator',
    `    ${chat}`,
  ])
  const attributesOf = (name: string) => spans.find((span) => span.name === name)!.attributes
  expect(attributesOf(chat)).toMatchObject({ 'gen_ai.usage.input_tokens': 40, 'gen_ai.usage.output_tokens': 7, 'jarvis.outcome': 'ok' })
  expect(attributesOf('execute_tool calculator')).toMatchObject({ 'gen_ai.tool.name': 'calculator', 'jarvis.outcome': 'ok' })
  expect(attributesOf('guard')).toMatchObject({ 'jarvis.guard.action': 'allow' })
  expect(attributesOf('run')).toMatchObject({ 'jarvis.run.id': runId, 'jarvis.run.attempt': 1 })
  expect([...collector.paths]).toEqual(['POST /otlp/v1/traces Bearer token'])
  expect(collector.everything()).not.toContain(secret)

  const before = collector.spans().length
  const direct = await startTestApp(settings)
  const { person, conversation } = await askAs('eve', direct)
  const socket = await person.socket()
  socket.send({ type: 'send', conversationId: conversation, messageId: randomUUID(), content: secret })
  await socket.runToEnd((await socket.next('ack')).runId)
  await direct[Symbol.asyncDispose]()
  const own = collector.spans().slice(before)
  expect(
    own.map((span) => span.traceId),
    'a traceparent of nobody’s proxy',
  ).not.toContain(traceId)
  const frame = own.find(({ name }) => name === 'frame send')!
  expect(treeOf(own, frame.spanId).slice(0, 3)).toEqual(['run', '  guard', '  recall'])
  expect(collector.everything()).not.toContain(secret)
})

/** Sends one message with a traceparent and waits for its answer. */
async function askAs(name: string, app: Awaited<ReturnType<typeof startTestApp>>) {
  const person = await app.signUp({ name: secret, email: `${name}-${secret}@example.org` })
  const conversation = await person.newConversation()
  const sent = await fetch(`${app.url}/api/v1/conversations/${conversation}/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${person.accessToken}`,
      traceparent: `00-${traceId}-${ofProxy}-01`,
    },
    body: JSON.stringify({ messageId: randomUUID(), content: `${secret}: what is 19 * 23?` }),
  })
  const { runId } = (await sent.json()) as { runId: string }
  await person.get(`/api/v1/conversations?q=${secret}`)
  expect(textOf((await person.events(runId)).map(({ event }) => event))).toContain('437')
  return { person, conversation, runId }
}

test('a collector that takes connections and never answers, or is not there, harms no run and is said once', async () => {
  const held: Socket[] = []
  const silent = createServer((socket) => void held.push(socket.on('error', () => undefined))).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  await using model = await startModel(() => ({ text: '437', usage }))
  const ask = async (url: string, untilSaid: boolean) => {
    const lines: string[] = []
    const log = createLog('warn', { write: (line) => void lines.push(line) })
    const said = () => lines.filter((line) => line.includes('traces were not sent')).length
    await using app = await startTestApp({ OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk', OTEL_EXPORTER_OTLP_ENDPOINT: url }, { log })
    await askAs('ada', app)
    if (untilSaid) await expect.poll(said, { timeout: 60_000 }).toBe(1)
    await askAs('bob', app)
    expect(said()).toBeLessThan(2)
  }
  await ask(`http://127.0.0.1:${port}`, true)
  expect(held.length).toBeGreaterThan(0)
  silent.close()
  for (const socket of held) socket.destroy()
  await ask(`http://127.0.0.1:${port}`, false)
})

test('without a collector nothing of OpenTelemetry’s SDK is loaded', async () => {
  const modulesOf = async (endpoint: string) => {
    const program = `
      import { registerHooks } from 'node:module'
      const seen = new Set()
      registerHooks({ load(url, context, next) { seen.add(url); return next(url, context) } })
      await import('./api/src/app.ts')
      const { readConfig } = await import('./api/src/config.ts')
      const { openTracing } = await import('./api/src/ports/tracing/index.ts')
      const { tracing, proxies } = readConfig()
      await using opened = await openTracing(tracing, { log: console, proxies, version: '1' })
      console.log(JSON.stringify([...seen]))`
    const env = { PATH: process.env.PATH, JWT_SECRET: 'x'.repeat(32), DATABASE_URL: 'postgres://x/y', CHROMA_URL: 'http://x', ...named(endpoint) }
    const options = { cwd: join(import.meta.dirname, '../..'), env, maxBuffer: 64 * 1024 * 1024 }
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], options)
    return JSON.parse(stdout) as string[]
  }
  const named = (endpoint: string) => (endpoint ? { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } : {})
  const isSdk = (url: string) => url.includes('/@opentelemetry/') && !url.includes('/@opentelemetry/api/')
  const [off, on] = await Promise.all([modulesOf(''), modulesOf('http://127.0.0.1:1')])
  expect(off.filter(isSdk)).toEqual([])
  expect(off.filter((url) => url.includes('/fastify/')).length).toBeGreaterThan(0)
  expect(on.filter(isSdk).length).toBeGreaterThan(0)
})
