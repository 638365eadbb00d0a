import { eq, sql } from 'drizzle-orm'
import { PassThrough } from 'node:stream'
import { afterAll, expect, test } from 'vitest'
import { noPassword } from '#features/accounts/passwords.ts'
import { createLog } from '#lib/log.ts'
import { identities, letters, oneTimeTokens, sessions, users } from '#ports/database/tables.ts'
import { signUpConfirmed, startMailApp } from './mail-app.ts'
import { newPerson, startTestApp, type TestApp } from './test-app.ts'

type Person = Awaited<ReturnType<TestApp['signUp']>>

const issuer = { OIDC_ISSUER: 'https://login.example.org', OIDC_CLIENT_ID: 'jarvis', OIDC_NAME: 'Example account' }
const mailed = await startMailApp({ PUBLIC_URL: 'https://jarvis.example.org', ...issuer })
const { mail, app, admin } = mailed
afterAll(() => mailed[Symbol.asyncDispose]())

/** Somebody whose address leads to them. */
const signUp = () => signUpConfirmed(app, mail)
const forgot = (email: string) => app.anyone().post('/api/v1/auth/password/forgot', { email })
const reset = (token: string, password = 'a wholly new sentence') => app.anyone().post('/api/v1/auth/password/reset', { token, password })
const verify = (token: string) => app.anyone().post('/api/v1/auth/email/verify', { token })
const login = ({ email, password }: { email: string; password: string }) =>
  app.anyone().post('/api/v1/auth/login?transport=body', { email, password })
const badLink = { status: 400, body: { code: 'invalid_request', params: { sentence: 'invalid_request.link' } } }

/** The link of a letter of the kind that sets a new password. */
async function resetToken(email: string): Promise<string> {
  expect((await forgot(email)).status).toBe(202)
  return (await mail.letterTo(email, /Set a new password/)).token
}
/** As if the person had shown who they are longer ago. */
const pass = (minutes: number, { user }: Person) =>
  app.database.db
    .update(sessions)
    .set({
      createdAt: sql`created_at - make_interval(mins => ${minutes})`,
      authenticatedAt: sql`authenticated_at - make_interval(mins => ${minutes})`,
    })
    .where(eq(sessions.userId, user.id))

test('who forgot the password gets in by a letter: once, with every other session ended, and is told', async () => {
  const person = await signUp()
  const socket = await person.socket()
  const letter = (await forgot(person.person.email.toUpperCase())) && (await mail.letterTo(person.person.email, /Set a new password/))
  expect(letter.isSecure).toBe(true)
  expect(letter.text).toContain(`https://jarvis.example.org/reset-password#token=${letter.token}`)
  expect(await reset(letter.token, 'password')).toMatchObject({ status: 400, body: { errors: [{ path: 'password' }] } })
  const answers = await Promise.all(Array.from({ length: 5 }, () => reset(letter.token)))
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 400)).toHaveLength(4)
  expect((await socket.closed).code).toBe(4403)
  expect((await person.get('/api/v1/me')).status).toBe(401)
  expect((await login(person.person)).status).toBe(401)
  const again = await login({ ...person.person, password: 'a wholly new sentence' })
  expect(again.body.user).toMatchObject({ emailVerified: true })
  await mail.letterTo(person.person.email, /was changed/)
  expect(await reset(letter.token)).toMatchObject(badLink)
})

test('whether somebody has an address is said by no answer, no work and no letter', async () => {
  const { person } = await signUp()
  const stranger = newPerson().email
  const [known, unknown] = [await forgot(person.email), await forgot(stranger)]
  expect(known.status).toBe(202)
  expect({ ...known, headers: null }).toEqual({ ...unknown, headers: null })
  await mail.letterTo(person.email, /Set a new password/)
  // What is about nobody is done with too, and sent to nobody.
  await expect.poll(() => app.database.db.$count(letters, eq(letters.address, stranger)), { timeout: 30_000 }).toBe(0)
  expect(mail.inbox.filter(({ to }) => to.includes(stranger))).toEqual([])
})

