import { eq, sql } from 'drizzle-orm'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recoveryCodes, sessions, totpFactors, users } from '#ports/database/tables.ts'
import { startMailServer } from './engines/mail-server.ts'
import { signUpConfirmed } from './mail-app.ts'
import { startTestApp, type TestApp } from './test-app.ts'
import { codeOf } from './totp-code.ts'

type Person = Awaited<ReturnType<TestApp['signUp']>>

let mail: Awaited<ReturnType<typeof startMailServer>>
let app: TestApp
let other: TestApp
let admin: Person
beforeAll(async () => {
  mail = await startMailServer()
  app = await startTestApp({ SMTP_URL: mail.url, PUBLIC_URL: 'https://jarvis.example.org' })
  // Another process on the same database, with the same keys.
  other = await startTestApp({ SMTP_URL: mail.url, DATABASE_URL: app.settings.DATABASE_URL, DATA_DIR: app.dataDir })
  admin = await app.signUp()
})
afterAll(async () => {
  await other[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
  await mail[Symbol.asyncDispose]()
})

const login = ({ person }: Person, otp?: string, at: TestApp = app) =>
  at.anyone().post('/api/v1/auth/login?transport=body', { email: person.email, password: person.password, ...(otp !== undefined && { otp }) })
const begin = (who: Person) => who.post('/api/v1/auth/totp', { password: who.person.password })
const endTotp = (who: Person, password = who.person.password) => who.delete('/api/v1/auth/totp', { raw: JSON.stringify({ password }) })
/** As if no code had been used yet: tests do not wait half a minute. */
const forgetSteps = ({ user }: Person) => app.database.db.update(totpFactors).set({ lastStep: -1 }).where(eq(totpFactors.userId, user.id))
/** As if the person had shown who they are longer ago. */
const pass = ({ user }: Person) =>
  app.database.db
    .update(sessions)
    .set({ createdAt: sql`created_at - interval '11 minutes'`, authenticatedAt: sql`authenticated_at - interval '11 minutes'` })
    .where(eq(sessions.userId, user.id))

async function enrol(who: Person): Promise<{ secret: string; codes: string[] }> {
  const { secret } = (await begin(who)).body
  const confirmed = await who.post('/api/v1/auth/totp/confirm', { code: codeOf(secret) })
  expect(confirmed.status).toBe(200)
  return { secret, codes: confirmed.body.recoveryCodes }
}
/** Letters go to who has shown that the address is theirs. */
const signUp = () => signUpConfirmed(app, mail)

const signUpWithFactor = async () => {
  const person = await signUp()
  return { person, ...(await enrol(person)) }
}
const wrongCode = { status: 401, body: { code: 'invalid_credentials', params: { sentence: 'invalid_credentials.code' } } }
const otpRequired = { status: 401, body: { code: 'otp_required' } }

test('an authenticator app is asked for once it is confirmed, and its codes are good once each', async () => {
  const person = await signUp()
  const elsewhere = (await login(person)).body.refreshToken
  expect((await person.post('/api/v1/auth/totp/confirm', { code: '000000' })).body).toMatchObject({ code: 'conflict' })
  expect((await person.post('/api/v1/auth/totp', { password: 'not the password' })).body.code).toBe('invalid_credentials')
  const begun = await begin(person)
  expect(begun.status).toBe(200)
  const { secret, uri, qrSvg } = begun.body
  expect(uri).toContain(`secret=${secret}`)
  expect(qrSvg).toMatch(/^<svg/)
  // Nothing is asked before a code has shown that the app has it.
  expect((await login(person)).status).toBe(200)
  expect(await person.post('/api/v1/auth/totp/confirm', { code: codeOf(secret, 5) })).toMatchObject(wrongCode)
  const confirming = codeOf(secret)
  const { body } = await person.post('/api/v1/auth/totp/confirm', { code: `${confirming.slice(0, 3)} ${confirming.slice(3)}` })
  expect(body.recoveryCodes).toHaveLength(10)
  expect((await app.anyone().post('/api/v1/auth/refresh', { refreshToken: elsewhere })).status).toBe(401)
  expect((await person.get('/api/v1/auth/factors')).body).toEqual({ totp: true, passkeys: 0, recoveryCodesLeft: 10, isRequired: false })
  await mail.letterTo(person.person.email, /second factor was set up/)

  expect(await login(person)).toMatchObject(otpRequired)
  expect(await login(person, confirming)).toMatchObject(wrongCode)
  const next = codeOf(secret, 1)
  expect((await login(person, next)).status).toBe(200)
  // Neither again, nor one of before.
  expect(await login(person, next)).toMatchObject(wrongCode)
  expect(await login(person, codeOf(secret))).toMatchObject(wrongCode)
  expect((await app.anyone().post('/api/v1/auth/login', { email: person.person.email, password: 'wrong password', otp: next })).body.params).toEqual({
    sentence: 'invalid_credentials',
  })
})

test('of those who show one code at once, at two processes, one comes in', async () => {
  for (const kind of ['totp', 'recovery code']) {
    const { person, secret, codes } = await signUpWithFactor()
    // No more than the tries that never wait, whichever of them is first.
    const otp = kind === 'totp' ? codeOf(secret, 1) : codes[0]
    const answers = await Promise.all([app, other, app, other].map((at) => login(person, otp, at)))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401, 401, 401])
  }
})

