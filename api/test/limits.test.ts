import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedis } from './engines/redis.ts'
import { newPerson, startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
/** Behind one proxy, so that a test may come from any address. */
let proxied: TestApp
beforeAll(async () => {
  ;[app, proxied] = await Promise.all([
    startTestApp(),
    startTestApp({ TRUST_PROXY: '1', ADDRESS_REGISTRATIONS_PER_MINUTE: '20', ADDRESS_RENEWALS_PER_MINUTE: '5' }),
  ])
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await proxied[Symbol.asyncDispose]()
})

type Credentials = { email: string; password: string }
const signIn = (on: TestApp, { email, password }: Credentials, from?: string) =>
  on.anyone().post('/api/v1/auth/login', { email, password }, from === undefined ? {} : { headers: { 'x-forwarded-for': from } })
const guess = (on: TestApp, { email }: Credentials, from?: string) => signIn(on, { email, password: 'a wrong guess' }, from)

/** Tries that arrive together: how many were looked at, the longest wait of the others, and how long all took, in seconds. */
async function together(tries: ReturnType<typeof guess>[]) {
  const from = performance.now()
  const answers = await Promise.all(tries)
  for (const { status, body } of answers) expect([status, body.code]).toEqual(status === 401 ? [401, 'invalid_credentials'] : [429, 'rate_limited'])
  const refused = answers.filter(({ status }) => status === 429)
  const longestWait = Math.max(...refused.map(({ headers }) => Number(headers.get('retry-after'))))
  return { lookedAt: answers.length - refused.length, longestWait, seconds: (performance.now() - from) / 1000 }
}

/** Five, and one more for each wait that ended while they were on their way: of 1 s after the fifth, 2 s after the sixth, and so on. */
function expectFive({ lookedAt, longestWait, seconds }: Awaited<ReturnType<typeof together>>): void {
  const ended = Math.floor(Math.log2(seconds + 1))
  expect(lookedAt).toBeGreaterThanOrEqual(5)
  expect(lookedAt).toBeLessThanOrEqual(5 + ended)
  expect(longestWait).toBeGreaterThanOrEqual(1)
  expect(longestWait).toBeLessThanOrEqual(2 ** ended)
}
const times = <Result>(count: number, make: (index: number) => Result) => Array.from({ length: count }, (_, index) => make(index))

test('every answer of a limited route tells policy and what is left, and only a new message is counted', async () => {
  const person = await app.signUp()
  const conversation = await person.newConversation()
  const send = (body: object, to = conversation) => person.post(`/api/v1/conversations/${to}/messages`, body)
  const message = { messageId: crypto.randomUUID(), content: 'Hi' }
  const answers = [
    await send(message),
    await send(message),
    await send({ messageId: 'no id', content: '' }),
    await send({ ...message, messageId: crypto.randomUUID() }, crypto.randomUUID()),
    await send({ ...message, messageId: crypto.randomUUID(), model: 'no such model' }),
    await person.post('/api/v1/agui', {}),
  ]
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 400, 404, 400, 400])
  for (const { headers } of answers) {
    expect(headers.get('ratelimit-policy')).toBe('"plan";q=20;w=60')
    expect(headers.get('ratelimit')).toMatch(/^"plan";r=19;t=(60|[3-5]\d)$/)
    expect(headers.get('retry-after')).toBe(null)
  }
  expect((await app.anyone().post(`/api/v1/conversations/${conversation}/messages`, message)).headers.get('ratelimit')).toBe(null)
})

test('one message that is sent eight times at once is one request and one run, and what is refused may be sent again', async () => {
  const person = await app.signUp()
  const conversation = await person.newConversation()
  const send = (body: object) => person.post(`/api/v1/conversations/${conversation}/messages`, body)
  const message = { messageId: crypto.randomUUID(), content: 'Hi' }
  const answers = await Promise.all(times(8, () => send(message)))
  expect(new Set(answers.map(({ status, body }) => `${status} ${body.runId}`))).toEqual(new Set([`202 ${answers[0]!.body.runId}`]))
  expect((await send(message)).headers.get('ratelimit')).toMatch(/r=19;/)

  const unplaced = { messageId: crypto.randomUUID(), content: 'Hi', parentId: crypto.randomUUID() }
  expect((await send(unplaced)).status).toBe(400)
  expect((await send({ ...unplaced, parentId: undefined })).headers.get('ratelimit')).toMatch(/r=18;/)
})

