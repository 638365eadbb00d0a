import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sessions, termsAcceptances, users } from '#ports/database/tables.ts'
import { until } from './cluster/cluster.ts'
import { startTestApp, type TestApp } from './test-app.ts'

type Person = Awaited<ReturnType<TestApp['signUp']>>
let app: TestApp
let other: TestApp
let admin: Person
beforeAll(async () => {
  app = await startTestApp({ PUBLIC_URL: 'https://jarvis.example.org' })
  // Another process on the same database, with the same keys.
  other = await startTestApp({ DATABASE_URL: app.settings.DATABASE_URL, DATA_DIR: app.dataDir, PUBLIC_URL: 'https://jarvis.example.org' })
  admin = await app.signUp()
})
afterAll(async () => {
  await other[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const publish = (text: string) => admin.post('/api/v1/admin/terms', { text })
const accept = (who: Pick<Person, 'post'>, version: number) => who.post('/api/v1/me/terms', { version })
const current = async () => (await app.anyone().get('/api/v1/terms')).body.current
const versions = async () => (await admin.get('/api/v1/admin/terms')).body
const refused = { status: 403, body: { code: 'terms_required', params: { url: 'https://jarvis.example.org/terms' } } }
/** As others find it: nobody is asked for anything. */
const withdraw = async () => void ((await current()) && expect((await publish('')).status).toBe(201))

test('who has not accepted the terms does nothing before they have, in every process, and reads them without an account', async () => {
  expect(await current()).toBeNull()
  const [person, late] = [await app.signUp(), await app.signUp()]
  const conversationId = await person.newConversation()
  const at = other.anyone()
  at.useToken(person.accessToken)
  const sockets = [await person.socket(), await at.socket()]
  const published = await publish('# Terms of use\n\nNo data of customers.')
  expect(published.status).toBe(201)
  const { version } = published.body
  expect(await current()).toEqual({ version, text: '# Terms of use\n\nNo data of customers.', publishedAt: published.body.publishedAt })
  // Open pages are told, and led there.
  for (const socket of sockets) {
    await socket.next('user', ({ user }) => user.termsRequired === true)
    expect((await socket.closed).code).toBe(4401)
  }
  const send = () => person.post(`/api/v1/conversations/${conversationId}/messages`, { messageId: crypto.randomUUID(), content: 'Hello' })
  expect(await send()).toMatchObject(refused)
  for (const path of ['/api/v1/conversations', '/api/v1/memories', '/api/v1/announcements', '/api/v1/models'])
    for (const who of [person, at]) expect(await who.get(path), path).toMatchObject(refused)
  const again = await app.anyone().post('/api/v1/auth/login?transport=body', { email: late.person.email, password: late.person.password })
  expect(again.body.user.termsRequired).toBe(true)
  expect((await person.get('/api/v1/me')).body.termsRequired).toBe(true)

  for (const wrong of [version - 1, version + 1]) expect((await accept(person, wrong)).status).toBe(wrong === 0 ? 400 : 409)
  const accepted = await accept(person, version)
  expect(accepted).toMatchObject({ status: 200, body: { version } })
  expect((await accept(person, version)).body).toEqual(accepted.body)
  expect((await person.get('/api/v1/me')).body.termsRequired).toBe(false)
  expect((await send()).status).toBe(202)
  for (const who of [person, at]) expect((await who.get('/api/v1/conversations')).status).toBe(200)
  ;(await person.socket()).close()
  expect(await late.get('/api/v1/conversations')).toMatchObject(refused)

  expect((await versions()).items[0]).toMatchObject({ version, accepted: 1, publishedBy: admin.user.id })
  expect((await versions()).people).toBe(3)
  expect((await person.get('/api/v1/me/terms')).body.items).toEqual([accepted.body])
  expect((await person.get('/api/v1/me/export')).body.terms).toEqual([accepted.body])
  const rows = (await app.auditRows()).filter(({ action }) => action.startsWith('terms.'))
  expect(rows.map(({ action, actorId, target }) => [action, actorId, target])).toEqual([
    ['terms.published', admin.user.id, String(version)],
    ['terms.accepted', person.user.id, String(version)],
  ])
  expect(JSON.stringify(rows)).not.toContain('customers')
  await withdraw()
})

test('keys of who has not accepted are refused as they are, with a sentence that says where', async () => {
  const person = await app.signUp()
  const program = app.anyone()
  program.useToken((await person.post('/api/v1/api-keys', { name: 'a program' })).body.secret)
  const { version } = (await publish('For programs too.')).body
  const chat = () => program.post('/v1/chat/completions', { model: 'auto', messages: [{ role: 'user', content: 'Hello' }] })
  const answer = await chat()
  expect(answer).toMatchObject({ status: 403, body: { error: { code: 'terms_required' } } })
  expect(answer.body.error.message).toContain('https://jarvis.example.org/terms')
  for (const path of ['/api/v1/conversations', '/api/v1/models']) expect(await program.get(path)).toMatchObject(refused)
  expect((await program.post('/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/list' })).status).toBe(403)
  // A person accepts, no program does.
  expect((await accept(program, version)).status).toBe(403)
  expect((await program.get('/api/v1/me')).body.termsRequired).toBe(true)
  await accept(person, version)
  expect((await chat()).status).toBe(200)
  await withdraw()
})

test('each new version asks anew, an empty one nobody; administrators govern meanwhile, and are asked as everybody is', async () => {
  const person = await app.signUp()
  const first = (await publish('One.')).body.version
  await accept(person, first)
  expect(await publish('One.')).toMatchObject({ status: 409, body: { params: { sentence: 'conflict.terms_same' } } })
  const second = (await publish('Two.')).body.version
  expect(second).toBe(first + 1)
  expect(await person.get('/api/v1/conversations')).toMatchObject(refused)
  expect(await accept(person, first)).toMatchObject({ status: 409, body: { params: { sentence: 'conflict.terms_replaced' } } })

  expect(await admin.get('/api/v1/conversations')).toMatchObject(refused)
  expect((await admin.get('/api/v1/admin/users')).status).toBe(200)
  expect((await admin.patch('/api/v1/admin/settings', { ceilingMicroUsd: null })).status).toBe(200)
  // What is for administrators is for no one else, whatever they accepted.
  expect((await person.get('/api/v1/admin/users')).body.code).toBe('terms_required')
  await accept(person, second)
  expect((await person.get('/api/v1/admin/users')).body.code).toBe('forbidden')

  expect((await publish('')).status).toBe(201)
  expect(await current()).toBeNull()
  expect((await accept(admin, second + 1)).status).toBe(409)
  expect((await admin.get('/api/v1/conversations')).status).toBe(200)
  const { items } = await versions()
  expect(items.slice(0, 3).map(({ accepted }: { accepted: number }) => accepted)).toEqual([0, 1, 1])
  const details = (await app.auditRows()).find(({ action, target }) => action === 'terms.published' && target === String(second))!.details
  expect(details).toMatchObject({ version: `${first} → ${second}` })
})

test('of two who publish at once each gets a version of their own', async () => {
  const answers = await Promise.all(['A.', 'B.', 'C.'].map(publish))
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
  const numbers = answers.map(({ body }) => body.version).toSorted((a, b) => a - b)
  expect(numbers.map((number) => number - numbers[0])).toEqual([0, 1, 2])
  await withdraw()
})

test('who does not accept takes their data and goes; what they accepted goes with them', async () => {
  const person = await app.signUp()
  const first = (await publish('One.')).body.version
  await accept(person, first)
  await publish('Two.')
  expect((await person.get('/api/v1/me/export')).body.terms).toMatchObject([{ version: first }])
  expect((await person.post('/api/v1/auth/reauthenticate', { password: person.person.password })).status).toBe(204)
  expect([202, 204]).toContain((await person.delete('/api/v1/me')).status)
  await until(async () => (await app.database.db.$count(users, eq(users.id, person.user.id))) === 0)
  expect(await app.database.db.$count(termsAcceptances, eq(termsAcceptances.userId, person.user.id))).toBe(0)
  const certificate = (await admin.get('/api/v1/admin/erasures')).body.items.find(({ userId }: { userId: string }) => userId === person.user.id)
  expect(certificate.removed).toContainEqual({ where: 'terms_acceptances', count: 1 })
  await withdraw()
})

test('only an administrator who has just shown who they are publishes', async () => {
  const person = await app.signUp()
  expect((await person.post('/api/v1/admin/terms', { text: 'Mine.' })).status).toBe(403)
  expect((await person.get('/api/v1/admin/terms')).status).toBe(403)
  for (const body of [{}, { text: 7 }, { text: 'x'.repeat(100_001) }, { text: 'a', version: 3 }])
    expect((await admin.post('/api/v1/admin/terms', body)).status).toBe(400)
  await app.database.db
    .update(sessions)
    .set({ createdAt: sql`created_at - interval '11 minutes'`, authenticatedAt: sql`authenticated_at - interval '11 minutes'` })
    .where(eq(sessions.userId, admin.user.id))
  expect((await publish('Later.')).body.code).toBe('reauthentication_required')
  expect(await current()).toBeNull()
})
