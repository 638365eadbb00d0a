import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, inject, test } from 'vitest'
import { createApp } from '#app.ts'
import { readConfig } from '#config.ts'
import { processesIn, signalProcess } from '#ports/children/process-id.ts'
import { openDatabase } from '#ports/database/index.ts'
import { openBundledChroma } from '#ports/vectors/bundled-chroma.ts'
import { startScriptedModel } from '../../simulators/openai/scripted.ts'
import { createClient, textOf } from './client.ts'
import { startFragilePath } from './engines/fragile-path.ts'
import { freePort } from './engines/free-port.ts'
import { canLosePackets, startLossyPath } from './engines/lossy-path.ts'
import { startRedis } from './engines/redis.ts'
import { startSilentProxy } from './engines/silent-proxy.ts'
import { copyDatabase, newPerson, startTestApp } from './test-app.ts'

/** What a person waits at most, with room for a loaded machine: without a deadline it is minutes, or for ever. */
const answerMsMax = 12_000
/** What a provider has for its first token; a path that is dead is found in six seconds. */
const firstTokenMs = 120_000

/** An app behind whose every engine stands a path that can be cut. */
async function appBehindProxies(stack: AsyncDisposableStack) {
  const redis = stack.use(await startRedis())
  const model = await startScriptedModel(() => ({ text: 'Still here' }))
  stack.defer(() => model.close())
  const name = new URL(await copyDatabase(stack)).pathname.slice(1)
  const { host, user } = inject('postgres')
  const at = (url: string) => ({ host: '127.0.0.1', port: Number(new URL(url).port) })
  const [database, redisPath, vectors, provider] = await Promise.all([
    startSilentProxy({ path: `${host}/.s.PGSQL.5432` }),
    startSilentProxy(at(redis.url)),
    startSilentProxy(at(inject('chromaUrl'))),
    startSilentProxy(at(model.url)),
  ])
  for (const proxy of [database, redisPath, vectors, provider]) stack.use(proxy)
  const app = stack.use(
    await startTestApp({
      DATABASE_URL: `postgresql://${user}@127.0.0.1:${database.port}/${name}`,
      REDIS_URL: `redis://127.0.0.1:${redisPath.port}`,
      CHROMA_URL: `http://127.0.0.1:${vectors.port}`,
      OPENAI_API_KEY: 'sk-test-secret',
      OPENAI_BASE_URL: `http://127.0.0.1:${provider.port}/v1`,
    }),
  )
  return { app, engines: { database, redis: redisPath, vectors, provider } }
}

test.each(['database', 'redis', 'vectors', 'provider'] as const)(
  'when the path to %s swallows packets everybody has a typed answer soon, readiness says so, and a whole run works when it heals',
  async (engine) => {
    await using stack = new AsyncDisposableStack()
    const { app, engines } = await appBehindProxies(stack)
    const person = await app.signUp()
    const conversation = await person.newConversation()
    expect(textOf(await person.ask(conversation, 'Hi'))).toBe('Still here')
    const send = () => person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'My name is Ada' })
    const isNeeded = engine === 'database' || engine === 'redis'

    engines[engine].swallow()
    const since = performance.now()
    const asked = [
      send(),
      person.get('/api/v1/me'),
      person.get('/api/v1/conversations'),
      person.get('/api/v1/memories?q=Ada'),
      person.post('/api/v1/memories', { text: 'I keep bees.' }),
      person.post('/api/v1/conversations', {}),
    ]
    for (const answer of await Promise.all(asked)) {
      expect(answer.status === 503 ? answer.body.code : answer.status).toSatisfy((is) => is === 'unavailable' || is < 300)
    }
    const ready = await app.anyone().get('/readyz')
    expect(performance.now() - since).toBeLessThan(answerMsMax)
    expect(ready.status).toBe(isNeeded ? 503 : 200)
    if (engine !== 'provider') expect(ready.body.engines[engine]).toBe('down')

    engines[engine].heal()
    await expect.poll(async () => (await app.anyone().get('/readyz')).status).toBe(200)
    expect(textOf(await person.ask(conversation, 'Are you there?'))).toBe('Still here')
  },
)