test('of 40 guesses made at once five are looked at; waiting as long as Retry-After says is enough, and each failure doubles it', async () => {
  const { person } = await app.signUp()
  const guesses = (count: number) => together(times(count, () => guess(app, person)))
  const first = await guesses(40)
  expectFive(first)
  const waitAfter = (failures: number) => 2 ** (failures - 5)
  await wait(waitAfter(first.lookedAt) * 1000)
  const more = await guesses(3)
  expect(more.lookedAt).toBeGreaterThanOrEqual(1)
  expect(more.longestWait).toBeGreaterThanOrEqual(waitAfter(first.lookedAt + 1) - Math.floor(more.seconds))
  await wait(waitAfter(first.lookedAt + more.lookedAt) * 1000)
  expect((await signIn(app, person)).status).toBe(200)
  expectFive(await guesses(6))
})

test('an email that nobody has is limited like one that somebody has', async () => {
  const nobody = newPerson()
  expectFive(await together(times(7, () => guess(app, nobody))))
})

test('failed tries elsewhere lock nobody out: the owner gets in at once, from a known address and from a new one', async () => {
  const { person } = await proxied.signUp()
  const owner = '198.51.100.7'
  expect((await signIn(proxied, person, owner)).status).toBe(200)
  const attack = times(4, (attacker) => together(times(7, () => guess(proxied, person, `203.0.113.${attacker}`))))
  for (const tries of await Promise.all(attack)) expectFive(tries)
  expect((await signIn(proxied, person, owner)).status).toBe(200)
  expect((await signIn(proxied, person, '192.0.2.33')).status).toBe(200)
})

test('an IPv6 network is one address, however many of its addresses guess', async () => {
  const { person } = await proxied.signUp()
  expectFive(await together(times(8, (host) => guess(proxied, person, `2001:db8:1:2::${host}`))))
  expect((await guess(proxied, person, '2001:db8:1:3::1')).status).toBe(401)
})

test('a forged X-Forwarded-For changes nothing: not without TRUST_PROXY, and not in front of what the proxy adds', async () => {
  const [direct, behind] = [(await app.signUp()).person, (await proxied.signUp()).person]
  expectFive(await together(times(8, (forged) => guess(app, direct, `203.0.113.${forged}`))))
  expectFive(await together(times(8, (forged) => guess(proxied, behind, `203.0.113.${forged}, 198.51.100.20`))))
})

test('a stolen token cannot be used to guess the password', async () => {
  const person = await app.signUp()
  const change = () => person.post('/api/v1/auth/password', { current: 'a wrong guess', next: 'another good one' })
  expectFive(await together(times(8, change)))
})

test('an address may ask to register as often as the operator says, faulty bodies included, and still refresh', async () => {
  const from = { headers: { 'x-forwarded-for': '198.51.100.77' } }
  const register = () => proxied.anyone().post('/api/v1/auth/register', {}, from)
  const answers = await Promise.all(Array.from({ length: 24 }, register))
  expect(answers.filter(({ status }) => status === 400)).toHaveLength(20)
  const refused = answers.find(({ status }) => status === 429)!
  expect(refused.headers.get('ratelimit-policy')).toBe('"register";q=20;w=60')
  expect(refused.headers.get('ratelimit')).toMatch(/^"register";r=0;t=\d+$/)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  const refresh = await proxied.anyone().post('/api/v1/auth/refresh', {}, from)
  expect(refresh.status).toBe(401)
  expect(refresh.headers.get('ratelimit')).toMatch(/^"refresh";r=4;t=\d+$/)
})

