import { eq } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { invitations, letters, users } from '#ports/database/tables.ts'
import { startMailApp } from './mail-app.ts'
import { newPerson, startTestApp, type TestApp } from './test-app.ts'

type Person = Awaited<ReturnType<TestApp['signUp']>>

const mailed = await startMailApp({ REGISTRATION: 'invitation' })
const { mail, app, admin } = mailed
afterAll(() => mailed[Symbol.asyncDispose]())

const invite = async (body: object, by: Person = admin) => (await by.post('/api/v1/admin/invitations', body)).body
const tokenOf = ({ url }: { url: string }) => url.split('#invitation=')[1]!
const register = (invitation: string | undefined, fields: object = {}, at: TestApp = app) =>
  at.anyone().post('/api/v1/auth/register?transport=body', { ...newPerson(), ...fields, ...(invitation !== undefined && { invitation }) })
const invalid = { status: 400, body: { code: 'invitation_invalid' } }

test('who is invited by a letter comes in once, at that address, with role and plan, and the address is verified', async () => {
  const email = newPerson().email
  expect(await register(undefined)).toMatchObject({ status: 403, body: { code: 'registration_closed' } })
  const made = await admin.post('/api/v1/admin/invitations', { email: email.toUpperCase(), role: 'enterprise', plan: 'pro' })
  expect(made).toMatchObject({ status: 201, body: { email, role: 'enterprise', plan: 'pro', delivery: 'mail', url: null } })
  const { text } = await mail.letterTo(email, /invited/)
  const token = /#invitation=([\w-]+)/.exec(text)![1]!
  const shown = await app.anyone().post('/api/v1/auth/invitation', { invitation: token })
  expect(shown.body).toMatchObject({ email, role: 'enterprise', plan: 'pro' })
  expect(await register(token)).toMatchObject(invalid)
  const { status, body } = await register(token, { email })
  expect({ status, body }).toMatchObject({ status: 201, body: { user: { email, role: 'enterprise', plan: 'pro', emailVerified: true } } })
  expect(await register(token, { email: newPerson().email })).toMatchObject(invalid)
  expect(await app.anyone().post('/api/v1/auth/invitation', { invitation: token })).toMatchObject(invalid)
  const [listed] = (await admin.get('/api/v1/admin/invitations')).body.items
  expect(listed).toMatchObject({ email, acceptedBy: body.user.id })
  expect(JSON.stringify(listed)).not.toContain(token)
})