test('a path to the provider that dies under a call ends it long before the limit for a first token, and a whole run works when it heals', async () => {
  await using stack = new AsyncDisposableStack()
  const asked = Promise.withResolvers<void>()
  const isChat = (path: string) => path.endsWith('completions')
  const model = await startScriptedModel(({ path, body }) => {
    if (!isChat(path) || !JSON.stringify(body.messages).includes('Wait')) return { text: 'Still here' }
    asked.resolve()
    return { stall: 'before-headers' }
  })
  stack.defer(() => model.close())
  const path = stack.use(await startFragilePath(Number(new URL(model.url).port)))
  const app = stack.use(await startTestApp({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `http://127.0.0.1:${path.port}/v1` }))
  const person = await app.signUp()
  const ask = async (text: string) => await person.ask(await person.newConversation(), text)
  const unreachable = { type: 'RUN_ERROR', code: 'upstream_failed', message: expect.stringContaining('cannot be reached') }

  // The request arrived, and may be billed.
  const waiting = ask('Wait for me')
  await asked.promise
  await path.die()
  const since = performance.now()
  expect((await waiting).at(-1)).toMatchObject(unreachable)
  expect(performance.now() - since).toBeLessThan(firstTokenMs / 2)
  const paid = async () =>
    (await person.get('/api/v1/usage?group=model')).body.items
      .filter(({ key }: { key: string }) => key.startsWith('gpt'))
      .map(({ key, calls, estimatedCalls }: Record<string, unknown>) => [key, calls, estimatedCalls])
  expect(await paid()).toEqual([['gpt-4o-mini', 1, 1]])

  // No connection is made, and nothing is paid.
  expect((await ask('Hi')).at(-1)).toMatchObject(unreachable)
  expect(await paid()).toEqual([['gpt-4o-mini', 1, 1]])

  path.heal()
  await expect.poll(async () => textOf(await ask('Are you there?')), { timeout: 60_000 }).toBe('Still here')
})

test('a path to the provider that takes connections and passes nothing on ends what waits at /v1 too, while one that thinks is waited for', async () => {
  await using stack = new AsyncDisposableStack()
  const model = await startScriptedModel(({ body }) =>
    JSON.stringify(body.messages ?? '').includes('Think') ? { text: 'Thought of', firstTokenDelayMs: 15_000 } : { text: 'Still here' },
  )
  stack.defer(() => model.close())
  const path = stack.use(await startSilentProxy({ host: '127.0.0.1', port: Number(new URL(model.url).port) }))
  const app = stack.use(await startTestApp({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `http://127.0.0.1:${path.port}/v1` }))
  const person = await app.signUp()
  const robot = app.anyone()
  robot.useToken((await person.post('/api/v1/api-keys', { name: 'Robot' })).body.secret)
  const chat = (content: string) => robot.post('/v1/chat/completions', { model: 'gpt-4o-mini', messages: [{ role: 'user', content }] })
  const calls = () => [chat('Hi'), robot.post('/v1/embeddings', { model: 'text-embedding-3-small', input: 'Hi' })]
  for (const { status } of await Promise.all(calls())) expect(status).toBe(200)
  expect((await chat('Think about it')).body.choices[0].message.content).toBe('Thought of')

  path.swallow()
  const since = performance.now()
  for (const answer of await Promise.all(calls()))
    expect(answer).toMatchObject({ status: expect.toSatisfy((is) => is === 502 || is === 503), body: { error: { code: expect.any(String) } } })
  expect(performance.now() - since).toBeLessThan(answerMsMax)

  path.heal()
  await expect.poll(async () => (await chat('Are you there?')).body.choices?.[0].message.content, { timeout: 60_000 }).toBe('Still here')
})

test.skipIf(!canLosePackets())(
  'one connection to the provider whose packets are lost in mid-answer ends its call long before the limit for silence, while new ones work',
  async () => {
    await using stack = new AsyncDisposableStack()
    const model = await startScriptedModel(({ path, body }) =>
      path.endsWith('completions') && JSON.stringify(body.messages).includes('Wait')
        ? { stall: 'mid-stream', afterText: 'So far' }
        : { text: 'Still here' },
    )
    stack.defer(() => model.close())
    const path = stack.use(await startLossyPath(Number(new URL(model.url).port)))
    const app = stack.use(await startTestApp({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `http://127.0.0.1:${path.port}/v1` }))
    const person = await app.signUp()
    const socket = await person.socket({ token: person.accessToken })
    const conversationId = await person.newConversation()
    socket.send({ type: 'send', conversationId, messageId: crypto.randomUUID(), content: 'Wait for me' })
    const { runId } = await socket.next('ack')
    // What came has acknowledged what was sent.
    await socket.next('event', ({ event }) => event.type === 'TEXT_MESSAGE_CONTENT')
    path.lose()
    const since = performance.now()
    expect(textOf(await person.ask(await person.newConversation(), 'Are you there?'))).toBe('Still here')
    expect((await socket.runToEnd(runId)).at(-1)!.event).toMatchObject({ type: 'RUN_ERROR', code: 'upstream_failed' })
    expect(performance.now() - since).toBeLessThan(firstTokenMs / 2)
  },
)

