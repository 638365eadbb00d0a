import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { defineTool, everyPlan, everyRole } from '#features/agent/tool.ts'
import { startScriptedModel } from '../../simulators/openai/scripted.ts'
import { startTestApp, type TestApp } from './test-app.ts'

// What goes on by somebody's access would go on for ever here: the provider and the tool never end.
let model: Awaited<ReturnType<typeof startScriptedModel>>
let app: TestApp
let admin: Person
beforeAll(async () => {
  model = await startScriptedModel([{ stall: 'mid-stream', afterText: 'And so on' }])
  app = await startTestApp({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: model.url }, { furtherTools: [endless] })
  admin = await app.signUp()
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await model.close()
})

const endless = defineTool({
  name: 'wait_long',
  title: 'Wait',
  description: 'Waits',
  args: z.strictObject({}),
  risk: 'read',
  leaves: 'nothing',
  roles: everyRole,
  plans: everyPlan,
  timeoutSeconds: 3600,
  outputCharactersMax: 1000,
  untrusted: false,
  async execute(_args, { signal }) {
    await once(signal, 'abort')
    throw signal.reason
  },
})

type Person = Awaited<ReturnType<TestApp['signUp']>>
type Way = { token: string; client: Pick<Person, 'get' | 'post' | 'newConversation' | 'socket'> }
/** `end` resolves with what was said last; `isOpen` is asked once the others have ended. */
type Channel = { end(): Promise<string>; isOpen(): Promise<boolean> }

async function stream(path: string, token: string, body?: object, accept = 'text/event-stream'): Promise<Channel> {
  const headers = { authorization: `Bearer ${token}`, accept, ...(body && { 'content-type': 'application/json' }) }
  const answer = fetch(app.url + path, { headers, ...(body && { method: 'POST', body: JSON.stringify(body) }) })
  let open = true
  const end = answer.then(async (answer) => `${answer.status} ${await answer.text()}`).finally(() => (open = false))
  end.catch(() => undefined)
  return { end: () => end, isOpen: async () => open }
}

async function startRun({ client }: Way): Promise<string> {
  const conversation = await client.newConversation()
  return (await client.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Go on' })).body.runId
}

const question = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Go on' }] }
const open: Record<string, (way: Way, runId: string) => Promise<Channel>> = {
  async socket({ client, token }) {
    const socket = await client.socket({ token })
    const isOpen = async () => {
      socket.send({ type: 'ping', id: 'p' })
      return (await socket.next('pong').catch(() => null)) !== null
    }
    return { end: async () => String((await socket.closed).code), isOpen }
  },
  'event stream': ({ token }, runId) => stream(`/api/v1/runs/${runId}/events`, token),
  'AG-UI': ({ token }) =>
    stream('/api/v1/agui', token, {
      threadId: crypto.randomUUID(),
      runId: 'r',
      messages: [{ id: 'm', role: 'user', content: 'Go on' }],
      tools: [],
      context: [],
      state: {},
      forwardedProps: {},
    }),
  MCP: ({ token }) =>
    stream(
      '/mcp',
      token,
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'wait_long', arguments: {} } },
      'application/json, text/event-stream',
    ),
  '/v1, whole': ({ token }) => stream('/v1/chat/completions', token, question),
  '/v1, streamed': ({ token }) => stream('/v1/chat/completions', token, { ...question, stream: true }),
  '/v1, a response': ({ token }) => stream('/v1/responses', token, { model: 'gpt-4o-mini', input: 'Go on', stream: true }),
  async run(_way, runId) {
    const rowOf = async () =>
      (await app.database.pool.query<{ status: string; error_code: string | null }>('select status, error_code from runs where id = $1', [runId]))
        .rows[0]
    const end = async () => {
      await expect.poll(rowOf).toSatisfy((row) => row?.status !== 'running')
      const row = await rowOf()
      return row ? `${row.status} ${row.error_code}` : 'erased'
    }
    return { end, isOpen: async () => (await rowOf())?.status === 'running' }
  },
}
const channels = {
  session: ['socket', 'event stream', 'AG-UI', 'run'],
  key: ['socket', 'event stream', 'AG-UI', 'MCP', '/v1, whole', '/v1, streamed', '/v1, a response', 'run'],
} as const

