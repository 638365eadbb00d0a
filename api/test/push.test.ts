import type { PushBody } from '@jarvis/contracts/push.ts'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type PushBrowser, type PushService, startPushService } from '../../simulators/push/push.ts'
import { type Script, startScriptedModel } from '../../simulators/openai/scripted.ts'
import { until } from './cluster/cluster.ts'
import { interruptsIn, deny, notetaker, noteTool } from './probe-tools.ts'
import { startTestApp, type TestApp } from './test-app.ts'

type Person = Awaited<ReturnType<TestApp['signUp']>>
type Model = Awaited<ReturnType<typeof startScriptedModel>>
let service: PushService
let model: Model
let app: TestApp
let script: Exclude<Script, unknown[]>
beforeAll(async () => {
  service = await startPushService()
  model = await startScriptedModel((request, index) => script(request, index))
  app = await startTestApp({ WEB_PUSH_HOSTS: service.host, OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk-push' }, { furtherTools: [noteTool([])] })
})
afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await model?.close()
  await service?.close()
})
beforeEach(() => {
  script = notetaker
})

const path = '/api/v1/push/subscription'
const keyOf = async (person: Pick<Person, 'get'>) => (await person.get('/api/v1/push')).body.publicKey as string
const bodyOf = ({ subscription }: PushBrowser, fields: Partial<PushBody> = {}) => ({ ...subscription, showsTitle: false, language: 'en', ...fields })

async function subscribed(person: Person, fields: Partial<PushBody> = {}): Promise<PushBrowser> {
  const browser = service.browser(await keyOf(person))
  const { status, body } = await person.put(path, bodyOf(browser, fields))
  expect([status, body.subscription?.endpoint]).toEqual([200, browser.subscription.endpoint])
  return browser
}
const told = ({ received }: PushBrowser) => received.map(({ text }) => JSON.parse(text) as Record<string, string>)
const rowsOf = async ({ user }: Person) =>
  (await app.database.pool.query('select session_id from push_subscriptions where user_id = $1', [user.id])).rows.length

/** Another sign-in of the same person, on another device. */
async function signedInAgain({ person }: Person) {
  const client = app.anyone()
  const { body } = await client.post('/api/v1/auth/login?transport=body', { email: person.email, password: person.password })
  client.useToken(body.accessToken)
  return { ...client, refreshToken: body.refreshToken as string }
}

test('an answer that ended is told, with no word of the conversation, readable for the browser alone', async () => {
  const person = await app.signUp()
  const browser = await subscribed(person)
  const conversationId = await person.newConversation()
  await person.ask(conversationId, 'My aunt Euphemia keeps bees.')
  await until(() => browser.received.length === 1)
  expect(told(browser)).toEqual([{ title: 'Jarvis', body: 'Jarvis has answered.', lang: 'en', conversationId }])
  expect(browser.received[0]).toMatchObject({ ttl: '86400', urgency: 'high', contact: expect.stringMatching(/^mailto:/) })
  // Its title is told where the person wants that, and nothing else.
  const { body } = await person.put(path, bodyOf(browser, { showsTitle: true }))
  expect(body.subscription.showsTitle).toBe(true)
  await person.patch(`/api/v1/conversations/${conversationId}`, { title: 'Bees' })
  await person.ask(conversationId, 'And ducks.')
  await until(() => browser.received.length === 2)
  expect(told(browser)[1]).toEqual({ title: 'Bees', body: 'Jarvis has answered.', lang: 'en', conversationId })
  // The service cannot tell the one from the other.
  expect(browser.received[0]!.bytes).toBe(browser.received[1]!.bytes)
})

test('of a temporary conversation no title is told', async () => {
  const person = await app.signUp()
  const browser = await subscribed(person, { showsTitle: true })
  const { body } = await person.post('/api/v1/conversations', { temporary: true, title: 'Secret' })
  await person.ask(body.id, 'Hello')
  await until(() => browser.received.length === 1)
  expect(told(browser)[0]!.title).toBe('Jarvis')
})

test('an approval that waits is told, and not once it was answered; what failed is told as that', async () => {
  const person = await app.signUp()
  const browser = await subscribed(person)
  const conversationId = await person.newConversation()
  const interrupts = interruptsIn(await person.ask(conversationId, 'note: hello'))
  expect(interrupts).toHaveLength(1)
  await until(() => browser.received.length === 1)
  expect(told(browser)[0]).toMatchObject({ body: 'Jarvis waits for your approval.', conversationId })
  const { items } = (await person.get(`/api/v1/conversations/${conversationId}/messages`)).body
  const resumed = await person.post(`/api/v1/runs/${items.at(-1).runId}/resume`, { resume: [deny(interrupts[0]!)] })
  await person.events(resumed.body.runId)
  await until(() => browser.received.length === 2)
  expect(told(browser)[1]).toMatchObject({ body: 'Jarvis has answered.' })

  script = () => ({ status: 400, body: { error: { message: 'No.' } } })
  await person.ask(conversationId, 'Hello')
  await until(() => browser.received.length === 3)
  expect(told(browser)[2]).toMatchObject({ body: 'Jarvis could not finish its answer.' })
})