test('a letter is in the language of who asked for it, and once they have chosen one, in theirs', async () => {
  const { email, password } = newPerson()
  await admin.post('/api/v1/admin/invitations', { email }, { headers: { 'accept-language': 'tlh, de-AT;q=0.8, fr;q=0.9' } })
  const invitation = await mail.letterTo(email, /vous invite à utiliser Jarvis/)
  expect(invitation.text).not.toMatch(/\{|Hello/)
  const { body } = await register(/#invitation=([\w-]+)/.exec(invitation.text)![1], { email, password })
  const person = app.anyone()
  person.useToken(body.accessToken)
  expect((await person.patch('/api/v1/me', { language: 'ar' })).status).toBe(200)
  await app.anyone().post('/api/v1/auth/password/forgot', { email }, { headers: { 'accept-language': 'ja' } })
  expect((await mail.letterTo(email, /تعيين كلمة مرور جديدة/)).token).toMatch(/./)
  expect((await person.patch('/api/v1/me', { language: null })).status).toBe(200)
  await app.anyone().post('/api/v1/auth/password/forgot', { email }, { headers: { 'accept-language': 'ja' } })
  await mail.letterTo(email, /新しいパスワードを設定/)
  await app.anyone().post('/api/v1/auth/password/forgot', { email })
  await mail.letterTo(email, /Set a new password/)
})

test('of many who use one link at once, one comes in', async () => {
  const token = tokenOf(await invite({ plan: 'pro' }))
  const answers = await Promise.all(Array.from({ length: 6 }, () => register(token)))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
  expect(answers.filter(({ body }) => body.code === 'invitation_invalid')).toHaveLength(5)
  expect(answers.find(({ status }) => status === 201)!.body.user).toMatchObject({ role: 'user', plan: 'pro', emailVerified: false })
})

test('without a mail server a link for anybody does not say of any number of addresses who has an account', async () => {
  await using bare = await startTestApp({ REGISTRATION: 'invitation' })
  const boss = await bare.signUp()
  const token = tokenOf(await invite({}, boss))
  const tries = []
  for (let at = 0; at < 10; at++) tries.push((await register(token, { email: boss.person.email }, bare)).status)
  expect(new Set(tries)).toEqual(new Set([409]))
  for (const email of [boss.person.email, newPerson().email]) expect(await register(token, { email }, bare)).toMatchObject({ status: 429 })
})

test('an invitation ends when it is taken back, when it is old, and with the authority of who gave it', async () => {
  const taken = await invite({})
  expect((await admin.delete(`/api/v1/admin/invitations/${taken.id}`)).status).toBe(204)
  expect(await register(tokenOf(taken))).toMatchObject(invalid)
  expect((await admin.delete(`/api/v1/admin/invitations/${taken.id}`)).status).toBe(404)
  const old = await invite({ expiresAt: new Date(Date.now() + 3_600_000).toISOString() })
  await app.database.db
    .update(invitations)
    .set({ expiresAt: new Date(0) })
    .where(eq(invitations.id, old.id))
  expect(await register(tokenOf(old))).toMatchObject(invalid)
  expect((await admin.post('/api/v1/admin/invitations', { expiresAt: '2020-01-01T00:00:00Z' })).status).toBe(400)

  // A second administrator who leaves a door open behind them.
  const { body } = await register(tokenOf(await invite({ role: 'admin' })))
  const second = app.anyone() as Person
  second.useToken(body.accessToken)
  const doors = [await invite({ role: 'admin' }, second), await invite({ role: 'admin' }, second), await invite({ role: 'admin' }, second)]
  const set = (change: object) => admin.patch(`/api/v1/admin/users/${body.user.id}`, change)
  await set({ role: 'user' })
  expect(await register(tokenOf(doors[0]))).toMatchObject(invalid)
  expect((await second.post('/api/v1/admin/invitations', {})).status).toBe(403)
  await set({ role: 'admin', disabled: true })
  expect(await register(tokenOf(doors[1]))).toMatchObject(invalid)
  await set({ disabled: false })
  expect((await register(tokenOf(doors[2]))).status).toBe(201)
})

test.each([
  ['an address that has an account', async () => ({ email: admin.person.email }), 409],
  ['a letter to nobody', async () => ({ delivery: 'mail' }), 400],
  ['a role that is none', async () => ({ role: 'owner' }), 400],
  ['an address that is none', async () => ({ email: 'a@b, c@d.org' }), 400],
])('%s is refused', async (_what, body, status) => {
  expect((await admin.post('/api/v1/admin/invitations', await body())).status).toBe(status)
})

test('an invitation that was taken back before its letter went out sends none', async () => {
  const email = newPerson().email
  mail.setDown(true)
  const { id } = await invite({ email })
  await expect.poll(() => mail.refusals(), { timeout: 30_000 }).toBeGreaterThan(0)
  expect((await admin.delete(`/api/v1/admin/invitations/${id}`)).status).toBe(204)
  mail.setDown(false)
  await expect.poll(() => app.database.db.$count(letters, eq(letters.address, email)), { timeout: 30_000 }).toBe(0)
  expect(mail.inbox.filter(({ to }) => to.includes(email))).toEqual([])
})

test('each of it is in the audit, without an address', async () => {
  const rows = await app.auditRows()
  for (const action of ['invitation.created', 'invitation.revoked']) expect(rows.map((row) => row.action)).toContain(action)
  expect(rows.filter(({ action, details }) => action === 'user.registered' && 'invitation' in (details as object)).length).toBeGreaterThan(2)
  expect(JSON.stringify(rows)).not.toMatch(/example\.org/)
})

test('by domain and by letter: who has an address there gets a letter that lets them in, and nobody learns who has an account', async () => {
  await using strict = await startTestApp({ SMTP_URL: mail.url, REGISTRATION: 'domains:example.org,Example.net' })
  const boss = await strict.signUp({ email: `boss@elsewhere.com` })
  expect((await strict.anyone().get('/api/v1/instance')).body).toMatchObject({ registrationOpen: true, registration: 'letter' })
  const ask = (email: string) => strict.anyone().post('/api/v1/auth/register/letter', { email })
  expect(await ask('eve@sub.example.org')).toMatchObject({ status: 403, body: { code: 'registration_closed' } })
  expect(await ask('eve@example.org@evil.com')).toMatchObject({ status: 400 })
  const email = newPerson().email
  expect(await register(undefined, { email }, strict)).toMatchObject({ status: 403, body: { params: { sentence: 'registration_closed.letter' } } })
  const first = await ask(email)
  const one = /#invitation=([\w-]+)/.exec((await mail.letterTo(email, /Make your account/)).text)![1]!
  await ask(email)
  const two = /#invitation=([\w-]+)/.exec((await mail.letterTo(email, /Make your account/)).text)![1]!
  expect(await register(one, { email }, strict)).toMatchObject(invalid)
  expect(await register(two, { email: newPerson().email }, strict)).toMatchObject(invalid)
  expect(await register(two, { email }, strict)).toMatchObject({ status: 201, body: { user: { role: 'user', emailVerified: true } } })
  const again = await ask(email)
  expect({ ...again, headers: null }).toEqual({ ...first, headers: null })
  await mail.letterTo(email, /account already/)
  // Who is invited need not have an address there.
  expect((await register(tokenOf(await invite({}, boss)), { email: 'guest@elsewhere.com' }, strict)).status).toBe(201)
  expect((await boss.get('/api/v1/admin/invitations')).body.items).toHaveLength(1)
})

test('by domain without a mail server, and closed: what each lets in', async () => {
  await using domain = await startTestApp({
    REGISTRATION: 'domains:example.org',
    ADMIN_EMAIL: 'Root@elsewhere.com',
    ADMIN_PASSWORD: 'a sentence of the operator',
  })
  // The first administrator came with the start; who registers is an ordinary person.
  const root = await domain.anyone().post('/api/v1/auth/login', { email: 'root@elsewhere.com', password: 'a sentence of the operator' })
  expect(root).toMatchObject({ status: 200, body: { user: { role: 'admin' } } })
  expect(await register(undefined, {}, domain)).toMatchObject({ status: 201, body: { user: { role: 'user' } } })
  expect(await register(undefined, { email: 'eve@evil.com' }, domain)).toMatchObject({ status: 403, body: { code: 'registration_closed' } })
  // Started again, with another password: nothing changes.
  await using again = await startTestApp({ ...domain.settings, PORT: '0', ADMIN_EMAIL: 'other@elsewhere.com', ADMIN_PASSWORD: 'another sentence' })
  expect(await again.database.db.$count(users)).toBe(2)
})

test('several processes that start at once make one first administrator', async () => {
  const settings = { ADMIN_EMAIL: 'root@example.org', ADMIN_PASSWORD: 'a sentence of the operator' }
  await using fresh = await startTestApp()
  const made = await Promise.all(
    Array.from({ length: 4 }, () => fresh.accounts.makeFirstAdmin({ email: settings.ADMIN_EMAIL, password: settings.ADMIN_PASSWORD })),
  )
  expect(made.filter(Boolean)).toHaveLength(1)
  await expect(fresh.accounts.makeFirstAdmin({ email: 'x@example.org', password: 'a sentence' })).resolves.toBe(false)
  expect((await fresh.signUp()).user.role).toBe('user')
})