test('renewals count for their account: an address whose own are used up keeps nobody there from going on', async () => {
  const from = { headers: { 'x-forwarded-for': '198.51.100.78' } }
  const people = await Promise.all(Array.from({ length: 4 }, () => proxied.signUp()))
  const strangers = await Promise.all(
    Array.from({ length: 7 }, (_, n) => proxied.anyone().post('/api/v1/auth/refresh?transport=body', { refreshToken: `guess ${n}` }, from)),
  )
  expect(strangers.filter(({ status }) => status === 429)).toHaveLength(2)
  for (const { refreshToken } of people) {
    const renewed = await proxied.anyone().post('/api/v1/auth/refresh?transport=body', { refreshToken }, from)
    expect(renewed.status).toBe(200)
    expect(renewed.headers.get('ratelimit-policy')).toBe('"refresh";q=120;w=60')
  }
})

test('a socket that sends more frames than a client needs is refused each of them, and cut off when it goes on', async () => {
  const person = await app.signUp()
  const socket = await person.socket()
  const startedAt = performance.now()
  let isOpen = true
  void socket.closed.finally(() => (isOpen = false))
  // A machine that is slow lets more through in all: it is sent more until it is cut off.
  while (isOpen) {
    for (let i = 0; i < 450; i++) socket.send({ type: 'ping', id: String(i) })
    await Promise.race([socket.closed, wait(200)])
  }
  const seconds = (performance.now() - startedAt) / 1000
  expect(await socket.next('error')).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 1 })
  expect((await socket.closed).code).toBe(4429)
  expect(socket.frames.filter(({ type }) => type === 'pong').length).toBeLessThanOrEqual(200 + 50 * seconds + 1)
  expect((await person.socket()).frames).toEqual([])
})

test('without Redis whatever is limited answers 503 soon, the rest goes on, and all is well when it is back', async () => {
  const redis = await startRedis()
  // Closed after the app, which says goodbye to it.
  await using back = new AsyncDisposableStack()
  await using own = await startTestApp({ REDIS_URL: redis.url })
  const person = await own.signUp()
  const conversation = await person.newConversation()
  const send = () => person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Hi' })

  const expectRefusals = async () => {
    const [login, refresh, message, me] = await Promise.all([
      signIn(own, person.person),
      own.anyone().post('/api/v1/auth/refresh?transport=body', { refreshToken: person.refreshToken }),
      send(),
      person.get('/api/v1/me'),
    ])
    for (const answer of [login, refresh, message]) expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(me.status).toBe(200)
    expect((await own.anyone().get('/readyz')).status).toBe(503)
  }
  redis.pause()
  await expectRefusals()
  redis.resume()
  await redis.kill()
  await expectRefusals()

  back.use(await startRedis(redis.port))
  await expect.poll(async () => (await own.anyone().get('/readyz')).status).toBe(200)
  expect((await send()).status).toBe(202)
  expect((await signIn(own, person.person)).status).toBe(200)
})

test('whatever four addresses guess within their limits, each correct sign-in of others gets in, from where they were before or anew', async () => {
  const people = await Promise.all(times(8, (index) => proxied.signUp({ email: `s${index}-${crypto.randomUUID()}@example.org` })))
  // Half of them have signed in from where they come from.
  for (const [index, { person }] of people.slice(0, 4).entries()) expect((await signIn(proxied, person, `203.0.113.${index}`)).status).toBe(200)
  const guesses = times(120, (index) => guess(proxied, { email: `victim-${index}@example.org`, password: '' }, `198.51.100.${index % 4}`))
  const signedIn = await Promise.all(people.map(({ person }, index) => signIn(proxied, person, `203.0.113.${index}`)))
  expect(signedIn.map(({ status }) => status)).toEqual(people.map(() => 200))
  const statuses = new Set((await Promise.all(guesses)).map(({ status }) => status))
  expect([...statuses].filter((status) => ![401, 503, 429].includes(status))).toEqual([])
})
