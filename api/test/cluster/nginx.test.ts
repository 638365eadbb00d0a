import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { errorCodes, Problem } from '@jarvis/contracts/errors.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '../client.ts'
import { longBodyPaths } from '#http/body-limits.ts'
import { freePort } from '../engines/free-port.ts'
import { type Cluster, rounds, startCluster, startModel, until } from './cluster.ts'
import { follow, type Numbered, overSocket, overSse } from './follower.ts'
import { startNginx } from './nginx.ts'
import { answerTo, question, seeded, type Story, storyteller } from './story.ts'

const drainSeconds = 5
const liveSockets = 50

let model: Awaited<ReturnType<typeof startModel>>
let cluster: Cluster
let nginx: Awaited<ReturnType<typeof startNginx>>
let person: Awaited<ReturnType<Cluster['signUp']>>
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  model = stack.use(await startModel(storyteller))
  const httpsPort = await freePort()
  const settings = { LOG_LEVEL: 'info', PUBLIC_URL: `https://localhost:${httpsPort}`, TRUST_PROXY: '1', DRAIN_SECONDS: String(drainSeconds) }
  cluster = stack.use(await startCluster({ modelUrl: model.url, replicas: [{}, {}], settings }))
  nginx = stack.use(await startNginx({ httpsPort, upstreams: cluster.urls }))
  person = await cluster.signUp()
})
afterAll(() => stack.disposeAsync())

const client = () => person.on(nginx.url)

async function startStory(story: Story): Promise<string> {
  const conversation = await client().newConversation()
  const sent = await client().post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: question(story) })
  expect(sent.status).toBe(202)
  return sent.body.runId as string
}

/** What comes back for bytes that no client would send. */
async function rawAnswer(socket: Socket, request: string): Promise<Answer> {
  socket.write(request)
  const [head, body] = (await text(socket)).split('\r\n\r\n') as [string, string]
  const [status, ...lines] = head.split('\r\n')
  const headers = new Headers(lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
  return { status: Number(status!.split(' ')[1]), headers, body: JSON.parse(body.replaceAll(/^[^{]*|[^}]*$/g, '')) }
}

function expectProblem({ status, headers, body }: Answer, expected: { status: number; code: string }): void {
  expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  expect(Problem.parse(body)).toMatchObject(expected)
  expect(status).toBe(expected.status)
  expect(headers.get('x-request-id')).toBe(body.requestId)
  expect(headers.get('strict-transport-security')).toContain('max-age=31536000')
}

describe('TLS and HTTP', () => {
  const negotiate = async (minVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') => {
    const ciphers = minVersion === 'TLSv1.1' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}
    const socket = connectTls({ port: Number(new URL(nginx.url).port), host: 'localhost', minVersion, maxVersion: minVersion, ...ciphers })
    const version = await Promise.race([
      once(socket, 'secureConnect').then(() => socket.getProtocol()),
      once(socket, 'error').then(() => 'refused'),
    ]).catch(() => 'refused')
    socket.destroy()
    return version
  }

  test('TLS 1.2 and 1.3 are spoken, 1.1 is refused', async () => {
    expect(await Promise.all([negotiate('TLSv1.2'), negotiate('TLSv1.3'), negotiate('TLSv1.1')])).toEqual(['TLSv1.2', 'TLSv1.3', 'refused'])
  })

  test('HTTP/2 is spoken', async () => {
    const session = connectHttp2(nginx.url)
    const stream = session.request({ ':path': '/healthz' })
    const [headers] = (await once(stream, 'response')) as [Record<string, string>]
    expect(session.alpnProtocol).toBe('h2')
    expect(headers[':status']).toBe(200)
    session.destroy()
  })

  test('plain HTTP is sent on to HTTPS, with its path and to its port', async () => {
    const answer = await fetch(`${nginx.httpUrl}/a?b=c`, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([308, `${nginx.url}/a?b=c`])
  })

  test('each answer names HSTS once, and a sign-in gets a secure cookie', async () => {
    const { headers } = await client().get('/api/v1/me')
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains')
    const { headers: signedIn } = await client().post('/api/v1/auth/register', {
      email: `${crypto.randomUUID()}@example.org`,
      password: 'a long enough password',
      name: 'Grace',
    })
    expect(signedIn.get('set-cookie')).toMatch(/; Secure/)
  })
})

describe('what nginx answers itself is a problem of the contract:', () => {
  test('a body over 1 MiB', async () => {
    expectProblem(await client().post('/api/v1/conversations', { title: 'x'.repeat(1024 * 1024 + 1) }), { status: 413, code: 'payload_too_large' })
    // Past nginx, and refused by the API for what it is.
    const long = longBodyPaths.map((path) => client().post(path, { unknown: 'x'.repeat(2 * 1024 * 1024) }))
    for (const { status } of await Promise.all(long)) expect([400, 401, 403]).toContain(status)
  })

  test.each([
    'GET /%zz HTTP/1.1',
    'GET /%00 HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'CONNECT evil.test:80 HTTP/1.1',
    'GE@T / HTTP/1.1',
    'TRACE / HTTP/1.1',
    'GET / HTTP/3.0',
    'GET / HTTP/1.1\r\nTransfer-Encoding: chunked, identity',
    `GET /${'a'.repeat(20_000)} HTTP/1.1`,
    `GET / HTTP/1.1\r\nX-Long: ${'a'.repeat(20_000)}`,
  ])('what it cannot parse or does not speak: %.60s', async (head) => {
    const { port } = new URL(nginx.url)
    const request = `${head}\r\nHost: localhost\r\nConnection: close\r\n\r\n`
    expectProblem(await rawAnswer(connectTls({ port: Number(port), host: 'localhost' }), request), { status: 400, code: 'invalid_request' })
  })

  test('plain HTTP on the port of TLS', async () => {
    const socket = connect(Number(new URL(nginx.url).port), 'localhost')
    expectProblem(await rawAnswer(socket, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), { status: 400, code: 'invalid_request' })
  })

  test('metrics are not shown outside', async () => {
    expectProblem(await client().get('/metrics'), { status: 404, code: 'not_found' })
  })

  test('no process behind it', async () => {
    const httpsPort = await freePort()
    await using lonely = await startNginx({ httpsPort, upstreams: [`http://127.0.0.1:${await freePort()}`] })
    expectProblem(await person.on(lonely.url).get('/api/v1/me'), { status: 502, code: 'unavailable' })
  })

  test('more requests, and more connections, than an address may make', async () => {
    const httpsPort = await freePort()
    const settings = { REQUESTS_PER_SECOND: '1', REQUESTS_BURST: '2' }
    await using strict = await startNginx({ httpsPort, upstreams: cluster.urls, settings })
    const answers = await Promise.all(Array.from({ length: 10 }, () => person.on(strict.url).get('/api/v1/me')))
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused.length).toBeGreaterThan(5)
    for (const answer of refused) {
      expectProblem(answer, { status: 429, code: 'rate_limited' })
      expect(answer.headers.get('retry-after')).toBe('1')
    }
  })

  test('every refusal that is written down parses, with a code of the contract', () => {
    const text = readFileSync(new URL('../../../deploy/nginx/problems.conf', import.meta.url), 'utf8')
    const written = [...text.matchAll(/return (\d+) '(.*)';/g)].map(([, status, body]) => ({
      status: Number(status),
      problem: Problem.parse(JSON.parse(body!)),
    }))
    expect(written.length).toBeGreaterThanOrEqual(7)
    for (const { status, problem } of written) {
      expect(problem.status).toBe(status)
      expect(errorCodes[problem.code].title).toBe(problem.title)
    }
  })

  test("the API's own refusals pass untouched", async () => {
    const { status, body } = await client().get(`/api/v1/conversations/${crypto.randomUUID()}`)
    expect([status, body.code]).toEqual([404, 'not_found'])
    expect(body.detail).not.toBe('There is nothing here.')
  })
})

