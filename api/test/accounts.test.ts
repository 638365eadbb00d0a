import { afterAll, beforeAll, expect, test } from 'vitest'
import { bcryptCost } from '#features/accounts/passwords.ts'
import { newPerson, type Person, startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp({}, { passwordCost: bcryptCost })
})
afterAll(() => app[Symbol.asyncDispose]())

test('of several people who register first at once, exactly one becomes admin', async () => {
  await using fresh = await startTestApp()
  const people = await Promise.all(Array.from({ length: 6 }, () => fresh.signUp()))
  expect(people.map(({ user }) => user.role).toSorted()).toEqual(['admin', 'user', 'user', 'user', 'user', 'user'])
})

test('the refresh cookie cannot be read by scripts and goes only to the auth routes', async () => {
  const { status, headers, body } = await app.anyone().post('/api/v1/auth/register', newPerson())
  expect(status).toBe(201)
  expect(headers.get('set-cookie')).toMatch(/^jarvis_refresh=[\w-]+; Max-Age=\d+; Path=\/api\/v1\/auth; HttpOnly; SameSite=Strict$/)
  expect(body).toEqual({ user: expect.any(Object), accessToken: expect.any(String), expiresIn: 600 })
  expect(body.user.passwordHash).toBeUndefined()
})

test('of two refresh cookies neither is believed, for one of them may be planted; signing out still ends what they name', async () => {
  const [person, attacker] = [await app.signUp(), await app.signUp()]
  const send = (route: string, cookie: string) => app.anyone().post(`/api/v1/auth/${route}`, undefined, { headers: { cookie } })
  const [own, planted] = [`jarvis_refresh=${person.refreshToken}`, `jarvis_refresh=${attacker.refreshToken}`]
  for (const cookie of [`${own}; ${planted}`, `${planted};${own}`, `a=b; ${planted}; c=d;\tjarvis_refresh =x; ${own}`, `${own}; ${own}`]) {
    const answer = await send('refresh', cookie)
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    // Without its own cookie the browser would show the planted one alone, and that one would be believed.
    expect(answer.headers.get('set-cookie')).toBeNull()
  }
  expect((await send('refresh', own)).status).toBe(200)
  expect((await send('logout', `${planted}; ${own}`)).status).toBe(204)
  for (const { get } of [person, attacker]) expect((await get('/api/v1/me')).status).toBe(401)
})

test('an email is one account, whatever its case', async () => {
  const { person } = await app.signUp()
  const again = await app.anyone().post('/api/v1/auth/register', { ...person, email: person.email.toUpperCase() })
  expect(again).toMatchObject({ status: 409, body: { code: 'email_taken' } })
})

test('a wrong email and a wrong password give the same answer, for about the same work', async () => {
  const { person } = await app.signUp()
  // Processor time: what else the machine does is no work of this answer.
  const timed = async (email: string) => {
    const before = process.cpuUsage()
    const { status, body } = await app.anyone().post('/api/v1/auth/login', { email, password: 'not the password' })
    const { user, system } = process.cpuUsage(before)
    return { ms: (user + system) / 1000, status, body: { ...body, requestId: '' } }
  }
  const [known, unknown] = [await timed(person.email), await timed(newPerson().email)]
  expect(known.status).toBe(401)
  expect(known.body).toEqual(unknown.body)
  expect(known.body.code).toBe('invalid_credentials')
  // A missing hash would be some fifty times less.
  expect(known.ms / unknown.ms).toBeGreaterThan(0.1)
  expect(known.ms / unknown.ms).toBeLessThan(10)
})

test('every byte of a long password counts', async () => {
  const long = 'x'.repeat(100)
  const { person } = await app.signUp({ password: `${long}a` })
  const login = (password: string) => app.anyone().post('/api/v1/auth/login', { email: person.email, password })
  expect((await login(`${long}a`)).status).toBe(200)
  expect((await login(`${long}b`)).status).toBe(401)
})

const refresh = (refreshToken: string) => app.anyone().post('/api/v1/auth/refresh?transport=body', { refreshToken })

