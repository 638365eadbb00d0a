import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noPassword } from '#features/accounts/passwords.ts'
import { passkeyChallenges, passkeys, sessions, users } from '#ports/database/tables.ts'
import { createAuthenticator, type Forgery } from './authenticator.ts'
import { startMailServer } from './engines/mail-server.ts'
import { signUpConfirmed } from './mail-app.ts'
import { startTestApp, type TestApp } from './test-app.ts'
import { codeOf } from './totp-code.ts'

type Person = Awaited<ReturnType<TestApp['signUp']>>
type Device = ReturnType<typeof createAuthenticator>

const origin = 'https://jarvis.example.org'
let mail: Awaited<ReturnType<typeof startMailServer>>
let app: TestApp
let admin: Person
beforeAll(async () => {
  mail = await startMailServer()
  app = await startTestApp({ SMTP_URL: mail.url, PUBLIC_URL: origin })
  admin = await app.signUp()
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await mail[Symbol.asyncDispose]()
})

const path = '/api/v1/auth/passkeys'
/** One browser: what it was given as a cookie it sends along. */
function browser() {
  let cookie = ''
  const headers = (): Record<string, string> => (cookie ? { cookie } : {})
  return {
    headers,
    async options(secondFactor = false) {
      const answer = await app.anyone().post(`${path}/login/options`, secondFactor ? { secondFactor } : undefined, { headers: headers() })
      expect(answer.status).toBe(200)
      cookie = /__Host-jarvis_sign_on=[^;]+/.exec(answer.headers.get('set-cookie') ?? '')![0]
      return answer.body
    },
    login: (answer: unknown) => app.anyone().post(`${path}/login?transport=body`, answer, { headers: headers() }),
  }
}
const beginAdding = (who: Person) => who.post(`${path}/register/options`)
async function add(who: Person, device: Device = createAuthenticator(), name = 'My phone') {
  const answer = await who.post(`${path}/register`, device.create((await beginAdding(who)).body, origin, {}, name))
  expect(answer.status).toBe(201)
  return { device, ...(answer.body as { id: string; recoveryCodes: string[] | null }) }
}
/** Letters go to who has shown that the address is theirs. */
const signUp = () => signUpConfirmed(app, mail)

async function signUpWithPasskey(device = createAuthenticator()) {
  const person = await signUp()
  return { person, ...(await add(person, device)) }
}
async function signIn(device: Device, forged: Forgery = {}, at = browser()) {
  return await at.login(device.get(await at.options(), origin, forged))
}
const withPassword = ({ person }: Person, more: object = {}, headers = {}) =>
  app.anyone().post('/api/v1/auth/login?transport=body', { email: person.email, password: person.password, ...more }, { headers })
const pass = ({ user }: Person) =>
  app.database.db
    .update(sessions)
    .set({ createdAt: sql`created_at - interval '11 minutes'`, authenticatedAt: sql`authenticated_at - interval '11 minutes'` })
    .where(eq(sessions.userId, user.id))
const failuresOf = async ({ user }: Person) => (await app.auditRows()).filter((row) => row.actorId === user.id && row.action === 'login.failed')
const refused = { status: 401, body: { code: 'invalid_credentials', params: { sentence: 'invalid_credentials.passkey' } } }