test('a new link takes the place of the one before, and ends when it is old, when the address is another, and with the account', async () => {
  const { person, ...client } = await signUp()
  const first = await resetToken(person.email)
  const second = await resetToken(person.email)
  expect(await reset(first)).toMatchObject(badLink)
  await app.database.db.update(oneTimeTokens).set({ expiresAt: new Date(Date.now() - 1000) })
  expect(await reset(second)).toMatchObject(badLink)
  const third = await resetToken(person.email)
  expect((await admin.patch(`/api/v1/admin/users/${client.user.id}`, { disabled: true })).status).toBe(200)
  expect(await reset(third)).toMatchObject(badLink)
  for (const token of ['', 'x', 'x'.repeat(201), third.toUpperCase()]) expect((await reset(token)).status).toBe(400)
  // A link is good for one thing.
  const other = await app.signUp()
  const { token } = await mail.letterTo(other.person.email, /Confirm/)
  expect(await reset(token)).toMatchObject(badLink)
  expect(await verify(await resetToken(other.person.email))).toMatchObject(badLink)
})

test('a sixth letter to one address within an hour is not sent, and the answer is the same', async () => {
  const { person } = await signUp()
  for (let n = 0; n < 5; n++) await resetToken(person.email)
  await expect.poll(() => app.database.db.$count(letters, eq(letters.address, person.email)), { timeout: 30_000 }).toBe(0)
  expect((await forgot(person.email)).status).toBe(202)
  expect(await app.database.db.$count(letters, eq(letters.address, person.email))).toBe(0)
})

test('a mail server that is away costs nobody a wait, and the letter arrives when it is back', async () => {
  const { person } = await signUp()
  mail.setDown(true)
  expect((await forgot(person.email)).status).toBe(202)
  await expect.poll(() => mail.refusals(), { timeout: 30_000 }).toBeGreaterThan(0)
  mail.setDown(false)
  const { token } = await mail.letterTo(person.email, /Set a new password/)
  expect((await reset(token)).status).toBe(204)
})

test('a letter that nobody asked the queue for is sent by the sweep, and one that is refused for good is not tried for ever', async () => {
  const { person, user } = await app.signUp()
  await mail.letterTo(person.email, /Confirm/)
  const lost = { id: crypto.randomUUID(), kind: 'email_verify', userId: user.id, address: person.email, dueAt: new Date(0) }
  await app.database.db.insert(letters).values(lost)
  await app.upkeep.sweep('each minute')
  expect((await verify((await mail.letterTo(person.email, /Confirm/)).token)).status).toBe(204)
  const refused = await app.signUp({ email: `nobody@${crypto.randomUUID()}.org` })
  await expect.poll(() => app.database.db.$count(letters, eq(letters.userId, refused.user.id)), { timeout: 30_000 }).toBe(0)
})

test('an address is verified by the letter that came with the registration, or by another one', async () => {
  const person = await app.signUp()
  expect(person.user).toMatchObject({ emailVerified: false, pendingEmail: null })
  const first = await mail.letterTo(person.person.email, /Confirm/)
  // Who gives a stranger's address says nothing to that stranger by a name.
  expect(first.text).not.toContain(person.person.name)
  expect((await person.post('/api/v1/auth/email/verification')).status).toBe(202)
  const { token } = await mail.letterTo(person.person.email, /Confirm/)
  expect(await verify(first.token)).toMatchObject(badLink)
  const socket = await person.socket()
  expect((await verify(token)).status).toBe(204)
  await socket.next('user', ({ user }) => user.emailVerified === true)
  expect((await person.get('/api/v1/me')).body).toMatchObject({ emailVerified: true })
  expect(await verify(token)).toMatchObject(badLink)
})

test('an account moves to another address when both agree, in any order, and not before', async () => {
  const person = await app.signUp()
  const old = person.person.email
  await verify((await mail.letterTo(old, /Confirm/)).token)
  for (const order of [
    ['old', 'new'],
    ['new', 'old'],
  ] as const) {
    const { email: from } = (await person.get('/api/v1/me')).body
    const to = newPerson().email
    const wish = await person.patch('/api/v1/me', { email: to.toUpperCase() })
    expect(wish).toMatchObject({ status: 200, body: { email: from, pendingEmail: { address: to, waitsFor: ['old', 'new'] } } })
    const tokens = { old: (await mail.letterTo(from, /move/)).token, new: (await mail.letterTo(to, /Use this/)).token }
    expect((await verify(tokens[order[0]])).status).toBe(204)
    expect((await person.get('/api/v1/me')).body).toMatchObject({ email: from, pendingEmail: { waitsFor: [order[1]] } })
    expect((await verify(tokens[order[1]])).status).toBe(204)
    expect((await person.get('/api/v1/me')).body).toMatchObject({ email: to, emailVerified: true, pendingEmail: null })
    await mail.letterTo(from, /was changed/)
    expect((await login({ email: from, password: person.person.password })).status).toBe(401)
    expect((await login({ email: to, password: person.person.password })).status).toBe(200)
  }
})

