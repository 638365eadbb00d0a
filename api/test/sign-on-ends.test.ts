import { afterAll, beforeAll, expect, test } from 'vitest'
import { startScriptedModel } from '../../simulators/openai/scripted.ts'
import { freePort } from './engines/free-port.ts'
import { createBrowser, newKey, startIssuer, type TestIssuer } from './issuer.ts'
import { type Browser, secret, somebody } from './sign-on.ts'
import { startTestApp, type TestApp } from './test-app.ts'
import { createClient } from './client.ts'

const stack = new AsyncDisposableStack()
let issuer: TestIssuer
let app: TestApp
/** Another process on the same database. */
let replica: TestApp
const administrator = { email: 'root@example.org', password: 'a sentence for the root' }

beforeAll(async () => {
  const model = await startScriptedModel([{ stall: 'mid-stream', afterText: 'And so on' }])
  stack.defer(() => model.close())
  const PORT = String(await freePort())
  const PUBLIC_URL = `http://127.0.0.1:${PORT}`
  issuer = stack.use(await startIssuer({ id: 'jarvis', secret, publicUrl: PUBLIC_URL, provider: 'oidc' }))
  const settings = {
    PUBLIC_URL,
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: model.url,
    OIDC_ISSUER: issuer.issuer,
    OIDC_CLIENT_ID: 'jarvis',
    OIDC_CLIENT_SECRET: secret,
    OIDC_NAME: 'Staff',
    OIDC_SCOPES: 'openid email profile groups',
    OIDC_ROLES: 'admins=admin,staff=user',
    OIDC_ONLY: 'on',
    ADMIN_EMAIL: administrator.email,
    ADMIN_PASSWORD: administrator.password,
    JWT_SECRET: 'x'.repeat(32),
  }
  app = stack.use(await startTestApp({ ...settings, PORT }))
  replica = stack.use(await startTestApp({ ...settings, DATABASE_URL: app.settings.DATABASE_URL, SECRETS_KEY: '' }))
})
afterAll(() => stack.disposeAsync())

const isPage = (url: string) => url.startsWith(app.url) && !url.startsWith(`${app.url}/api/`)

async function signIn(account = somebody(), browser: Browser = createBrowser()) {
  issuer.signIn(account)
  const { url } = await browser.visit(`${app.url}/api/v1/auth/oidc/oidc/start`, isPage)
  const refreshToken = browser.jar(app.url).get('jarvis_refresh')
  const { body } = await app.anyone().post('/api/v1/auth/refresh?transport=body', { refreshToken: refreshToken ?? 'none' })
  const client = createClient(app.url)
  client.useToken(body.accessToken)
  const rows = await app.database.db.query.signOnSessions.findMany()
  const sessions = (await client.get('/api/v1/auth/sessions')).body.items as { id: string; current: boolean }[] | undefined
  const sid = rows.find(({ sessionId }) => sessionId === sessions?.find(({ current }) => current)?.id)?.sid ?? ''
  return { account, browser, client, user: body.user, accessToken: body.accessToken as string, refreshToken: body.refreshToken as string, sid, url }
}
type Signed = Awaited<ReturnType<typeof signIn>>
const isIn = async ({ client }: Pick<Signed, 'client'>) => (await client.get('/api/v1/me')).status === 200

test('where single sign-on is the only way, passwords are for the administrator who was named, should the issuer be down', async () => {
  expect((await app.anyone().get('/api/v1/auth/methods')).body).toMatchObject({
    password: false,
    registration: false,
    providers: [{ id: 'oidc', name: 'Staff' }],
  })
  const login = (email: string, password: string) => app.anyone().post('/api/v1/auth/login', { email, password })
  const person = { email: 'somebody@example.org', password: 'a sentence of somebody', name: 'S' }
  expect((await app.anyone().post('/api/v1/auth/register', person)).body.code).toBe('registration_closed')
  for (const role of ['user', 'admin'] as const) {
    await app.accounts.createUser({ ...person, email: `${role}@example.org` }, role)
    expect((await login(`${role}@example.org`, 'another sentence')).body).toMatchObject({ code: 'invalid_credentials' })
    expect((await login(`${role}@example.org`, person.password)).body).toMatchObject({
      code: 'forbidden',
      params: { sentence: 'forbidden.single_sign_on', providers: 'Staff' },
    })
  }
  issuer.meddle((_request, response) => !!response.writeHead(503).end())
  expect((await createBrowser().visit(`${app.url}/api/v1/auth/oidc/oidc/start`, isPage)).url).toContain('problem=unavailable.issuer')
  expect((await login(administrator.email, administrator.password)).status).toBe(200)
  issuer.meddle(undefined)
  // It is asked again after a moment.
  const started = () => createBrowser().visit(`${app.url}/api/v1/auth/oidc/oidc/start`, (url) => isPage(url) || url.startsWith(issuer.issuer))
  await expect.poll(async () => (await started()).url).toContain(issuer.issuer)
})