test('a passkey is added, named, listed, signs in without a user name, and is removed', async () => {
  expect((await app.anyone().get('/api/v1/auth/methods')).body.passkeys).toBe(true)
  const { person, device, id, recoveryCodes } = await signUpWithPasskey()
  expect(recoveryCodes).toHaveLength(10)
  await mail.letterTo(person.person.email, /passkey was added/)
  expect((await person.get('/api/v1/auth/factors')).body).toEqual({ totp: false, passkeys: 1, recoveryCodesLeft: 10, isRequired: false })

  const options = await browser().options()
  // Nothing of who has one.
  expect(options).toEqual({ challenge: expect.any(String), rpId: 'jarvis.example.org', timeout: 300_000, userVerification: 'required' })
  const entered = await signIn(device)
  expect(entered).toMatchObject({ status: 200, body: { user: { id: person.user.id }, refreshToken: expect.any(String) } })
  const rows = (await app.auditRows()).filter(({ actorId }) => actorId === person.user.id)
  expect(rows.find(({ action }) => action === 'login.succeeded')!.details).toEqual({ method: 'passkey' })
  // It is no lock on the password, unless the role needs a factor.
  expect((await withPassword(person)).status).toBe(200)

  expect((await person.patch(`${path}/${id}`, { name: ' Her phone ' })).body).toMatchObject({ id, name: 'Her phone' })
  const { items } = (await person.get(path)).body
  expect(items).toEqual([{ id, name: 'Her phone', isBackedUp: false, createdAt: expect.any(String), lastUsedAt: expect.any(String) }])
  const second = await add(person, createAuthenticator({ counts: false }))
  expect(second.recoveryCodes).toBeNull()
  for (let times = 0; times < 2; times += 1) expect((await signIn(second.device)).status).toBe(200)

  const stranger = await signUp()
  expect((await stranger.delete(`${path}/${id}`)).status).toBe(404)
  expect((await stranger.patch(`${path}/${id}`, { name: 'mine' })).status).toBe(404)
  await pass(person)
  expect((await person.delete(`${path}/${id}`)).body.code).toBe('reauthentication_required')
  expect((await beginAdding(person)).body.code).toBe('reauthentication_required')
  const at = browser()
  const shown = second.device.get(await at.options(), origin)
  expect((await person.post('/api/v1/auth/reauthenticate', { passkey: shown }, { headers: at.headers() })).status).toBe(204)
  expect((await person.delete(`${path}/${id}`)).status).toBe(204)
  expect(await signIn(device)).toMatchObject(refused)
  expect((await signIn(second.device)).status).toBe(200)
  await mail.letterTo(person.person.email, /passkey was removed/)
  // The device still holds it, and answers for somebody else who shows themselves: no.
  const foreign = browser()
  const answer = second.device.get(await foreign.options(), origin)
  expect(await stranger.post('/api/v1/auth/reauthenticate', { passkey: answer }, { headers: foreign.headers() })).toMatchObject(refused)
  const actions = (await app.auditRows()).filter(({ target }) => target === id).map(({ action }) => action)
  expect(actions).toEqual(['passkey.added', 'passkey.renamed', 'passkey.removed'])
})

test('what is forged of an answer is refused, each by itself, and what is true is taken after it', async () => {
  const { person, device } = await signUpWithPasskey()
  const other = await signUpWithPasskey()
  const rows = await app.database.db.select().from(passkeys).where(eq(passkeys.userId, other.person.user.id))
  const { userHandle } = rows[0]!
  const flip = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)
  const forgeries: [string, Forgery][] = [
    ['another origin', { origin: 'https://jarvis.example.net' }],
    ['the origin with a port', { origin: `${origin}:8443` }],
    ['the origin in clear', { origin: 'http://jarvis.example.org' }],
    ['a subdomain', { origin: 'https://evil.jarvis.example.org' }],
    ['another RP id', { rpId: 'jarvis.example.net' }],
    ['the domain above as RP id', { rpId: 'example.org' }],
    ['a challenge of nobody', { challenge: 'u7Jm0cRz0o5p1C8sXn6YbH3kq0Vb3cT6cOQm0Xb1uH2' }],
    ['an empty challenge', { challenge: '' }],
    ['what was made to register', { type: 'webauthn.create' }],
    ['nobody there', { flags: 0x04 }],
    ['the handle of somebody else', { userHandle }],
    ['an empty handle', { userHandle: '' }],
    ['a frame of another site', { crossOrigin: true, origin: 'https://evil.example.net' }],
    ['a spoilt signature', { spoil: (answer) => ({ ...answer, response: { ...answer.response, signature: flip(answer.response.signature) } }) }],
    ['no signature', { spoil: (answer) => ({ ...answer, response: { ...answer.response, signature: '' } }) }],
    ['the id of somebody else’s passkey', { spoil: (answer) => ({ ...answer, id: other.device.id, rawId: other.device.id }) }],
    ['an id that nobody has', { spoil: (answer) => ({ ...answer, id: 'AAAA', rawId: 'AAAA' }) }],
    ['two ids', { spoil: (answer) => ({ ...answer, rawId: other.device.id }) }],
    ['client data that is none', { spoil: (answer) => ({ ...answer, response: { ...answer.response, clientDataJSON: 'AAAA' } }) }],
    ['data that is cut', { spoil: (answer) => ({ ...answer, response: { ...answer.response, authenticatorData: 'AAAA' } }) }],
  ]
  const taken: string[] = []
  for (const [name, forged] of forgeries) {
    const answer = await signIn(device, forged)
    if (answer.status !== 401 || answer.body.params?.sentence !== 'invalid_credentials.passkey') taken.push(`${name}: ${JSON.stringify(answer.body)}`)
  }
  expect(taken).toEqual([])
  expect((await signIn(device)).status).toBe(200)
  expect((await failuresOf(person)).length).toBeGreaterThan(10)
  const odd = [{}, { id: 'x' }, { ...device.get(await browser().options(), origin), type: 'password' }, { id: 'a b' }]
  for (const body of odd) expect((await browser().login(body)).status).toBe(400)
})