test('an address that somebody else has is not given away, and not taken away', async () => {
  const [person, other] = [await signUp(), await signUp()]
  expect((await person.patch('/api/v1/me', { email: other.person.email })).status).toBe(200)
  const said = await mail.letterTo(other.person.email, /has an account already/)
  expect(said.token).toBe('')
  // Taken meanwhile.
  const wanted = newPerson().email
  await person.patch('/api/v1/me', { email: wanted })
  const { token } = await mail.letterTo(wanted, /Use this/)
  // The letter of the first wish, and that of this one.
  const olds = [await mail.letterTo(person.person.email, /move/), await mail.letterTo(person.person.email, /move/)]
  expect((await verify(olds[1]!.token)).status).toBe(204)
  await signUpConfirmed(app, mail, { email: wanted })
  expect(await verify(token)).toMatchObject({ status: 409, body: { code: 'email_taken' } })
  expect((await person.get('/api/v1/me')).body.email).toBe(person.person.email)
})

test('a wish that is taken back, or replaced, leaves links that are no good', async () => {
  const person = await signUp()
  // As one that was made before there was a mail server.
  await app.database.db.update(users).set({ verifiedEmail: null }).where(eq(users.id, person.user.id))
  const [first, second] = [newPerson().email, newPerson().email]
  await person.patch('/api/v1/me', { email: first })
  // The address of now was never shown to be theirs: it need not agree, and is told.
  await mail.letterTo(person.person.email, /is to be changed/)
  const one = await mail.letterTo(first, /Use this/)
  await person.patch('/api/v1/me', { email: second })
  const two = await mail.letterTo(second, /Use this/)
  expect(await verify(one.token)).toMatchObject(badLink)
  expect((await person.patch('/api/v1/me', { email: person.person.email })).body).toMatchObject({ pendingEmail: null })
  expect(await verify(two.token)).toMatchObject(badLink)
})

test('what gives an account away needs the password again after ten minutes', async () => {
  const person = await signUp()
  const acts: [string, () => ReturnType<Person['get']>, number][] = [
    ['a new key', () => person.post('/api/v1/api-keys', { name: 'Robot' }), 201],
    ['another address', () => person.patch('/api/v1/me', { email: newPerson().email }), 200],
    ['an erasure', () => person.delete('/api/v1/me'), 204],
  ]
  await pass(11, person)
  const refused = { status: 403, body: { code: 'reauthentication_required' } }
  for (const [what, act] of acts) expect(await act(), what).toMatchObject(refused)
  // What gives nothing away does not.
  expect((await person.patch('/api/v1/me', { name: 'Grace', email: person.person.email })).status).toBe(200)
  // Nor does renewing the token show anything.
  await app.anyone().post('/api/v1/auth/refresh?transport=body', { refreshToken: person.refreshToken })
  expect(await acts[0]![1]()).toMatchObject(refused)
  const show = (password: string) => person.post('/api/v1/auth/reauthenticate', { password })
  expect(await show('a wrong guess')).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
  expect(await acts[0]![1]()).toMatchObject(refused)
  expect((await show(person.person.password)).status).toBe(204)
  await pass(9, person)
  for (const [what, act, status] of acts) expect(await act(), what).toMatchObject({ status })
})