const lastWords: Record<string, RegExp> = {
  socket: /^4403$/,
  'event stream': /^200 [\s\S]*"code":"unauthenticated"|^200 [\s\S]*"RUN_FINISHED"/,
  'AG-UI': /^200 [\s\S]*"code":"unauthenticated"|^200 [\s\S]*"RUN_FINISHED"/,
  MCP: /^401 .*"code":"unauthenticated"/,
  '/v1, whole': /^401 .*"invalid_api_key"/,
  '/v1, streamed': /^200 [\s\S]*"invalid_api_key"/,
  '/v1, a response': /^200 [\s\S]*"invalid_api_key"/,
  run: /^failed unauthenticated$|^erased$/,
}

type World = { person: Person; keyId: string; sessionId: string; elsewhere: Person }
const everything = { session: [...channels.session], key: [...channels.key] }
const streams = ['socket', 'event stream', 'AG-UI']

test.each<[string, (world: World) => Promise<unknown>, { session: string[]; key: string[] }]>([
  ['the person is disabled', ({ person }) => admin.patch(`/api/v1/admin/users/${person.user.id}`, { disabled: true }), everything],
  ['the person is erased', ({ person }) => person.delete('/api/v1/me'), everything],
  ['they sign out', ({ person }) => person.post('/api/v1/auth/logout', { refreshToken: person.refreshToken }), { session: streams, key: [] }],
  ['the session is revoked', ({ elsewhere, sessionId }) => elsewhere.delete(`/api/v1/auth/sessions/${sessionId}`), { session: streams, key: [] }],
  [
    'the password is changed elsewhere',
    ({ elsewhere, person }) => elsewhere.post('/api/v1/auth/password', { current: person.person.password, next: 'another good sentence' }),
    { session: streams, key: [] },
  ],
  [
    'a token is shown twice',
    async ({ person }) => {
      const show = (refreshToken: string) => app.anyone().post('/api/v1/auth/refresh?transport=body', { refreshToken })
      await show((await show(person.refreshToken)).body.refreshToken)
      return await show(person.refreshToken)
    },
    { session: streams, key: [] },
  ],
  ['the key is deleted', ({ person, keyId }) => person.delete(`/api/v1/api-keys/${keyId}`), { session: [], key: [...channels.key] }],
  [
    'the key expires',
    ({ keyId }) => app.database.pool.query('update api_keys set expires_at = now() where id = $1', [keyId]),
    { session: [], key: [...channels.key] },
  ],
  ['the plan is changed', ({ person }) => app.accounts.setPlan(person.user.id, 'pro', 'test'), { session: [], key: [] }],
])('when %s, what goes on by that access ends, and nothing else', async (_name, cause, ends) => {
  const person = await app.signUp()
  await app.accounts.setPlan(person.user.id, 'enterprise', 'test')
  const { email, password } = person.person
  const signedIn = (await app.anyone().post('/api/v1/auth/login?transport=body', { email, password })).body
  const elsewhere = app.anyone()
  elsewhere.useToken(signedIn.accessToken)
  const { items } = (await person.get('/api/v1/auth/sessions')).body as { items: { id: string; current: boolean }[] }
  const { body: key } = await person.post('/api/v1/api-keys', { name: 'k' })
  const program = app.anyone()
  program.useToken(key.secret)
  const ways = { session: { token: person.accessToken, client: person }, key: { token: key.secret as string, client: program } }

  const opened: { way: 'session' | 'key'; name: string; channel: Channel }[] = []
  for (const way of ['session', 'key'] as const) {
    const runId = await startRun(ways[way])
    const running = async () => (await person.get(`/api/v1/runs/${runId}`)).body.status
    await expect.poll(running).toBe('running')
    for (const name of channels[way]) opened.push({ way, name, channel: await open[name]!(ways[way], runId) })
  }
  // Both AG-UI streams, the answers to /v1 and the call are at work.
  await expect.poll(() => model.openStreams()).toBeGreaterThanOrEqual(7)
  await expect
    .poll(async () => (await app.auditRows()).filter(({ action, actorId }) => action === 'mcp.started' && actorId === person.user.id).length)
    .toBe(1)

  await cause({ person, keyId: key.id, sessionId: items.find(({ current }) => current)!.id, elsewhere: elsewhere as unknown as Person })

  const isToEnd = ({ way, name }: (typeof opened)[number]) => ends[way].includes(name)
  for (const it of opened.filter(isToEnd)) {
    const last = await it.channel.end()
    expect(last, `${it.way}: ${it.name}`).toMatch(lastWords[it.name]!)
    if (it.way === 'key') expect(last, 'a key has no session').not.toContain('session')
  }
  const openStill = await Promise.all(opened.filter((it) => !isToEnd(it)).map(async ({ way, name, channel }) => [way, name, await channel.isOpen()]))
  expect(openStill.filter(([, , isOpen]) => !isOpen)).toEqual([])
  await app.accounts.change(email, { disabled: true }).catch(() => undefined)
  await expect.poll(() => model.openStreams()).toBe(0)
})