test('it is said in the language of the person, else of the page that subscribed', async () => {
  const person = await app.signUp()
  const browser = await subscribed(person, { language: 'ja' })
  await person.ask(await person.newConversation(), 'Hello')
  await until(() => browser.received.length === 1)
  await person.patch('/api/v1/me', { language: 'de' })
  await person.ask(await person.newConversation(), 'Hello')
  await until(() => browser.received.length === 2)
  expect(told(browser).map(({ body, lang }) => [lang, body])).toEqual([
    ['ja', 'Jarvis が回答しました。'],
    ['de', 'Jarvis hat geantwortet.'],
  ])
})

test('what a person stopped, and what a program asked for, is told to nobody', async () => {
  const person = await app.signUp()
  const browser = await subscribed(person)
  const key = (await person.post('/api/v1/api-keys', { name: 'k' })).body.secret
  const program = app.anyone()
  program.useToken(key)
  await program.ask(await program.newConversation(), 'Hello')
  script = () => ({ stall: 'before-first-token' })
  const conversationId = await person.newConversation()
  const { body } = await person.post(`/api/v1/conversations/${conversationId}/messages`, { messageId: crypto.randomUUID(), content: 'Hello' })
  await person.post(`/api/v1/runs/${body.runId}/cancel`)
  await person.events(body.runId)
  // The next one is told, so the others would have been by then.
  script = notetaker
  await person.ask(conversationId, 'Hello')
  await until(() => browser.received.length > 0)
  expect(told(browser)).toMatchObject([{ conversationId, body: 'Jarvis has answered.' }])
})

test('all browsers of a person are told, and nobody else’s', async () => {
  const [person, other] = [await app.signUp(), await app.signUp()]
  const [one, others] = [await subscribed(person), await subscribed(other)]
  const second = await signedInAgain(person)
  const two = service.browser(await keyOf(person))
  expect((await second.put(path, bodyOf(two))).status).toBe(200)
  await person.ask(await person.newConversation(), 'Hello')
  await until(() => one.received.length === 1 && two.received.length === 1)
  expect(others.received).toEqual([])
  // Each sign-in sees its own.
  expect((await person.get('/api/v1/push')).body.subscription.endpoint).toBe(one.subscription.endpoint)
  expect((await second.get('/api/v1/push')).body.subscription.endpoint).toBe(two.subscription.endpoint)
})

test('it ends with the sign-in, however that ends, and with the account', async () => {
  const person = await app.signUp()
  await subscribed(person)
  // Signed out.
  const second = await signedInAgain(person)
  await second.put(path, bodyOf(service.browser(await keyOf(person))))
  expect(await rowsOf(person)).toBe(2)
  await second.post('/api/v1/auth/logout', { refreshToken: second.refreshToken })
  expect(await rowsOf(person)).toBe(1)
  // Ended from another device.
  const third = await signedInAgain(person)
  await third.put(path, bodyOf(service.browser(await keyOf(person))))
  const sessions = (await third.get('/api/v1/auth/sessions')).body.items as { id: string; current: boolean }[]
  for (const { id } of sessions.filter(({ current }) => !current)) await third.delete(`/api/v1/auth/sessions/${id}`)
  expect(await rowsOf(person)).toBe(1)
  expect((await person.put(path, bodyOf(service.browser('x'.repeat(87))))).status).toBe(401)
  // Erased.
  expect((await third.delete('/api/v1/me')).status).toBeLessThan(300)
  expect(await rowsOf(person)).toBe(0)
})

test('a sign-in that ended is told nothing, whatever is left of it', async () => {
  const person = await app.signUp()
  const [gone, here] = [await subscribed(person), service.browser(await keyOf(person))]
  const second = await signedInAgain(person)
  await second.put(path, bodyOf(here))
  // As if the row had been left behind.
  await app.database.pool.query('update sessions set revoked_at = now() where id = (select session_id from push_subscriptions where endpoint = $1)', [
    gone.subscription.endpoint,
  ])
  await second.ask(await second.newConversation(), 'Hello')
  await until(() => here.received.length === 1)
  expect(gone.received).toEqual([])
})

test('a browser that is reached no more is forgotten; one that is not reached now is told later', async () => {
  const person = await app.signUp()
  const browser = await subscribed(person)
  browser.answers.push(503)
  await person.ask(await person.newConversation(), 'Hello')
  await until(() => browser.received.length === 1)
  for (const status of [404, 410]) {
    const next = await subscribed(person)
    next.answers.push(status)
    await person.ask(await person.newConversation(), 'Hello')
    await until(async () => (await rowsOf(person)) === 0)
    expect((await person.get('/api/v1/push')).body.subscription).toBeNull()
  }
})