test('a challenge is good once, for one purpose, in the browser and the session that began it, for five minutes', async () => {
  const { person, device } = await signUpWithPasskey()
  const at = browser()
  const answer = device.get(await at.options(), origin)
  // Stolen on its way, and shown first, it opens nothing and spoils nothing.
  expect(await browser().login(answer)).toMatchObject(refused)
  const thief = browser()
  await thief.options()
  expect(await thief.login(answer)).toMatchObject(refused)
  const answers = await Promise.all([at.login(answer), at.login(answer)])
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401])
  expect(await at.login(answer)).toMatchObject(refused)

  const forSecond = device.get(await at.options(true), origin)
  expect(await at.login(forSecond)).toMatchObject(refused)
  const alone = device.get(await at.options(), origin)
  expect(await withPassword(person, { passkey: alone }, at.headers())).toMatchObject(refused)
  const late = device.get(await at.options(), origin)
  await app.database.db.update(passkeyChallenges).set({ expiresAt: sql`now() - interval '1 second'` })
  expect(await at.login(late)).toMatchObject(refused)

  const creation = (await beginAdding(person)).body
  const elsewhere = app.anyone()
  elsewhere.useToken((await withPassword(person)).body.accessToken)
  const next = createAuthenticator()
  const made = next.create(creation, origin)
  expect(await elsewhere.post(`${path}/register`, made)).toMatchObject(refused)
  expect((await person.post(`${path}/register`, made)).status).toBe(201)
  expect(await person.post(`${path}/register`, made)).toMatchObject(refused)
})

test('what is forged of a new passkey is refused; one that is known belongs to whose it is', async () => {
  const { person, device } = await signUpWithPasskey()
  const begun = async () => (await beginAdding(person)).body
  expect((await begun()).excludeCredentials).toEqual([{ id: device.id, type: 'public-key', transports: ['internal', 'a-new-one'] }])
  const forgeries: Forgery[] = [
    { origin: 'https://jarvis.example.net' },
    { rpId: 'example.org' },
    { challenge: 'u7Jm0cRz0o5p1C8sXn6YbH3kq0Vb3cT6cOQm0Xb1uH2' },
    { type: 'webauthn.get' },
    { flags: 0 },
  ]
  for (const forged of forgeries) {
    expect(await person.post(`${path}/register`, createAuthenticator().create(await begun(), origin, forged))).toMatchObject(refused)
  }
  const stranger = await signUp()
  const theirs = device.create((await beginAdding(stranger)).body, origin)
  expect((await stranger.post(`${path}/register`, theirs)).body.params.sentence).toBe('conflict.passkey_known')
  expect((await stranger.get('/api/v1/auth/factors')).body.passkeys).toBe(0)
  expect((await person.get('/api/v1/auth/factors')).body.passkeys).toBe(1)
})

test('a copy that falls behind is refused, and of two that show one number one comes in', async () => {
  const { person, device } = await signUpWithPasskey()
  expect((await signIn(device, { counter: 40 })).status).toBe(200)
  for (const counter of [40, 39, 0]) expect(await signIn(device, { counter })).toMatchObject(refused)
  expect((await failuresOf(person)).map(({ details }) => details)).toEqual(Array.from({ length: 3 }, () => ({ why: 'passkey copied' })))
  const both = await Promise.all([signIn(device, { counter: 41 }), signIn(device, { counter: 41 })])
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401])
  expect((await signIn(device, { counter: 42 })).status).toBe(200)
})

test('a device that does not check who holds it is a second factor, and no sign-in of its own', async () => {
  const { person, device } = await signUpWithPasskey(createAuthenticator({ verifies: false }))
  expect((await signIn(device)).body).toMatchObject({ code: 'invalid_credentials', params: { sentence: 'invalid_credentials.passkey_unverified' } })
  const at = browser()
  const alone = device.get(await at.options(), origin)
  expect((await person.post('/api/v1/auth/reauthenticate', { passkey: alone }, { headers: at.headers() })).status).toBe(401)
  const options = await at.options(true)
  expect(options.userVerification).toBe('discouraged')
  const shown = await withPassword(person, { passkey: device.get(options, origin) }, at.headers())
  expect(shown.status).toBe(200)
  const rows = (await app.auditRows()).filter(({ actorId, action }) => actorId === person.user.id && action === 'login.succeeded')
  expect(rows.map(({ details }) => details)).toEqual([{ factor: 'passkey' }])
  // The passkey of somebody else beside one's own password is none.
  const other = await signUpWithPasskey()
  const foreign = other.device.get(await at.options(true), origin)
  expect(await withPassword(person, { passkey: foreign }, at.headers())).toMatchObject(refused)
})