test('a recovery code stands in once, however it is written, and the person is told; new ones end those of before', async () => {
  const { person, codes } = await signUpWithFactor()
  expect((await login(person, codes[0]!.toUpperCase().replace('-', ' '))).status).toBe(200)
  expect((await mail.letterTo(person.person.email, /recovery code was used/)).text).toContain('Codes that are left: 9')
  expect(await login(person, codes[0])).toMatchObject(wrongCode)
  expect((await person.get('/api/v1/auth/factors')).body.recoveryCodesLeft).toBe(9)
  const renewed = await person.post('/api/v1/auth/recovery-codes', { password: person.person.password })
  expect(await login(person, codes[1])).toMatchObject(wrongCode)
  expect((await login(person, renewed.body.recoveryCodes[9])).status).toBe(200)
  const without = await signUp()
  expect((await without.post('/api/v1/auth/recovery-codes', { password: without.person.password })).body.params.sentence).toBe('conflict.no_factor')
})

test('wrong codes make wait as wrong passwords do, from wherever, and a right password starts nothing anew', async () => {
  const { person } = await signUpWithFactor()
  const odd = ['12345', 'abcdef', '１２３４５６', '1234567', 'zzzzz-zzzzz']
  const answers: Awaited<ReturnType<typeof login>>[] = []
  // With each the wait doubles: however slow the machine is, one comes too early at last.
  while (answers.at(-1)?.status !== 429 && answers.length < 30) {
    expect(await login(person)).toMatchObject(otpRequired)
    answers.push(await login(person, odd[answers.length % odd.length]))
  }
  expect(answers.slice(0, 5).map(({ body }) => body.code)).toEqual(Array.from({ length: 5 }, () => 'invalid_credentials'))
  expect(answers.at(-1)).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
  expect(Number(answers.at(-1)!.headers.get('retry-after'))).toBeGreaterThan(0)
  const failed = (await app.auditRows()).filter(({ actorId, action }) => actorId === person.user.id && action === 'login.failed')
  expect(failed.length).toBe(answers.length - 1)
  expect(failed[0]!.details).toEqual({ why: 'code' })
})

test('secrets are encrypted, each to its row; with another key nobody comes in and it is said why', async () => {
  const [one, two] = [await signUpWithFactor(), await signUpWithFactor()]
  const rowOf = (who: Person) => app.database.db.query.totpFactors.findFirst({ where: eq(totpFactors.userId, who.user.id) })
  const [own, foreign] = [await rowOf(one.person), await rowOf(two.person)]
  const stored = JSON.stringify([own, await app.database.db.select().from(recoveryCodes)])
  expect(stored).not.toContain(one.secret)
  for (const code of one.codes) expect(stored).not.toContain(code.replace('-', ''))
  await app.database.db.update(totpFactors).set({ sealedSecret: foreign!.sealedSecret }).where(eq(totpFactors.userId, one.person.user.id))
  expect(await login(one.person, codeOf(two.secret, 1))).toMatchObject({ status: 503, body: { params: { sentence: 'unavailable.factor' } } })
  // What stands in is not lost with it, unless it is the key that was lost.
  expect((await login(one.person, one.codes[0])).status).toBe(200)
  await using moved = await startTestApp({ DATABASE_URL: app.settings.DATABASE_URL, SECRETS_KEY: randomBytes(32).toString('base64') })
  expect(await login(two.person, codeOf(two.secret, 1), moved)).toMatchObject({ status: 503, body: { params: { sentence: 'unavailable.factor' } } })
  expect(await login(two.person, two.codes[0], moved)).toMatchObject({ status: 503, body: { params: { sentence: 'unavailable.recovery_codes' } } })
  expect((await login(two.person, two.codes[0])).status).toBe(200)
})