test('what a client says of its own address reaches no process', async () => {
  const claims = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'http', 'x-forwarded-host': 'evil.example', forwarded: 'for=203.0.113.9' }
  const email = `${crypto.randomUUID()}@example.org`
  await client().post('/api/v1/auth/login', { email, password: 'a wrong password' }, { headers: claims })
  const rows = await cluster.query<{ address: string }>(
    `select distinct address from (select address from audit union select address from audit_outbox) a where address is not null`,
  )
  expect(rows.map(({ address }) => address)).toEqual(['127.0.0.1'])

  const echo = createServer((request, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(request.headers)))
  await once(echo.listen(0, '127.0.0.1'), 'listening')
  await using behind = await startNginx({ httpsPort: await freePort(), upstreams: [`http://127.0.0.1:${(echo.address() as AddressInfo).port}`] })
  const { body } = await person.on(behind.url).get('/api/v1/me', { headers: claims })
  echo.close()
  expect(body).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'localhost' })
  expect(body).not.toHaveProperty('forwarded')
})

test('one id finds a whole turn: in the log of nginx, of the process that was asked, of the one that answered, and at the provider', async () => {
  const conversation = await client().newConversation()
  const content = question({ seed: 2, length: 3, delayMs: 0, tools: false })
  const claimed = { 'x-request-id': 'what-a-client-says' }
  const sent = await client().post(
    `/api/v1/conversations/${conversation}/messages`,
    { messageId: crypto.randomUUID(), content },
    { headers: claimed },
  )
  const id = sent.headers.get('x-request-id')!
  expect(id).toMatch(/^[0-9a-f]{32}$/)
  const linesOf = (log: string) =>
    log
      .split('\n')
      .filter((line) => line.includes(`"requestId":"${id}"`))
      .map((line) => JSON.parse(line) as { msg?: string; path?: string; runId?: string })
  const own = () => linesOf(cluster.replicas.map((replica) => replica.log()).join('\n'))
  await until(() => own().some(({ msg }) => msg === 'run ended'))
  expect(own().map(({ msg }) => msg)).toEqual(expect.arrayContaining(['request', 'run started', 'run ended']))
  expect(own().find(({ msg }) => msg === 'run ended')).toMatchObject({ runId: sent.body.runId })
  expect(linesOf(nginx.log())).toMatchObject([{ path: `/api/v1/conversations/${conversation}/messages` }])
  expect(model.requests.map(({ headers }) => headers['x-client-request-id'])).toContain(id)
})