test('where a role needs a factor a passkey is one: asked for after the password, never the last to go, lost with a way back', async () => {
  const { device: adminDevice } = await add(admin)
  const require = (roles: string[]) => admin.patch('/api/v1/admin/settings', { factorRequiredFor: roles })
  const { person, device, id, recoveryCodes } = await signUpWithPasskey()
  expect((await require(['admin', 'user'])).status).toBe(200)
  try {
    expect(await withPassword(person)).toMatchObject({ status: 401, body: { code: 'otp_required', params: { factors: 'passkey recovery_code' } } })
    // Who does not know the password learns nothing of it.
    const guess = await app.anyone().post('/api/v1/auth/login', { email: person.person.email, password: 'not the password' })
    expect(guess.body.params).toEqual({ sentence: 'invalid_credentials' })
    const at = browser()
    expect((await withPassword(person, { passkey: device.get(await at.options(true), origin) }, at.headers())).body.user.factorRequired).toBe(false)
    expect((await withPassword(person, { otp: recoveryCodes![0] })).status).toBe(200)
    expect((await signIn(device)).body.user.factorRequired).toBe(false)
    expect((await person.delete(`${path}/${id}`)).body.params.sentence).toBe('conflict.last_factor')

    // An app beside it: either may go, not both.
    const { secret } = (await person.post('/api/v1/auth/totp', { password: person.person.password })).body
    expect((await person.post('/api/v1/auth/totp/confirm', { code: codeOf(secret) })).status).toBe(200)
    expect((await withPassword(person)).body.params.factors).toBe('totp passkey recovery_code')
    const endTotp = () => person.delete('/api/v1/auth/totp', { raw: JSON.stringify({ password: person.person.password }) })
    expect((await endTotp()).status).toBe(204)
    // The codes that stand in stay with the passkey.
    expect((await person.get('/api/v1/auth/factors')).body).toMatchObject({ totp: false, passkeys: 1, recoveryCodesLeft: 10 })

    const { body: listed } = await admin.get('/api/v1/admin/users?limit=200')
    const [row] = listed.items.filter((item: { id: string }) => item.id === person.user.id)
    expect(row.factors).toEqual({ totp: false, passkeys: 1 })
    expect((await admin.delete(`/api/v1/admin/users/${person.user.id}/factors`)).status).toBe(204)
    expect(await signIn(device)).toMatchObject(refused)
    const again = await withPassword(person)
    expect(again.body.user.factorRequired).toBe(true)
    person.useToken(again.body.accessToken)
    expect((await person.get('/api/v1/conversations')).body.code).toBe('factor_required')
    expect((await add(person)).recoveryCodes).toHaveLength(10)
    expect((await person.get('/api/v1/conversations')).status).toBe(200)
    expect((await signIn(adminDevice)).status).toBe(200)
  } finally {
    expect((await require([])).status).toBe(200)
  }
  const reset = (await app.auditRows()).find(({ action, target }) => action === 'factor.reset' && target === person.user.id)
  expect(reset!.details).toEqual({ totp: 'false → false', passkeys: '1 → 0' })
})

test('who may not come in by a password, may not by a passkey', async () => {
  const { person, device } = await signUpWithPasskey()
  expect((await admin.post(`/api/v1/admin/users/${person.user.id}/password`, { delivery: 'link' })).status).toBe(200)
  expect((await signIn(device)).body.code).toBe('password_reset_required')
  await app.database.db.update(users).set({ passwordEndedAt: null, passwordHash: noPassword }).where(eq(users.id, person.user.id))
  expect((await signIn(device)).body.code).toBe('forbidden')
  expect((await admin.patch(`/api/v1/admin/users/${person.user.id}`, { disabled: true })).status).toBe(200)
  expect(await signIn(device)).toMatchObject(refused)
})

test('passkeys are exported without keys, and gone with the account', async () => {
  const { person, device } = await signUpWithPasskey()
  const exported = await person.get('/api/v1/me/export')
  expect(exported.body.passkeys).toMatchObject([{ name: 'My phone' }])
  expect(exported.body.factors.passkeys).toBe(1)
  expect(JSON.stringify(exported.body)).not.toContain(device.id)
  expect([202, 204]).toContain((await person.delete('/api/v1/me')).status)
  const left = () => app.database.db.$count(passkeys, eq(passkeys.userId, person.user.id))
  await expect.poll(left, { timeout: 60_000 }).toBe(0)
  expect(await signIn(device)).toMatchObject(refused)
})

test('at an address without a name there are none, and it is said', async () => {
  await using plain = await startTestApp({ PUBLIC_URL: 'http://192.0.2.7:3000' })
  const person = await plain.signUp()
  expect((await person.get('/api/v1/auth/methods')).body.passkeys).toBe(false)
  for (const url of [`${path}/register/options`, `${path}/login/options`])
    expect((await person.post(url)).body.params.sentence).toBe('conflict.passkeys_off')
})