test('another app takes the place of the one before when it is confirmed; switched off, nothing is asked', async () => {
  const { person, secret, codes } = await signUpWithFactor()
  const second = (await begin(person)).body.secret
  await forgetSteps(person)
  expect((await login(person, codeOf(secret))).status).toBe(200)
  expect(await login(person, codeOf(second))).toMatchObject(wrongCode)
  expect((await person.post('/api/v1/auth/totp/confirm', { code: codeOf(second) })).status).toBe(200)
  expect(await login(person, codeOf(secret, 1))).toMatchObject(wrongCode)
  expect(await login(person, codes[0])).toMatchObject(wrongCode)

  await pass(person)
  const off = () => endTotp(person)
  expect((await off()).body).toMatchObject({ status: 403, code: 'reauthentication_required' })
  expect((await person.post('/api/v1/auth/reauthenticate', { otp: codeOf(second, 1) })).status).toBe(204)
  expect((await endTotp(person, 'another one')).body.code).toBe('invalid_credentials')
  expect((await off()).status).toBe(204)
  expect((await off()).status).toBe(404)
  expect((await login(person)).status).toBe(200)
  await mail.letterTo(person.person.email, /switched off/)
  for (const body of [{}, { password: 'x', otp: '123456' }]) expect((await person.post('/api/v1/auth/reauthenticate', body)).status).toBe(400)
})

test('a role that needs a factor leads its people to set one up, and lets them do nothing before it', async () => {
  const require = (roles: string[], as: Person = admin) => as.patch('/api/v1/admin/settings', { factorRequiredFor: roles })
  expect((await require(['admin', 'user'])).body).toMatchObject({ code: 'conflict', params: { sentence: 'conflict.factor_first' } })
  const person = await signUp()
  const apiKey = (await person.post('/api/v1/api-keys', { name: 'a program' })).body.secret
  const socket = await person.socket()
  const { secret } = await enrol(admin)
  expect((await require(['user', 'admin', 'user'])).body.factorRequiredFor).toEqual(['admin', 'user'])
  try {
    // Open pages are told, and led there.
    await socket.next('user', ({ user }) => user.factorRequired === true)
    expect((await socket.closed).code).toBe(4401)
    const refused = { status: 403, body: { code: 'factor_required' } }
    expect(await person.get('/api/v1/conversations')).toMatchObject(refused)
    expect(await person.post('/api/v1/api-keys', { name: 'another' })).toMatchObject(refused)
    expect(await endTotp(person)).toMatchObject(refused)
    const program = app.anyone()
    program.useToken(apiKey)
    expect((await program.get('/v1/models')).status).toBe(403)
    const again = await login(person)
    expect(again.body.user.factorRequired).toBe(true)
    expect((await person.get('/api/v1/me')).body.factorRequired).toBe(true)
    await enrol(person)
    expect((await person.get('/api/v1/me')).body.factorRequired).toBe(false)
    expect((await person.get('/api/v1/conversations')).status).toBe(200)
    expect((await program.get('/v1/models')).status).toBe(200)
    expect((await person.get('/api/v1/auth/factors')).body.isRequired).toBe(true)
    const last = await endTotp(person)
    expect(last.body).toMatchObject({ code: 'conflict', params: { sentence: 'conflict.last_factor' } })

    // A phone is lost.
    await pass(admin)
    const reset = () => admin.delete(`/api/v1/admin/users/${person.user.id}/factors`)
    expect((await reset()).body.code).toBe('reauthentication_required')
    expect((await admin.post('/api/v1/auth/reauthenticate', { otp: codeOf(secret, 1) })).status).toBe(204)
    expect((await reset()).status).toBe(204)
    expect((await person.get('/api/v1/me')).status).toBe(401)
    expect((await login(person)).body.user.factorRequired).toBe(true)
    await mail.letterTo(person.person.email, /were taken away/)
    expect((await admin.delete(`/api/v1/admin/users/${crypto.randomUUID()}/factors`)).status).toBe(404)
  } finally {
    expect((await require([])).status).toBe(200)
  }
  const rows = (await app.auditRows()).filter(({ action }) => /factor|settings/.test(action))
  expect(rows.find(({ action }) => action === 'factor.reset')).toMatchObject({ actorId: admin.user.id, target: person.user.id })
  expect(rows.find(({ action }) => action === 'settings.changed')!.details).toEqual({ factorRequiredFor: ' → admin,user' })
  expect((await admin.get('/api/v1/admin/users?limit=200')).body.items.find(({ id }: { id: string }) => id === admin.user.id).factors.totp).toBe(true)
})

test('what is kept of a factor is exported without its secrets, and gone with the account', async () => {
  const { person, secret } = await signUpWithFactor()
  const exported = await person.get('/api/v1/me/export')
  expect(exported.body.factors).toEqual({ totp: true, passkeys: 0, recoveryCodesLeft: 10, isRequired: false })
  expect(JSON.stringify(exported.body)).not.toContain(secret)
  expect([202, 204]).toContain((await person.delete('/api/v1/me')).status)
  const left = async () =>
    (await app.database.db.$count(users, eq(users.id, person.user.id))) +
    (await app.database.db.$count(totpFactors, eq(totpFactors.userId, person.user.id))) +
    (await app.database.db.$count(recoveryCodes, eq(recoveryCodes.userId, person.user.id)))
  await expect.poll(left, { timeout: 60_000 }).toBe(0)
})