test('who signs out of the issuer is out here within a second, on every replica: socket, stream and run; another session of theirs goes on', async () => {
  const account = somebody()
  const [here, elsewhere] = [await signIn(account), await signIn(account)]
  const conversation = await here.client.newConversation()
  const { runId } = (await here.client.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Go on' }))
    .body
  await expect.poll(async () => (await here.client.get(`/api/v1/runs/${runId}`)).body.status).toBe('running')
  const there = createClient(replica.url)
  there.useToken(here.accessToken)
  const sockets = await Promise.all([here.client.socket({ token: here.accessToken }), there.socket({ token: here.accessToken })])
  const stream = there.get(`/api/v1/runs/${runId}/events`)

  // As another application would have it: the issuer ends its session by itself and calls here.
  const bye = (signed: Signed) => signed.browser.visit(`${issuer.issuer}/session/end`, isPage).then((page) => signed.browser.submit(page, isPage))
  await bye(here)
  expect(await Promise.all(sockets.map(async (socket) => (await socket.closed).code))).toEqual([4403, 4403])
  expect((await stream).body).toContain('"code":"unauthenticated"')
  expect([await isIn(here), await isIn(elsewhere)]).toEqual([false, true])
  expect((await app.anyone().post('/api/v1/auth/refresh', { refreshToken: here.refreshToken })).status).toBe(401)
  // While somebody is there, what was begun goes on; when nobody is, it ends.
  expect((await elsewhere.client.get(`/api/v1/runs/${runId}`)).body.status).toBe('running')
  await bye(elsewhere)
  expect(await isIn(elsewhere)).toBe(false)
  await expect.poll(async () => (await app.database.pool.query('select status from runs where id = $1', [runId])).rows[0].status).toBe('cancelled')
  expect((await app.auditRows()).filter(({ action, actorId }) => action === 'session.ended_by_issuer' && actorId === here.user.id)).toHaveLength(2)
})

test('who signs out here signs out of the issuer too, which comes back to the page to sign in', async () => {
  const signed = await signIn()
  const cookie = `jarvis_refresh=${signed.refreshToken}`
  const { status, body, headers } = await app.anyone().post('/api/v1/auth/oidc/logout', undefined, { headers: { cookie } })
  expect([status, await isIn(signed)]).toEqual([200, false])
  expect(headers.getSetCookie().join()).toMatch(/jarvis_refresh=;/)
  expect(body.url).toContain(`${issuer.issuer}/session/end?`)
  const page = await signed.browser.visit(body.url, isPage)
  expect((await signed.browser.submit(page, isPage)).url).toBe(`${app.url}/sign-in`)
  // The issuer asks again who they are: the session there is over.
  issuer.signIn(null)
  expect((await signed.browser.visit(`${app.url}/api/v1/auth/oidc/oidc/start`, isPage)).url).toContain('sign_on_denied')
  // By a password: there is nowhere else to sign out.
  const { email, password } = administrator
  const root = (await app.anyone().post('/api/v1/auth/login?transport=body', { email, password })).body
  expect(
    (await app.anyone().post('/api/v1/auth/oidc/logout', undefined, { headers: { cookie: `jarvis_refresh=${root.refreshToken}` } })).body,
  ).toEqual({ url: null })
})

const event = 'http://schemas.openid.net/event/backchannel-logout'
const now = () => Math.floor(Date.now() / 1000)
const fresh = ({ account, sid }: Signed) => ({
  iss: issuer.issuer,
  aud: 'jarvis',
  sub: account.sub,
  sid,
  iat: now(),
  exp: now() + 120,
  jti: crypto.randomUUID(),
  events: { [event]: {} },
})
const say = (token: string, id = 'oidc') =>
  app.anyone().post(`/api/v1/auth/oidc/${id}/backchannel-logout`, undefined, {
    raw: new URLSearchParams({ logout_token: token }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
type Claims = ReturnType<typeof fresh>
const but = (fields: Record<string, unknown>) => (claims: Claims) => issuer.sign({ ...claims, ...fields })

const wrong: Record<string, (claims: Claims) => Promise<string> | string> = {
  'no signature': (claims) => `${[{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`,
  'another key': async (claims) => issuer.sign(claims, {}, await newKey('first')),
  'our own secret': (claims) => issuer.sign(claims, {}, { kty: 'oct', k: Buffer.from(secret).toString('base64url'), alg: 'HS256', kid: 'first' }),
  'another client': but({ aud: 'somebody-else' }),
  'another issuer': but({ iss: 'https://login.example.org' }),
  'a nonce, as an id_token has': but({ nonce: 'n' }),
  'no event': but({ events: undefined }),
  'another event': but({ events: { 'http://schemas.openid.net/event/other': {} } }),
  'nobody named': but({ sub: undefined, sid: undefined }),
  'no number': but({ jti: undefined }),
  'no end': but({ exp: undefined }),
  'no beginning': but({ iat: undefined }),
  'an end that is over': but({ iat: now() - 200, exp: now() - 100 }),
  'a beginning long ago': but({ iat: now() - 3600, exp: now() + 3600 }),
  'no form at all': () => 'x.y.z',
}

test('a logout token that is wrong in any way ends nothing', async () => {
  const signed = await signIn()
  const answers = []
  for (const [name, make] of Object.entries(wrong)) answers.push([name, (await say(await make(fresh(signed)))).status])
  expect(answers).toEqual(Object.keys(wrong).map((name) => [name, 400]))
  expect((await app.anyone().post('/api/v1/auth/oidc/oidc/backchannel-logout', { logout_token: 'x' })).status).toBe(400)
  expect((await say(await issuer.sign(fresh(signed)), 'nobody')).status).toBe(404)
  expect(await isIn(signed)).toBe(true)
  expect((await say(await issuer.sign(fresh(signed)))).status).toBe(200)
  expect(await isIn(signed)).toBe(false)
})

test('a logout token works once, even when it is said twice at once; by the person alone it ends all that they have', async () => {
  const account = somebody()
  const all = [await signIn(account), await signIn(account), await signIn()]
  const token = await issuer.sign({ ...fresh(all[0]!), sid: undefined })
  const answers = await Promise.all([say(token), say(token), say(token)])
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400, 400])
  expect(await Promise.all(all.map(isIn))).toEqual([false, false, true])
  const again = await signIn(account)
  expect((await say(token)).status).toBe(400)
  expect(await isIn(again)).toBe(true)
  // A session of the issuer that is none of ours is no fault of its own.
  expect((await say(await issuer.sign({ ...fresh(again), sid: 'unknown' }))).status).toBe(200)
  expect(await isIn(again)).toBe(true)
})

test('the last administrator stays one when their groups say otherwise; with another one they follow', async () => {
  const account = { ...somebody(), groups: ['admins'] }
  expect((await signIn(account)).user.role).toBe('admin')
  for (const email of [administrator.email, 'admin@example.org']) await app.accounts.change(email, { disabled: true })
  const kept = await signIn({ ...account, groups: ['staff'] })
  expect(kept.user.role).toBe('admin')
  expect((await app.auditRows()).filter(({ action }) => action === 'identity.role_kept')).toEqual([expect.objectContaining({ target: kept.user.id })])
  await app.accounts.change(administrator.email, { disabled: false })
  expect((await signIn({ ...account, groups: ['staff'] })).user.role).toBe('user')
})