test('a browser in which another person signs in is theirs, for who shows its keys alone', async () => {
  const [person, other] = [await app.signUp(), await app.signUp()]
  const browser = await subscribed(person)
  const guessed = { p256dh: browser.subscription.keys.p256dh, auth: randomBytes(16).toString('base64url') }
  expect(await other.put(path, bodyOf(browser, { keys: guessed }))).toMatchObject({
    status: 409,
    body: { params: { sentence: 'conflict.push_address' } },
  })
  expect(await rowsOf(person)).toBe(1)
  expect((await other.put(path, bodyOf(browser))).status).toBe(200)
  expect([await rowsOf(person), await rowsOf(other)]).toEqual([0, 1])
})

test('addresses, keys and callers that are none are refused', async () => {
  const person = await app.signUp()
  const browser = service.browser(await keyOf(person))
  const statusOf = async (fields: object) => (await person.put(path, { ...bodyOf(browser), ...fields })).status
  for (const endpoint of [
    'https://fcm.googleapis.com/x',
    'http://127.0.0.1:1/x',
    'http://10.0.0.5/x',
    'ftp://push.example.net/x',
    `${browser.subscription.endpoint} x`,
    `${browser.subscription.endpoint}${'x'.repeat(2000)}`,
    7,
  ])
    expect(await statusOf({ endpoint })).toBe(400)
  const { keys } = browser.subscription
  for (const wrong of [{ ...keys, auth: 'x' }, { ...keys, p256dh: 'A'.repeat(87) }, { p256dh: keys.p256dh }, { ...keys, more: 1 }])
    expect(await statusOf({ keys: wrong })).toBe(400)
  for (const fields of [{ publicKey: 'x' }, { showsTitle: 'yes' }, { language: '<b>' }, { more: 1 }]) expect(await statusOf(fields)).toBe(400)
  expect(await statusOf({ publicKey: keys.p256dh })).toBe(409)
  expect(await rowsOf(person)).toBe(0)

  const program = app.anyone()
  for (const call of [program.get('/api/v1/push'), program.put(path, bodyOf(browser)), program.delete(path)]) expect((await call).status).toBe(401)
  program.useToken((await person.post('/api/v1/api-keys', { name: 'k' })).body.secret)
  for (const call of [program.get('/api/v1/push'), program.put(path, bodyOf(browser)), program.delete(path)]) expect((await call).status).toBe(403)
})

test('a person has ten browsers at most: the eleventh takes the place of the first', async () => {
  const person = await app.signUp()
  const first = await subscribed(person)
  for (let at = 0; at < 10; at++) {
    const again = await signedInAgain(person)
    expect((await again.put(path, bodyOf(service.browser(await keyOf(person))))).status).toBe(200)
  }
  expect(await rowsOf(person)).toBe(10)
  expect((await person.get('/api/v1/push')).body.subscription).toBeNull()
  expect(first.received).toEqual([])
})

test('what is switched on and off is audited, without the address, and exported', async () => {
  const person = await app.signUp()
  const browser = await subscribed(person, { showsTitle: true })
  const { notifications } = (await person.get('/api/v1/me/export')).body
  expect(notifications).toMatchObject([{ service: service.host, showsTitle: true, language: 'en' }])
  expect([(await person.delete(path)).status, (await person.delete(path)).status]).toEqual([204, 204])
  const rows = (await app.auditRows()).filter(({ actorId, action }) => actorId === person.user.id && action.startsWith('push.'))
  expect(rows.map(({ action, details }) => [action, details])).toEqual([
    ['push.subscribed', { service: service.host, showsTitle: true }],
    ['push.unsubscribed', {}],
  ])
  expect(JSON.stringify(rows)).not.toContain(new URL(browser.subscription.endpoint).pathname)
})

test('the key is the same ever after, encrypted where it is kept; with another SECRETS_KEY there is another one', async () => {
  const person = await app.signUp()
  const publicKey = await keyOf(person)
  const keys = async () => (await app.database.pool.query('select public_key, sealed_private_key from push_keys order by created_at')).rows
  expect(await keys()).toEqual([{ public_key: publicKey, sealed_private_key: expect.stringMatching(/^[\w+/]{80,}={0,2}$/) }])
  const settings = { DATABASE_URL: app.settings.DATABASE_URL, JWT_SECRET: 'x'.repeat(32), WEB_PUSH_HOSTS: service.host }
  const other = { ...settings, SECRETS_KEY: randomBytes(32).toString('base64') }
  const found: string[] = []
  for (let at = 0; at < 2; at++) {
    await using again = await startTestApp(other)
    found.push(await keyOf(await again.signUp()))
  }
  expect(found[0]).toBe(found[1])
  expect((await keys()).map(({ public_key }) => public_key)).toEqual([publicKey, found[0]])
})

test('switched off, nobody subscribes and nothing is told', async () => {
  await using off = await startTestApp({ WEB_PUSH: 'off' })
  const person = await off.signUp()
  expect((await person.get('/api/v1/push')).body).toEqual({ publicKey: null, subscription: null })
  const body = bodyOf(service.browser('x'.repeat(87)))
  expect(await person.put(path, body)).toMatchObject({ status: 503, body: { params: { sentence: 'unavailable.push' } } })
})
