import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { MayCall } from '@jarvis/contracts/who.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
  await app.signUp()
})
afterAll(() => app[Symbol.asyncDispose]())

type Person = Awaited<ReturnType<TestApp['signUp']>>

async function withKey(person: Person, fields: object = {}) {
  const { status, body } = await person.post('/api/v1/api-keys', { name: 'script', ...fields })
  expect(status).toBe(201)
  const client = app.anyone()
  client.useToken(body.secret)
  return { ...client, id: body.id as string, secret: body.secret as string }
}

test('the secret is told once, kept as a hash, and recognised by its prefix', async () => {
  const person = await app.signUp()
  const key = await withKey(person)
  expect(key.secret).toMatch(/^jv_[\w-]{43}$/)
  const listed = (await person.get('/api/v1/api-keys')).body
  expect(listed).toMatchObject({ items: [{ id: key.id, name: 'script', prefix: key.secret.slice(0, 11), lastUsedAt: null, expiresAt: null }] })
  expect(JSON.stringify(listed)).not.toContain(key.secret)
  const { rows } = await app.database.pool.query(`select row_to_json(k)::text as row from api_keys k where id = $1`, [key.id])
  expect(rows[0].row).not.toContain(key.secret.slice(11))
})

test('a key talks, reads and remembers in its person’s name, over HTTP and over a socket', async () => {
  const person = await app.signUp()
  const key = await withKey(person)
  expect((await key.get('/api/v1/me')).body.id).toBe(person.user.id)
  const conversation = await key.newConversation()
  expect((await key.ask(conversation, 'Hello')).at(-1)?.type).toBe('RUN_FINISHED')
  expect((await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items).toHaveLength(2)
  const socket = await key.socket({ token: key.secret })
  socket.send({ type: 'ping', id: '1' })
  expect(await socket.next('pong')).toEqual({ type: 'pong', id: '1' })
  socket.close()
  expect((await person.get('/api/v1/api-keys')).body.items[0].lastUsedAt).toMatch(/^20/)
})

test('what a key opens is only what it needs; the rest answers 403, also for an administrator’s key', async () => {
  const admin = await app.signUp()
  await app.accounts.change(admin.person.email, { role: 'admin' })
  const key = await withKey(admin)
  const isClosed = ({ config: { who } }: { config: { who: MayCall } }) => !who.some((each) => each === 'anyone' || each.startsWith('key'))
  const closed = Object.values(endpoints).filter(isClosed)
  expect(closed.map(({ method, url }) => `${method} ${url.slice(8)}`)).toEqual(
    expect.arrayContaining([
      'POST api-keys',
      'DELETE me',
      'GET me/export',
      'PATCH me',
      'GET admin/users',
      'POST billing/checkout',
      'PATCH tools/:name',
    ]),
  )
  for (const { method, url } of closed) {
    const path = url.replace(/:id/, crypto.randomUUID()).replace(/:name/, 'x')
    const call = { GET: key.get, POST: key.post, PATCH: key.patch, PUT: key.put, DELETE: key.delete }[method]
    expect({ path, ...(await call(path, {})) }, url).toMatchObject({ path, status: 403, body: { code: 'forbidden' } })
  }
})

test('no key answers for the person: not over REST, a socket or AG-UI, and neither yes nor no', async () => {
  const person = await app.signUp()
  const key = await withKey(person)
  const conversation = await key.newConversation()
  const { body } = await key.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Hello' })
  const resume = [{ interruptId: 'i', status: 'resolved', payload: { approved: false } }]
  expect(await key.post(`/api/v1/runs/${body.runId}/resume`, { resume })).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  const socket = await key.socket({ token: key.secret })
  socket.send({ type: 'resume', id: '1', runId: body.runId, resume })
  expect(await socket.next('error')).toMatchObject({ id: '1', code: 'forbidden' })
  socket.close()
  const agui = { threadId: conversation, runId: 'r', messages: [], tools: [], context: [], state: {}, forwardedProps: {}, resume }
  expect(await key.post('/api/v1/agui', agui)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
})

test('what a key is refused over a socket is audited like a refused route, once for each kind of frame', async () => {
  const person = await app.signUp()
  const silent = await withKey(person, { scopes: ['memory'] })
  const refused = await app.anyone().socket()
  refused.send({ type: 'hello', token: silent.secret })
  expect((await refused.closed).code).toBe(4401)
  const narrow = await withKey(person, { scopes: ['chat'], models: ['practice-mini'] })
  const conversation = await narrow.newConversation()
  const socket = await narrow.socket({ token: narrow.secret })
  for (const id of ['1', '2', '3']) {
    socket.send({ type: 'send', id, conversationId: conversation, messageId: crypto.randomUUID(), content: 'Hello' })
    expect(await socket.next('error')).toMatchObject({ id, code: 'model_not_allowed' })
    socket.send({ type: 'resume', id, runId: crypto.randomUUID(), resume: [{ interruptId: 'i', status: 'cancelled' }] })
    expect(await socket.next('error')).toMatchObject({ id, code: 'forbidden' })
  }
  const rows = async () =>
    (await app.auditRows())
      .filter(({ action }) => action === 'api_key.denied')
      .map(({ actorId, target, details }) => ({ actorId, target, ...(details as { code: string; route: string }) }))
  const row = (target: string, code: string, frame: string) => ({ actorId: person.user.id, target, code, route: `GET /api/v1/ws ${frame}` })
  await expect
    .poll(async () =>
      (await rows()).filter(({ target }) => target === silent.id || target === narrow.id).toSorted((a, b) => a.route.localeCompare(b.route)),
    )
    // In whatever order they were written.
    .toEqual([row(silent.id, 'forbidden', 'hello'), row(narrow.id, 'forbidden', 'resume'), row(narrow.id, 'model_not_allowed', 'send')])
  socket.close()
})

test('a deleted key ends at once, with its sockets', async () => {
  const person = await app.signUp()
  const key = await withKey(person)
  const socket = await key.socket({ token: key.secret })
  expect((await person.delete(`/api/v1/api-keys/${key.id}`)).status).toBe(204)
  expect((await socket.closed).code).toBe(4403)
  expect(await key.get('/api/v1/me')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  expect((await person.delete(`/api/v1/api-keys/${key.id}`)).status).toBe(404)
})

test('an expired key and a disabled person’s key are refused', async () => {
  const person = await app.signUp()
  const [brief, lasting] = [await withKey(person, { expiresAt: new Date(Date.now() + 60_000).toISOString() }), await withKey(person)]
  expect((await brief.get('/api/v1/me')).status).toBe(200)
  await app.database.pool.query(`update api_keys set expires_at = now() where id = $1`, [brief.id])
  expect((await brief.get('/api/v1/me')).status).toBe(401)

  const socket = await lasting.socket({ token: lasting.secret })
  await app.accounts.change(person.person.email, { disabled: true })
  expect((await socket.closed).code).toBe(4403)
  expect((await lasting.get('/api/v1/me')).status).toBe(401)
})

test('a key is its owner’s: another person can neither see nor delete it', async () => {
  const [owner, stranger] = [await app.signUp(), await app.signUp()]
  const { id } = await withKey(owner)
  expect((await stranger.get('/api/v1/api-keys')).body.items).toEqual([])
  expect((await stranger.delete(`/api/v1/api-keys/${id}`)).status).toBe(404)
})

test.each([
  ['no name', {}],
  ['a blank name', { name: ' ' }],
  ['an end in the past', { name: 'x', expiresAt: '2020-01-01T00:00:00Z' }],
  ['a limit of nothing', { name: 'x', requestsPerMinute: 0 }],
])('a key with %s is 400', async (_name, body) => {
  const person = await app.signUp()
  expect(await person.post('/api/v1/api-keys', body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
})

test('of 60 keys made at once 50 are', async () => {
  const person = await app.signUp()
  const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => person.post('/api/v1/api-keys', { name: `key ${i}` })))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(50)
  expect(answers.find(({ status }) => status !== 201)).toMatchObject({ status: 409, body: { code: 'conflict' } })
})

test('a repeat with the same Idempotency-Key makes no second key and tells no secret again', async () => {
  const person = await app.signUp()
  const headers = { 'idempotency-key': 'once' }
  const first = await person.post('/api/v1/api-keys', { name: 'x' }, { headers })
  expect(first.status).toBe(201)
  expect(await person.post('/api/v1/api-keys', { name: 'x' }, { headers })).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect((await person.get('/api/v1/api-keys')).body.items).toHaveLength(1)
  const { rows } = await app.database.pool.query(`select body from idempotent_answers where user_id = $1`, [person.user.id])
  expect(rows).toEqual([{ body: '' }])
})

test('a key has a window of its own inside its person’s, and a request that it refuses costs the person nothing', async () => {
  const person = await app.signUp()
  const key = await withKey(person, { requestsPerMinute: 2 })
  const conversation = await person.newConversation()
  const send = (client: Pick<Person, 'post'>) =>
    client.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Hi' })
  expect((await send(key)).headers.get('ratelimit')).toMatch(/^"plan";r=19;t=\d+, "key";r=1;t=\d+$/)
  expect((await send(key)).status).toBe(202)
  const refused = await send(key)
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
  expect(refused.headers.get('ratelimit-policy')).toBe('"plan";q=20;w=60, "key";q=2;w=60')
  expect(refused.headers.get('ratelimit')).toMatch(/^"plan";r=18;t=\d+, "key";r=0;t=\d+$/)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await send(person)).headers.get('ratelimit')).toMatch(/^"plan";r=17;t=\d+$/)
})
