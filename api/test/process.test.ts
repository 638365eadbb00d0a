import { type ChildProcess, execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { emptyAnswer, foldRunEvent } from '@jarvis/contracts/run.ts'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createClient } from './client.ts'
import { freePort } from './engines/free-port.ts'
import { startProgram } from './engines/program.ts'
import { newPerson } from './test-app.ts'

// The process as an operator meets it, with everything embedded.
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const compileCache = join(import.meta.dirname, '../../node_modules/.cache/v8')

const cleanups: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

/** What a first start has made, copied for each test: that it can be made is shown by making it. */
let prepared: string
beforeAll(async () => {
  prepared = await emptyDataDir()
  const first = await startReady({ DATA_DIR: prepared, PORT: String(await freePort()) })
  first.child.kill('SIGTERM')
  expect((await exitOf(first)).code).toBe(0)
  cleanups.length = 0
})
afterAll(() => remove(prepared))

async function emptyDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-process-'))
  await chmod(dataDir, 0o755)
  return dataDir
}

const remove = (dataDir: string) => rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })

async function newDataDir(): Promise<string> {
  const dataDir = await emptyDataDir()
  cleanups.push(() => remove(dataDir))
  // With its owners: the database runs as somebody else when we are root.
  await promisify(execFile)('cp', ['-a', `${prepared}/.`, dataDir])
  return dataDir
}

type Started = { child: ChildProcess; output: () => string; logs: () => string }

function start(settings: Record<string, string>): Started {
  const child = startProgram(process.execPath, [main], { env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, ...settings } })
  let output = ''
  let logs = ''
  child.stderr.on('data', (data) => (output += String(data)))
  child.stdout.on('data', (data) => (logs += String(data)))
  cleanups.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  return { child, output: () => output, logs: () => logs }
}

async function startReady(settings: Record<string, string>) {
  const started = start(settings)
  await new Promise<void>((resolve, reject) => {
    started.child.stderr!.on('data', () => started.output().includes('Jarvis is ready') && resolve())
    started.child.once('exit', () => reject(new Error(`Jarvis did not start:\n${started.output()}`)))
  })
  return { ...started, client: createClient(`http://127.0.0.1:${settings.PORT}`) }
}

async function exitOf({ child, output }: Started): Promise<{ code: number | null; lines: string[] }> {
  const [code] = (await once(child, 'exit')) as [number | null]
  return { code, lines: output().trim().split('\n') }
}

test('after kill -9 in mid-answer the next start takes up the run, and a follower that comes back ends with the whole text', async () => {
  const settings = { DATA_DIR: await newDataDir(), PORT: String(await freePort()) }
  const first = await startReady(settings)
  const { body } = await first.client.post('/api/v1/auth/register?transport=body', newPerson())
  first.client.useToken(body.accessToken)
  const conversation = await first.client.newConversation()
  const socket = await first.client.socket()
  socket.send({ type: 'send', conversationId: conversation, messageId: crypto.randomUUID(), content: 'Count to 60' })
  const { runId } = await socket.next('ack')
  const seen = []
  for (;;) {
    const frame = await socket.next('event')
    seen.push(frame)
    if (frame.event.type === 'TEXT_MESSAGE_CONTENT' && seen.length > 8) break
  }
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')

  const second = await startReady(settings)
  second.client.useToken(body.accessToken)
  const back = await second.client.socket()
  back.send({ type: 'subscribe', runId, after: seen.at(-1)!.seq })
  const rest = await back.runToEnd(runId)
  const answer = [...seen, ...rest].map(({ event }) => event).reduce(foldRunEvent, emptyAnswer)
  const { items } = (await second.client.get(`/api/v1/conversations/${conversation}/messages`)).body
  expect(answer.status).toBe('complete')
  expect(answer.content).toBe(items[1].content)
  expect(items[1].content).toContain('60')
  second.child.kill('SIGTERM')
  expect((await exitOf(second)).code).toBe(0)
  expect(second.logs()).not.toContain('Count to 60')
})

test('after a restart a finished run is told from its stored message, and a client that had seen its end reads nothing twice', async () => {
  const settings = { DATA_DIR: await newDataDir(), PORT: String(await freePort()) }
  const first = await startReady(settings)
  const { body } = await first.client.post('/api/v1/auth/register?transport=body', newPerson())
  first.client.useToken(body.accessToken)
  const conversation = await first.client.newConversation()
  const sent = await first.client.post(`/api/v1/conversations/${conversation}/messages`, {
    messageId: crypto.randomUUID(),
    content: 'What is 6 * 7?',
  })
  const live = await first.client.events(sent.body.runId)
  first.child.kill('SIGTERM')
  await once(first.child, 'exit')

  const second = await startReady(settings)
  second.client.useToken(body.accessToken)
  const folded = (events: typeof live) => events.map(({ event }) => event).reduce(foldRunEvent, emptyAnswer)
  expect(await second.client.events(sent.body.runId, { 'last-event-id': String(live.at(-1)!.seq) })).toEqual([])
  expect(folded(await second.client.events(sent.body.runId))).toEqual(folded(live))
  expect(folded([...live.slice(0, 9), ...(await second.client.events(sent.body.runId, { 'last-event-id': '9' }))])).toEqual(folded(live))
})

test('a port in use is one clear line and exit 1, and the Jarvis that uses it lives on', async () => {
  const settings = { DATA_DIR: await newDataDir(), PORT: String(await freePort()) }
  const first = await startReady(settings)
  const { code, lines } = await exitOf(start(settings))
  expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringMatching(/PORT: \d+ on 127\.0\.0\.1 is in use/)] })
  expect((await first.client.get('/readyz')).status).toBe(200)
})

test('a second Jarvis on one data folder is refused unless they share a Redis', async () => {
  const settings = { DATA_DIR: await newDataDir(), PORT: String(await freePort()) }
  await startReady(settings)
  const { code, lines } = await exitOf(start({ ...settings, PORT: String(await freePort()) }))
  expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringMatching(/DATA_DIR: another Jarvis runs on/)] })
})

test('every bad setting is one line, all at once, and exit 1', async () => {
  const { code, lines } = await exitOf(
    start({ PORT: 'many', JWT_SECRET: 'short', DATABASE_URL: 'mysql://x', LOG_LEVEL: 'loud', NODE_ENV: 'production' }),
  )
  expect(code).toBe(1)
  expect(lines.map((line) => /(\w+):/.exec(line)?.[1])).toEqual(['PORT', 'DATABASE_URL', 'JWT_SECRET', 'LOG_LEVEL'])
})

test.each(['/dev/null/jarvis', '/proc/jarvis'])('the data folder %s, which cannot be made, is one clear line and exit 1', async (dataDir) => {
  const { code, lines } = await exitOf(start({ DATA_DIR: dataDir, PORT: String(await freePort()) }))
  expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringContaining('DATA_DIR')] })
})

test('a stop in good order answers what is open with 1001 and leaves no child behind', async () => {
  const settings = { DATA_DIR: await newDataDir(), PORT: String(await freePort()) }
  const started = await startReady(settings)
  const { body } = await started.client.post('/api/v1/auth/register', newPerson())
  started.client.useToken(body.accessToken)
  const socket = await started.client.socket()
  started.child.kill('SIGTERM')
  expect((await socket.closed).code).toBe(1001)
  expect((await exitOf(started)).code).toBe(0)
  const free = createServer()
  free.listen(Number(settings.PORT), '127.0.0.1')
  await once(free, 'listening')
  free.close()
})