/** That nothing of a session works any more: neither token, nor the socket that was open. */
async function expectEnded(person: Awaited<ReturnType<TestApp['signUp']>>, socket: Awaited<ReturnType<typeof person.socket>>, newest: string) {
  expect((await socket.closed).code).toBe(4403)
  expect(await refresh(newest)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  expect((await person.get('/api/v1/me')).status).toBe(401)
}

test('a refresh whose answer was lost gets the same one again; a token that is shown after its successor was used ends the whole session', async () => {
  const person = await app.signUp()
  const socket = await person.socket()
  const first = await refresh(person.refreshToken)
  expect(first.status).toBe(200)
  expect(first.body.refreshToken).not.toBe(person.refreshToken)
  // The answer may have been lost: the same successor, while it is unused.
  expect(await refresh(person.refreshToken)).toMatchObject({ status: 200, body: { refreshToken: first.body.refreshToken } })
  const second = await refresh(first.body.refreshToken)
  expect(await refresh(person.refreshToken)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  await expectEnded(person, socket, second.body.refreshToken)
})

test('refreshes with one token at the same time are one rotation: the same successor, one session', async () => {
  const person = await app.signUp()
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(person.refreshToken)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(new Set(answers.map(({ body }) => body.refreshToken as string)).size).toBe(1)
  expect((await refresh(answers[0]!.body.refreshToken)).status).toBe(200)
  expect((await person.get('/api/v1/auth/sessions')).body.items).toHaveLength(1)
})

test('a token of an ended session has no grace', async () => {
  const person = await app.signUp()
  const { body } = await refresh(person.refreshToken)
  await app.anyone().post('/api/v1/auth/logout', { refreshToken: body.refreshToken })
  expect((await refresh(person.refreshToken)).status).toBe(401)
})

test('logging out ends the session, and its socket with it', async () => {
  const person = await app.signUp()
  const socket = await person.socket()
  expect((await person.post('/api/v1/auth/logout', { refreshToken: person.refreshToken })).status).toBe(204)
  expect((await socket.closed).code).toBe(4403)
  expect((await person.get('/api/v1/me')).status).toBe(401)
})

test('a new password ends all other sessions and keeps this one', async () => {
  const person = await app.signUp()
  const other = await app.anyone().post('/api/v1/auth/login?transport=body', person.person)
  expect(other.status).toBe(400)
  const { email, password } = person.person
  const elsewhere = await app.anyone().post('/api/v1/auth/login?transport=body', { email, password })
  expect(elsewhere.status).toBe(200)
  expect((await person.get('/api/v1/auth/sessions')).body.items).toHaveLength(2)
  expect((await person.post('/api/v1/auth/password', { current: 'wrong', next: 'another good one' })).body.code).toBe('invalid_credentials')
  expect((await person.post('/api/v1/auth/password', { current: password, next: 'another good one' })).status).toBe(204)
  expect((await app.anyone().post('/api/v1/auth/refresh?transport=body', { refreshToken: elsewhere.body.refreshToken })).status).toBe(401)
  expect((await person.get('/api/v1/me')).status).toBe(200)
})

test('another person’s session answers like one that does not exist', async () => {
  const [one, two] = await Promise.all([app.signUp(), app.signUp()])
  const [session] = (await two.get('/api/v1/auth/sessions')).body.items
  const foreign = await one.delete(`/api/v1/auth/sessions/${session.id}`)
  const missing = await one.delete(`/api/v1/auth/sessions/${crypto.randomUUID()}`)
  expect(foreign.status).toBe(404)
  expect({ ...foreign.body, requestId: '' }).toEqual({ ...missing.body, requestId: '' })
  expect((await two.get('/api/v1/me')).status).toBe(200)
})

test.each([
  ['no token', undefined],
  ['a token that is not one', 'nonsense'],
  ['an unsigned token', `${btoa('{"alg":"none","typ":"at+jwt"}')}.${btoa('{"sub":"x"}')}.`],
])('%s is 401 unauthenticated on every closed route', async (_name, token) => {
  const client = app.anyone()
  client.useToken(token)
  for (const path of ['/api/v1/me', '/api/v1/conversations', '/api/v1/memories', '/api/v1/usage', `/api/v1/runs/${crypto.randomUUID()}`]) {
    expect(await client.get(path)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  }
})

test('a token signed for another Jarvis and one that has expired are refused', async () => {
  await using other = await startTestApp({ ACCESS_TOKEN_SECONDS: '5' })
  const stranger = await other.signUp()
  const client = app.anyone()
  client.useToken(stranger.accessToken)
  expect((await client.get('/api/v1/me')).status).toBe(401)
  const socket = await stranger.socket()
  expect((await socket.closed).code).toBe(4401)
  expect((await stranger.get('/api/v1/me')).status).toBe(401)
})

test('erasing an account leaves nothing to sign in to, and its export held what it had', async () => {
  const person = await app.signUp()
  await person.post('/api/v1/memories', { text: 'My cat is called Ada' })
  const exported = (await person.get('/api/v1/me/export')).body
  expect(exported).toMatchObject({ user: { email: person.person.email }, memories: [{ text: 'My cat is called Ada' }] })
  expect((await person.delete('/api/v1/me')).status).toBe(204)
  const { email, password } = person.person
  expect((await app.anyone().post('/api/v1/auth/login', { email, password })).status).toBe(401)
  expect((await person.get('/api/v1/me')).status).toBe(401)
})

test('a closed registration still lets the first person in, and nobody after; a refusal costs no hash, whatever the password', async () => {
  await using closed = await startTestApp({ REGISTRATION: 'closed' }, { passwordCost: bcryptCost })
  const { user, person } = await closed.signUp()
  expect(user.role).toBe('admin')
  const register = (fields: Partial<Person> = {}) => closed.anyone().post('/api/v1/auth/register', { ...newPerson(), ...fields })
  const refused = { status: 403, body: { code: 'registration_closed' } }
  expect(await register({ password: 'password' })).toMatchObject(refused)
  const guess = () => closed.anyone().post('/api/v1/auth/login', { email: person.email, password: 'a wrong guess' })
  const hashing = await processorMs(guess)
  const refusing = await processorMs(async () => {
    for (const email of [person.email, ...Array.from({ length: 7 }, () => newPerson().email)])
      expect(await register({ email })).toMatchObject(refused)
  })
  // Eight hashes would take eight times as long as one.
  expect(refusing).toBeLessThan(4 * hashing)
})

test('what is refused for its email or its password costs no hash either', async () => {
  const { person, ...client } = await app.signUp()
  const hashing = await processorMs(() => app.anyone().post('/api/v1/auth/login', { email: person.email, password: 'a wrong guess' }))
  const refusing = await processorMs(async () => {
    for (let n = 0; n < 4; n++) {
      expect((await app.anyone().post('/api/v1/auth/register', person)).body.code).toBe('email_taken')
      const weak = await app.anyone().post('/api/v1/auth/register', { ...newPerson(), password: 'password' })
      expect(weak).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ path: 'password' }] } })
      expect(await client.post('/api/v1/auth/password', { current: 'a wrong guess', next: person.email })).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', errors: [{ path: 'next' }] },
      })
    }
  })
  // So would twelve here.
  expect(refusing).toBeLessThan(6 * hashing)
})

/** Of this process, on all its threads: other work on the machine must not count. */
async function processorMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