/** Sends all of a request but the end of its body, which comes with `finish`. */
async function startSlowly(method: string, path: string, token: string, body: object, type = 'application/json') {
  const text = JSON.stringify(body)
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
  const heard: Buffer[] = []
  socket.on('data', (data) => heard.push(data))
  const head = `${method} ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: ${type}\r\n`
  socket.write(`${head}connection: close\r\nexpect: 100-continue\r\ncontent-length: ${text.length}\r\n\r\n${text.slice(0, 5)}`)
  socket.on('error', () => undefined)
  const closed = once(socket, 'close').then(() => Buffer.concat(heard).toString())
  await once(socket, 'data')
  return {
    closed,
    async finish() {
      // It may have been answered by now.
      if (socket.writable) socket.write(text.slice(5))
      return /HTTP\/1\.1 ([2-5]\d\d)/.exec(await closed)?.[1] ?? 'nothing'
    },
  }
}

test.each<[string, string, string, (slow: Omit<Slow, 'other'>) => string, (slow: Omit<Slow, 'other'>) => Promise<unknown>]>([
  [
    'a key is deleted',
    '/v1/audio/transcriptions',
    'multipart/form-data; boundary=x',
    ({ key }) => key.secret,
    ({ person, key }) => person.delete(`/api/v1/api-keys/${key.id}`),
  ],
  [
    'a key is deleted',
    '/v1/chat/completions',
    'application/json',
    ({ key }) => key.secret,
    ({ person, key }) => person.delete(`/api/v1/api-keys/${key.id}`),
  ],
  [
    'a person is disabled',
    '/api/v1/conversations',
    'application/json',
    ({ person }) => person.accessToken,
    ({ person }) => admin.patch(`/api/v1/admin/users/${person.user.id}`, { disabled: true }),
  ],
])('when %s, what still comes to %s is not waited for', async (_name, path, type, tokenOf, cause) => {
  const person = await app.signUp()
  const { body: key } = await person.post('/api/v1/api-keys', { name: 'k' })
  // The rest of the body never comes.
  const { closed } = await startSlowly('POST', path, tokenOf({ person, key }), { title: 'Late' }, type)
  await cause({ person, key })
  const heard = await closed
  expect(heard).toMatch(/HTTP\/1\.1 401 /)
  expect(heard).toMatch(path.startsWith('/v1') ? /"invalid_api_key"/ : /"code":"unauthenticated"/)
})

test('when an administrator is demoted, what is an administrator’s alone ends under their hands, and what is theirs goes on', async () => {
  const person = await app.signUp()
  await app.accounts.change(person.person.email, { role: 'admin' })
  // The rest of the body never comes.
  const { closed } = await startSlowly('PATCH', `/api/v1/admin/users/${admin.user.id}`, person.accessToken, { plan: 'enterprise' })
  const own = await startSlowly('POST', '/api/v1/conversations', person.accessToken, { title: 'Late' })
  await admin.patch(`/api/v1/admin/users/${person.user.id}`, { plan: 'pro' })
  await admin.patch(`/api/v1/admin/users/${person.user.id}`, { role: 'user' })
  const heard = await closed
  expect(heard).toMatch(/HTTP\/1\.1 403 /)
  expect(heard).toMatch(/"code":"forbidden"/)
  expect(await own.finish()).toBe('201')
})

