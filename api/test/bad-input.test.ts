import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { longBodyPaths } from '#http/body-limits.ts'
import { startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
let person: Awaited<ReturnType<TestApp['signUp']>>
let conversation: string
beforeAll(async () => {
  app = await startTestApp()
  person = await app.signUp()
  conversation = await person.newConversation()
})
afterAll(() => app[Symbol.asyncDispose]())

const expectProblem = (answer: { status: number; headers: Headers; body: unknown }, status: number, code: string) => {
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  expect(answer.body).toMatchObject({ type: expect.any(String), title: expect.any(String), status, detail: expect.any(String), code })
  expect(answer.status).toBe(status)
  expect((answer.body as { requestId: string }).requestId).toBe(answer.headers.get('x-request-id'))
}

test.each([
  ['malformed JSON', '{"title":', 400, 'invalid_request'],
  ['an unknown field', '{"title":"x","colour":"red"}', 400, 'invalid_request'],
  ['a wrong type', '{"title":5}', 400, 'invalid_request'],
  ['an array', '[]', 400, 'invalid_request'],
  ['a NUL byte', '{"title":"a\\u0000b"}', 400, 'invalid_request'],
  ['half a surrogate pair', '{"title":"a\\ud800b"}', 400, 'invalid_request'],
  ['100,000 arrays in each other', `{"title":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400, 'invalid_request'],
  ['too long a title', JSON.stringify({ title: 'x'.repeat(201) }), 400, 'invalid_request'],
  ['a body of 2 MiB', JSON.stringify({ title: 'x'.repeat(2 * 1024 * 1024) }), 413, 'payload_too_large'],
])('%s is a typed refusal and changes nothing', async (_name, raw, status, code) => {
  const before = (await person.get('/api/v1/conversations')).body
  expectProblem(await person.post('/api/v1/conversations', undefined, { raw }), status, code)
  expect((await person.get('/api/v1/conversations')).body).toEqual(before)
})

test.each(longBodyPaths)('to %s a body may be long, of 16 MiB at most', async (path) => {
  const { body: key } = await person.post('/api/v1/api-keys', { name: 'long', scopes: [path.startsWith('/v1/') ? 'v1' : 'chat'] })
  const send = async (mebibytes: number) =>
    await fetch(app.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ unknown: 'x'.repeat(mebibytes * 1024 * 1024) }),
    })
  expect([(await send(2)).status, (await send(16)).status]).toEqual([400, 413])
})

test('bytes that are not UTF-8, and a message of blanks, are refused', async () => {
  const raw = Buffer.from([0x7b, 0x22, 0x74, 0x69, 0x74, 0x6c, 0x65, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d])
  const headers = { authorization: `Bearer ${person.accessToken}`, 'content-type': 'application/json' }
  expect((await fetch(`${app.url}/api/v1/conversations`, { method: 'POST', headers, body: raw })).status).toBe(400)
  const blank = { messageId: crypto.randomUUID(), content: ' \n ' }
  expectProblem(await person.post(`/api/v1/conversations/${conversation}/messages`, blank), 400, 'invalid_request')
})

test('a fault names its field', async () => {
  const { body } = await person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: 'x', content: 7 })
  expect(new Set(body.errors.map(({ path }: { path: string }) => path))).toEqual(new Set(['content', 'messageId']))
})

test('what a route does not take is refused, and nothing is done', async () => {
  const leaving = await app.signUp()
  const headers = { authorization: `Bearer ${leaving.accessToken}`, 'content-type': 'application/json' }
  const leave = async (path: string, body: string) => {
    const answer = await fetch(app.url + path, { method: 'DELETE', headers, body })
    return { status: answer.status, headers: answer.headers, body: await answer.json().catch(() => null) }
  }
  for (const body of ['{"after":"2030-01-01"}', '{"a":', '[]', '"x"', '0', 'false'])
    expectProblem(await leave('/api/v1/me', body), 400, 'invalid_request')
  expectProblem(await leave('/api/v1/me?dryRun=true', '{}'), 400, 'invalid_request')
  expectProblem(await leaving.get('/api/v1/me?fields=id'), 400, 'invalid_request')
  expectProblem(await leaving.post(`/api/v1/runs/${crypto.randomUUID()}/cancel`, { reason: 'x' }), 400, 'invalid_request')
  expect((await leaving.post(`/api/v1/runs/${crypto.randomUUID()}/cancel`, {})).status, 'an empty object says nothing').toBe(404)
  expect((await leaving.get('/api/v1/me')).status).toBe(200)
  expect((await leave('/api/v1/me', '{}')).status).toBe(204)
})

test('a refusal of a field is a sentence about it', async () => {
  const { body } = await person.post('/api/v1/conversations', { title: 5, colour: 'red' })
  expect(body.detail).toBe('title must be text.')
  expect(body.errors).toContainEqual({ path: '', message: 'must not have the field "colour": there is nothing of that name here' })
  expect((await person.post('/api/v1/conversations', [])).body.detail).toBe('The body must be an object.')
  expect((await person.get('/api/v1/conversations?unknown=1')).body.detail).toMatch(/^The query must not have the field "unknown"/)
  expect((await person.get('/api/v1/conversations/1')).body.detail).toBe('id must be a UUID.')
})

test('another content type is 415, another method 404, an unknown route 404', async () => {
  const form = await person.post('/api/v1/conversations', undefined, {
    raw: 'title=x',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  expectProblem(form, 415, 'unsupported_media_type')
  expectProblem(await person.get('/api/v1/nothing'), 404, 'not_found')
  expectProblem(await person.patch('/api/v1/conversations'), 404, 'not_found')
})

test.each(['?limit=0', '?limit=1000', '?limit=x', '?cursor=nonsense', '?q=', '?q=%00', '?q=%ff%fe', '?q=100%', '?unknown=1'])(
  'conversations%s is 400',
  async (query) => {
    expectProblem(await person.get(`/api/v1/conversations${query}`), 400, 'invalid_request')
  },
)

test('an id that is no UUID is 400; one that is not there, or not ours, is the same 404', async () => {
  expectProblem(await person.get('/api/v1/conversations/1'), 400, 'invalid_request')
  const stranger = await app.signUp()
  const routes = [
    (id: string) => stranger.get(`/api/v1/conversations/${id}`),
    (id: string) => stranger.patch(`/api/v1/conversations/${id}`, { title: 'mine' }),
    (id: string) => stranger.delete(`/api/v1/conversations/${id}`),
    (id: string) => stranger.get(`/api/v1/conversations/${id}/messages`),
    (id: string) => stranger.post(`/api/v1/conversations/${id}/messages`, { messageId: crypto.randomUUID(), content: 'x' }),
  ]
  for (const ask of routes) {
    const [foreign, missing] = [await ask(conversation), await ask(crypto.randomUUID())]
    expectProblem(foreign, 404, 'not_found')
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...missing.body, requestId: '' })
  }
  expect((await person.get(`/api/v1/conversations/${conversation}`)).body.title).toBe('')
})

test('a model that does not exist, one above the plan, and a tool that does not exist are refused before anything is stored', async () => {
  const send = (fields: object) =>
    person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'x', ...fields })
  expectProblem(await send({ model: 'no-such-model' }), 400, 'invalid_request')
  expectProblem(await send({ model: 'practice' }), 403, 'model_not_allowed')
  expectProblem(await send({ tools: ['no_such_tool'] }), 400, 'invalid_request')
  expectProblem(await send({ parentId: crypto.randomUUID() }), 400, 'invalid_request')
  expect((await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items).toEqual([])
})

test('pages carry the security headers, and no policy allows inline code', async () => {
  const { headers } = await app.anyone().get('/healthz')
  expect(headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(headers.get('content-security-policy')).not.toContain('unsafe')
  expect(headers.get('x-frame-options')).toBe('DENY')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('strict-transport-security')).toBeNull()
})

test('another site can neither act nor open a socket', async () => {
  const headers = { origin: 'https://evil.example' }
  expectProblem(await app.anyone().post('/api/v1/auth/refresh', {}, { headers }), 403, 'forbidden')
  await expect(person.socket({ origin: 'https://evil.example' })).rejects.toMatchObject({ status: 403 })
})

const upgrade = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
  'sec-websocket-protocol': 'jarvis.v1',
}
test.each([
  ['a key that is none', { 'sec-websocket-key': 'x' }, /Sec-WebSocket-Key/],
  ['an old version', { 'sec-websocket-version': '7' }, /Sec-WebSocket-Version/],
  ['another subprotocol', { 'sec-websocket-protocol': 'graphql-ws, soap' }, /jarvis\.v1/],
  ['another protocol', { upgrade: 'h2c' }, /websocket/],
  ['none at all', { upgrade: undefined, connection: 'close' }, /WebSocket client/],
])('an upgrade with %s is a problem like any other', async (_what, wrong, detail) => {
  const headers = Object.fromEntries(Object.entries({ ...upgrade, ...wrong }).filter(([, value]) => value !== undefined))
  const asked = request(`${app.url}/api/v1/ws`, { headers }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const body: unknown = JSON.parse(Buffer.concat(await answer.toArray()).toString())
  expectProblem({ status: answer.statusCode!, headers: new Headers(answer.headers as Record<string, string>), body }, 400, 'invalid_request')
  expect(body).toMatchObject({ detail: expect.stringMatching(detail) })
})

test('an Idempotency-Key repeats the first answer, and refuses another request', async () => {
  const headers = { 'idempotency-key': crypto.randomUUID() }
  const create = (title: string) => person.post('/api/v1/conversations', { title }, { headers })
  const [first, ...again] = await Promise.all(Array.from({ length: 5 }, () => create('Once')))
  for (const repeat of [...again, await create('Once')]) expect(repeat).toMatchObject({ status: 201, body: first!.body })
  expect((await create('Twice')).status).toBe(409)
  const titles = (await person.get('/api/v1/conversations')).body.items.map(({ title }: { title: string }) => title)
  expect(titles.filter((title: string) => title === 'Once')).toHaveLength(1)
})

test('health, readiness, OpenAPI and the reference page answer anyone', async () => {
  const anyone = app.anyone()
  expect((await anyone.get('/healthz')).body).toEqual({ status: 'ok' })
  expect((await anyone.get('/readyz')).body).toEqual({ status: 'ready', engines: { database: 'up', vectors: 'up' } })
  const { body } = await anyone.get('/openapi.json')
  expect(body.openapi).toMatch(/^3\.1/)
  expect(Object.keys(body.paths)).toEqual(expect.arrayContaining(['/api/v1/conversations/{id}/messages', '/api/v1/agui', '/api/v1/runs/{id}/events']))
  expect((await anyone.get('/docs/')).status).toBe(200)
  expect((await anyone.get('/metrics')).body).toContain('jarvis_http_request_duration_seconds')
})