test('an event goes out as it comes: the first is read before the answer is at its end', async () => {
  const story: Story = { seed: 1, length: 40, delayMs: 50, tools: false }
  const runId = await startStory(story)
  const times: number[] = []
  const { answer } = await follow({
    urls: [nginx.url],
    token: person.token,
    runId,
    random: seeded(1),
    connect: overSse,
    onEvent: () => times.push(performance.now()),
  })
  expect(answer.content).toBe(answerTo(story))
  // Were it buffered, all would come at once, at the end.
  expect(times.at(-1)! - times[0]!).toBeGreaterThan(500)
})

test('a process killed in mid-stream: a client that follows through nginx reads every character, once', async () => {
  const stories = Array.from({ length: 8 }, (_, seed): Story => ({ seed, length: 120, delayMs: 60, tools: seed % 2 === 0 }))
  const streaming = Promise.all(
    stories.map(async (story, index) => {
      const runId = await startStory(story)
      const connect = index % 2 ? overSse : overSocket
      return await follow({ urls: [nginx.url], token: person.token, runId, random: seeded(index), connect })
    }),
  )
  streaming.catch(() => undefined)
  await Promise.race([wait(1500), streaming])
  await cluster.replicas[0]!.kill()
  const told = await streaming
  await cluster.replicas[0]!.start()
  expect(told.map(({ answer }) => answer.content)).toEqual(stories.map(answerTo))
  expect(told.some(({ connections }) => connections > 1)).toBe(true)
})

test('a reload under fifty streaming sockets: each is counted, stays open, and reads to the end without a gap', async () => {
  const story = (seed: number): Story => ({ seed, length: 100, delayMs: 100, tools: false })
  const begun = new Set<number>()
  const ended = new Set<number>()
  const streaming = Promise.all(
    Array.from({ length: liveSockets }, async (_, seed) => {
      const runId = await startStory(story(seed))
      const onEvent = ({ event }: Numbered) => void (event.type === 'TEXT_MESSAGE_CONTENT' && begun.add(seed))
      const told = await follow({ urls: [nginx.url], token: person.token, runId, random: seeded(seed), connect: overSocket, onEvent })
      ended.add(seed)
      return told
    }),
  )
  streaming.catch(() => undefined)
  await until(() => begun.size === liveSockets)
  expect(ended.size).toBe(0)
  const counted = await Promise.all(cluster.urls.map(openStreams))
  expect(counted.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(liveSockets)
  await nginx.reload()
  await nginx.reload()
  const told = await streaming
  expect(told.map(({ answer }) => answer.content)).toEqual(told.map((_, seed) => answerTo(story(seed))))
  expect(told.map(({ connections }) => connections)).toEqual(told.map(() => 1))
})

test('a rolling restart behind nginx: not one request that may be repeated fails', { timeout: rounds(600_000) }, async () => {
  const failures: string[] = []
  let [asked, restarting] = [0, true]
  const ask = async (request: () => Promise<Answer>): Promise<Answer> => {
    const answer = await request().catch((error: unknown) => ({ status: 0, headers: new Headers(), body: String((error as Error).cause ?? error) }))
    asked++
    if (answer.status >= 300 || answer.status === 0) failures.push(`${answer.status} ${JSON.stringify(answer.body)}`)
    return answer
  }
  const askOn = async (): Promise<void> => {
    const own = (await cluster.signUp()).on(nginx.url)
    for (let round = 0; restarting; round++) {
      const headers = { 'idempotency-key': crypto.randomUUID() }
      const { body } = await ask(() => own.post('/api/v1/conversations', { title: 'Restart' }, { headers }))
      await ask(() => own.get('/api/v1/me'))
      const content = question({ seed: 1, length: 1, delayMs: 0, tools: false })
      // The plan allows 200 a minute.
      if (round % 20 === 0) await ask(() => own.post(`/api/v1/conversations/${body.id}/messages`, { messageId: crypto.randomUUID(), content }))
      await ask(() => own.delete(`/api/v1/conversations/${body.id}`))
    }
  }
  const asking = Promise.all(Array.from({ length: 8 }, askOn))
  await Promise.race([asking, until(() => asked > 100)])
  for (const replica of cluster.replicas) {
    expect(await replica.stop()).toBe(0)
    await replica.start()
    // nginx leaves a process that refused a connection alone for a second, and counts in whole ones.
    await wait(3000)
  }
  restarting = false
  await asking
  process.stderr.write(`  ${asked} requests through two restarts, ${failures.length} failed\n`)
  expect(failures).toEqual([])
  expect(asked).toBeGreaterThan(200)
})

/** As Prometheus reads it, and an autoscaler by it. */
async function openStreams(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^jarvis_open_streams (\d+)$/m.exec(metrics)?.[1])
}