test('the audit is read to its end by administrators alone: a download ends with the role', async () => {
  const person = await app.signUp()
  await app.accounts.change(person.person.email, { role: 'admin' })
  await app.database.pool.query(
    `insert into audit_outbox (action, details) select 'test.filler', jsonb_build_object('text', repeat('x', 2000)) from generate_series(1, 20000)`,
  )
  await app.auditRows()
  const answer = await fetch(`${app.url}/api/v1/admin/audit/export?format=jsonl`, { headers: { authorization: `Bearer ${person.accessToken}` } })
  expect(answer.status).toBe(200)
  const reader = answer.body!.getReader()
  let read = (await reader.read()).value!.length
  await admin.patch(`/api/v1/admin/users/${person.user.id}`, { role: 'user' })
  const rest = async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return 'whole'
      read += value.length
    }
  }
  await expect(rest()).rejects.toThrow('terminated')
  expect(read).toBeLessThan(40_000_000)
})

type Slow = { person: Person; key: { id: string; secret: string }; other: Person }
test.each<[string, number, (slow: Slow) => [string, string, string, object], (slow: Slow) => Promise<unknown>]>([
  [
    'a key is deleted',
    401,
    ({ key }) => ['POST', '/api/v1/memories', key.secret, { text: 'I keep bees.' }],
    ({ person, key }) => person.delete(`/api/v1/api-keys/${key.id}`),
  ],
  [
    'a person signs out',
    401,
    ({ person }) => ['POST', '/api/v1/conversations', person.accessToken, { title: 'Late' }],
    ({ person }) => person.post('/api/v1/auth/logout', { refreshToken: person.refreshToken }),
  ],
  [
    'an administrator is demoted',
    403,
    ({ person, other }) => ['PATCH', `/api/v1/admin/users/${other.user.id}`, person.accessToken, { role: 'admin' }],
    ({ person }) => admin.patch(`/api/v1/admin/users/${person.user.id}`, { role: 'user' }),
  ],
  [
    'an administrator is disabled',
    401,
    ({ person, other }) => ['PATCH', `/api/v1/admin/users/${other.user.id}`, person.accessToken, { plan: 'enterprise' }],
    ({ person }) => admin.patch(`/api/v1/admin/users/${person.user.id}`, { disabled: true }),
  ],
])('when %s while a request is still coming, it is not done', async (_name, status, act, cause) => {
  const [person, other] = [await app.signUp(), await app.signUp()]
  await app.accounts.change(person.person.email, { role: 'admin' })
  const { body: key } = await person.post('/api/v1/api-keys', { name: 'k' })
  const slow = { person, key, other }
  const { finish } = await startSlowly(...act(slow))
  await cause(slow)
  expect(await finish()).toBe(String(status))
})

test('one person has at most a hundred event streams, and another none the less', async () => {
  const [person, other] = [await app.signUp(), await app.signUp()]
  await app.accounts.setPlan(person.user.id, 'enterprise', 'test')
  const runId = await startRun({ token: person.accessToken, client: person })
  const leave = new AbortController()
  const listen = (token: string, id: string) =>
    fetch(`${app.url}/api/v1/runs/${id}/events`, { headers: { authorization: `Bearer ${token}` }, signal: leave.signal })
  const answers = await Promise.all(Array.from({ length: 130 }, () => listen(person.accessToken, runId)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(100)
  const refused = answers.find(({ status }) => status !== 200)!
  expect([refused.status, refused.headers.get('content-type'), refused.headers.get('retry-after')]).toEqual([
    429,
    'application/problem+json; charset=utf-8',
    '5',
  ])
  const theirs = await startRun({ token: other.accessToken, client: other })
  expect((await listen(other.accessToken, theirs)).status).toBe(200)
  leave.abort()
  await app.accounts.change(person.person.email, { disabled: true })
  await app.accounts.change(other.person.email, { disabled: true })
})