/** Stops them for ten seconds, as a machine that sleeps or swaps does: connections stay, and nothing is answered. */
async function expectNobodyWaits(client: ReturnType<typeof createClient>, engines: Record<string, 'down'>, pidsNow: () => Promise<number[]>) {
  const conversation = await client.newConversation()
  await client.ask(conversation, 'My name is Ada')
  // PostgreSQL has a process for each connection.
  const pids = await pidsNow()
  const signalAll = (signal: NodeJS.Signals) => pids.forEach((pid) => signalProcess(pid, signal))
  using _going = { [Symbol.dispose]: () => signalAll('SIGCONT') }
  signalAll('SIGSTOP')
  const hung = wait(10_000)
  const since = performance.now()
  const send = client.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Hi' })
  for (const answer of await Promise.all([send, client.get('/api/v1/me'), client.get('/api/v1/conversations'), client.get('/api/v1/memories')])) {
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  }
  expect(await client.get('/readyz')).toMatchObject({ status: 503, body: { engines } })
  expect(performance.now() - since).toBeLessThan(answerMsMax)
  await hung
  signalAll('SIGCONT')
  const up = Object.fromEntries(Object.keys(engines).map((name) => [name, 'up']))
  await expect.poll(async () => (await client.get('/readyz')).body.engines).toEqual(up)
  expect((await client.ask(conversation, 'Count to 3')).at(-1)).toMatchObject({ type: 'RUN_FINISHED' })
}

/** Of the PostgreSQL and the Chroma that keep their data there. */
async function enginesIn(dataDir: string): Promise<number[]> {
  const chroma = JSON.parse(await readFile(join(dataDir, 'chroma/server.json'), 'utf8')) as { pid: number }
  return [chroma.pid, ...(await processesIn(join(dataDir, 'postgres/data')))]
}

async function newFolder(stack: AsyncDisposableStack): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-hang-'))
  await chmod(dataDir, 0o755)
  stack.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }))
  return dataDir
}

test('embedded engines that hang for ten seconds are waited for by nobody, and work on', async () => {
  await using stack = new AsyncDisposableStack()
  const dataDir = await newFolder(stack)
  const config = readConfig({ DATA_DIR: dataDir, PORT: String(await freePort()), LOG_LEVEL: 'silent' })
  const app = stack.use(await createApp(config))
  await app.listen()
  const client = createClient(`http://127.0.0.1:${config.port}`)
  client.useToken((await client.post('/api/v1/auth/register?transport=body', newPerson())).body.accessToken)
  await expectNobodyWaits(client, { database: 'down', vectors: 'down' }, () => enginesIn(dataDir))
})

test('servers that hang for ten seconds, all three at once, are waited for by nobody, and work on', async () => {
  await using stack = new AsyncDisposableStack()
  const dataDir = await newFolder(stack)
  const [database, chroma, redis] = await Promise.all([openDatabase({ dataDir }), openBundledChroma({ dataDir }), startRedis()])
  for (const engine of [database, chroma, redis]) stack.use(engine)
  const { host, user } = database.owner as { host: string; user: string }
  const app = stack.use(
    await startTestApp({
      DATABASE_URL: `postgresql://${user}@localhost/jarvis?host=${encodeURIComponent(host)}`,
      CHROMA_URL: chroma.url,
      REDIS_URL: redis.url,
    }),
  )
  await expectNobodyWaits(await app.signUp(), { database: 'down', redis: 'down', vectors: 'down' }, async () => [
    redis.pid,
    ...(await enginesIn(dataDir)),
  ])
})

test.each([
  ['a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
  ['out of memory', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
])('when Redis is %s what needs it is unavailable, readiness says so, and it goes on by itself', async (_state, breaks, mends) => {
  await using stack = new AsyncDisposableStack()
  const redis = stack.use(await startRedis())
  const app = stack.use(await startTestApp({ REDIS_URL: redis.url }))
  const person = await app.signUp()
  const conversation = await person.newConversation()
  const send = () => person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Hi' })
  await redis.command(breaks)
  expect(await send()).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  expect(await app.anyone().get('/readyz')).toMatchObject({ status: 503, body: { engines: { redis: 'down' } } })
  expect((await person.get('/api/v1/me')).status).toBe(200)
  await redis.command(mends)
  await expect.poll(async () => (await app.anyone().get('/readyz')).status).toBe(200)
  expect((await send()).status).toBe(202)
})

test('a Chroma that is away at the start is no tick, and Jarvis starts without it', async () => {
  const lines: [line: string, isWell: boolean][] = []
  const port = await freePort()
  await using app = await startTestApp(
    { CHROMA_URL: `http://127.0.0.1:${port}` },
    { onProgress: (line, isWell = true) => void lines.push([line, isWell]) },
  )
  expect(lines).toContainEqual([expect.stringContaining('Chroma does not answer at CHROMA_URL'), false])
  expect((await app.anyone().get('/readyz')).body.engines).toMatchObject({ vectors: 'down' })
})