test('an administrator ends a password: every session ends, the old one is refused, and a letter brings the next', async () => {
  const person = await signUp()
  const socket = await person.socket()
  const end = (who: Person, body?: object) => who.post(`/api/v1/admin/users/${person.user.id}/password`, body)
  expect((await end(person)).status).toBe(403)
  expect(await end(admin)).toMatchObject({ status: 200, body: { delivery: 'mail', url: null } })
  expect((await socket.closed).code).toBe(4403)
  expect(await login(person.person)).toMatchObject({ status: 403, body: { code: 'password_reset_required' } })
  expect(await login({ ...person.person, password: 'a wrong guess' })).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
  const { token } = await mail.letterTo(person.person.email, /administrator/)
  expect((await reset(token)).status).toBe(204)
  expect((await login({ ...person.person, password: 'a wholly new sentence' })).status).toBe(200)
  // A link to hand over shows nothing about the mailbox, and is for those who have just shown who they are.
  const other = await app.signUp()
  await pass(11, admin)
  const hand = () => admin.post(`/api/v1/admin/users/${other.user.id}/password`, { delivery: 'link' })
  expect(await hand()).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } })
  await admin.post('/api/v1/auth/reauthenticate', { password: admin.person.password })
  const { body } = await hand()
  expect(body).toMatchObject({ delivery: 'link', url: expect.stringMatching(/^https:\/\/jarvis\.example\.org\/reset-password#token=[\w-]{43}$/) })
  expect((await reset(body.url.split('token=')[1])).status).toBe(204)
  expect((await login({ ...other.person, password: 'a wholly new sentence' })).body.user).toMatchObject({ emailVerified: false })
  expect((await admin.post(`/api/v1/admin/users/${crypto.randomUUID()}/password`)).status).toBe(404)
})

test('each of it is in the audit, without an address of anybody', async () => {
  const rows = await app.auditRows()
  const actions = new Set(rows.map(({ action }) => action))
  for (const action of [
    'password.forgotten',
    'password.reset',
    'password.ended',
    'email.verified',
    'email.change_confirmed',
    'email.changed',
    'reauthenticated',
    'reauthentication.failed',
  ])
    expect([...actions]).toContain(action)
  expect(JSON.stringify(rows)).not.toMatch(/example\.org/)
})

test('an erased person leaves no letter', async () => {
  const person = await signUp()
  // To an address, before it is known whose it is.
  await app.database.db
    .insert(letters)
    .values({ id: crypto.randomUUID(), kind: 'password_reset', userId: null, address: person.person.email, dueAt: new Date(Date.now() + 3_600_000) })
  expect((await person.delete('/api/v1/me')).status).toBe(204)
  expect(await app.database.db.$count(letters, eq(letters.address, person.person.email))).toBe(0)
})

test('without a mail server an administrator hands the link over, and letters stand in the log', async () => {
  const lines: string[] = []
  const stream = new PassThrough().on('data', (line: Buffer) => lines.push(line.toString()))
  await using bare = await startTestApp({}, { log: createLog('info', stream) })
  const boss = await bare.signUp()
  const person = await bare.signUp()
  expect((await bare.anyone().get('/api/v1/auth/methods')).body).toEqual({
    password: true,
    registration: true,
    passkeys: true,
    mail: false,
    providers: [],
  })
  const handed = await boss.post(`/api/v1/admin/users/${person.user.id}/password`, {})
  expect(handed.body).toMatchObject({ delivery: 'link', url: expect.stringContaining('/reset-password#token=') })
  expect((await boss.post(`/api/v1/admin/users/${person.user.id}/password`, { delivery: 'mail' })).status).toBe(409)
  await bare.anyone().post('/api/v1/auth/password/forgot', { email: person.person.email })
  await expect.poll(() => lines.join(''), { timeout: 30_000 }).toContain(`"to":"${person.person.email}"`)
  const [, token] = /#token=([\w-]+)/.exec(lines.join(''))!
  expect((await bare.anyone().post('/api/v1/auth/password/reset', { token, password: 'a wholly new sentence' })).status).toBe(204)
  // Nobody can be asked to confirm: the address is changed at once, and counts as not verified.
  const next = newPerson().email
  expect((await boss.patch('/api/v1/me', { email: next })).body).toMatchObject({ email: next, emailVerified: false, pendingEmail: null })
})

test('who signs in by single sign-on is told so, and gets no link; who was added and has no password yet gets one', async () => {
  const person = await signUp()
  await app.database.db.update(users).set({ passwordHash: noPassword }).where(eq(users.id, person.user.id))
  await resetToken(person.person.email)
  const identity = { id: crypto.randomUUID(), userId: person.user.id, provider: 'oidc', issuer: 'https://login.example.org', subject: 's' }
  await app.database.db.insert(identities).values(identity)
  expect((await forgot(person.person.email)).status).toBe(202)
  const letter = await mail.letterTo(person.person.email, /You sign in without a password/)
  expect(letter.text).toContain('you sign in with Example account')
  expect(letter.token).toBe('')
})
