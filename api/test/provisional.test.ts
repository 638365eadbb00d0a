import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { letters, users } from '#ports/database/tables.ts'
import { signUpConfirmed, startMailApp } from './mail-app.ts'
import { newPerson, type Person } from './test-app.ts'

const mailed = await startMailApp()
const { mail, app, admin } = mailed
afterAll(() => mailed[Symbol.asyncDispose]())

const path = '/api/v1/auth/register?transport=body'
const register = (person: Person, extra: object = {}) => app.anyone().post(path, { ...person, ...extra })
const login = ({ email, password }: Person) => app.anyone().post('/api/v1/auth/login?transport=body', { email, password })
const verify = (token: string) => app.anyone().post('/api/v1/auth/email/verify', { token })
const reset = (token: string, password: string) => app.anyone().post('/api/v1/auth/password/reset', { token, password })
const forgot = (email: string) => app.anyone().post('/api/v1/auth/password/forgot', { email })
const withToken = ({ body }: { body: { accessToken: string } }) => {
  const client = app.anyone()
  client.useToken(body.accessToken)
  return client
}
const other = (email: string) => ({ ...newPerson(), email, password: 'a stranger made this up' })

/** What anybody could tell two answers apart by: what differs by chance is put as its kind. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape)
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, shape(held)]))
  return typeof value === 'string' ? `${value.length}` : value
}
const chance = new Set(['date', 'x-request-id', 'ratelimit', 'keep-alive', 'content-length'])
const headersOf = (answer: { headers: Headers }) =>
  [...answer.headers].filter(([name]) => !chance.has(name)).map(([name, value]) => [name, shape(value)])

test('of a registration nobody learns whether the address has an account: not by status, body, headers, audit, or what is stored', async () => {
  const owner = await signUpConfirmed(app, mail)
  const before = (await app.auditRows()).length
  const answers = [await register(other(owner.person.email)), await register(other(newPerson().email))] as const
  expect(answers.map(({ status }) => status)).toEqual([201, 201])
  expect(shape(answers[0].body)).toEqual(shape(answers[1].body))
  expect(headersOf(answers[0])).toEqual(headersOf(answers[1]))
  const [one, two] = answers.map(({ body }) => body.user)
  expect(one).toMatchObject({ email: owner.person.email, emailVerified: false, confirmBy: expect.any(String), role: 'user' })
  expect({ ...one, id: '', email: '', createdAt: '', confirmBy: '' }).toEqual({ ...two, id: '', email: '', createdAt: '', confirmBy: '' })
  const rows = (await app.auditRows()).slice(before).filter(({ action }) => action === 'user.registered')
  expect(rows.map(({ details }) => details)).toEqual([{ role: 'user' }, { role: 'user' }])
  // And with all that the new ones do by themselves.
  for (const answer of answers) {
    expect(await withToken(answer).get('/api/v1/me')).toMatchObject({ status: 200, body: { emailVerified: false } })
    expect((await withToken(answer).post('/api/v1/auth/email/verification')).status).toBe(202)
    expect((await withToken(answer).patch('/api/v1/me', { name: 'Eve' })).status).toBe(200)
  }
})

test('the letter to a new address confirms the account; the one to an owner says that there is one, and lets nobody in', async () => {
  const person = newPerson()
  const { body } = await register(person)
  const { token } = await mail.letterTo(person.email, /Confirm/)
  const stranger = other(person.email)
  await register(stranger)
  await mail.letterTo(person.email, /Confirm/)
  expect((await verify(token)).status).toBe(204)
  expect((await login(person)).body.user).toMatchObject({ id: body.user.id, emailVerified: true, confirmBy: null })
  const third = withToken(await register(other(person.email)))
  const letter = await mail.letterTo(person.email, /have an account already/)
  expect(letter.token).toBe('')
  expect(letter.text).not.toContain(stranger.name)
  // Nor does asking for it again.
  await third.post('/api/v1/auth/email/verification')
  expect((await mail.letterTo(person.email, /have an account already/)).token).toBe('')
})

test('of several who claim an address the first to open a letter has it, and the others never', async () => {
  const [one, two] = [newPerson(), newPerson()]
  two.email = one.email
  await register(one)
  const first = await mail.letterTo(one.email, /Confirm/)
  await register({ ...two, password: 'another one altogether' })
  const second = await mail.letterTo(one.email, /Confirm/)
  expect((await verify(second.token)).status).toBe(204)
  expect(await verify(first.token)).toMatchObject({ status: 409, body: { code: 'email_taken' } })
  expect((await login(one)).body.user).toMatchObject({ emailVerified: false })
  expect(await app.database.db.$count(users, eq(users.email, one.email))).toBe(1)
})

test('a sign-in reaches who has the password: the owner first, then the newest who claims the address', async () => {
  const owner = await signUpConfirmed(app, mail)
  const { email } = owner.person
  const strangers = [other(email), other(email), { ...other(email), password: 'a second one made this up' }]
  const ids = []
  for (const stranger of strangers) ids.push((await register(stranger)).body.user.id)
  expect((await login(owner.person)).body.user.id).toBe(owner.user.id)
  expect((await login(strangers[0]!)).body.user.id).toBe(ids[1])
  expect((await login(strangers[2]!)).body.user.id).toBe(ids[2])
  expect(await login({ ...owner.person, password: 'a wrong guess' })).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
  // Who chose the owner's own password gets nothing by it but the owner's own account, as anybody would.
  await register({ ...other(email), password: owner.person.password })
  expect((await login(owner.person)).body.user.id).toBe(owner.user.id)
  // A new password of theirs is found too.
  const client = withToken(await login(strangers[2]!))
  expect((await client.post('/api/v1/auth/password', { current: strangers[2]!.password, next: 'yet another sentence' })).status).toBe(204)
  expect((await login({ ...strangers[2]!, password: 'yet another sentence' })).body.user.id).toBe(ids[2])
})

test('who claims an address gets no free guesses at the password of its owner', async () => {
  const owner = await signUpConfirmed(app, mail)
  const stranger = other(owner.person.email)
  await register(stranger)
  const outcomes: number[] = []
  for (let n = 0; n < 4; n++) {
    outcomes.push((await login({ ...owner.person, password: `guess number ${n}` })).status)
    outcomes.push((await login(stranger)).status)
  }
  expect(outcomes).toContain(429)
})

test('nothing that looks for an address finds an account that only claims it', async () => {
  const { email } = newPerson()
  const { body } = await register(other(email))
  await mail.letterTo(email, /Confirm/)
  // Not an invitation, not an administrator who adds the owner, and not the operator's commands.
  expect((await admin.post('/api/v1/admin/invitations', { email, delivery: 'link' })).status).toBe(201)
  await expect(app.accounts.idOf(email)).rejects.toThrow('no user')
  const added = await admin.post('/api/v1/admin/users', { email, name: 'Owner', password: 'the password of the owner' })
  expect(added).toMatchObject({ status: 201, body: { email, confirmBy: null } })
  const { body: found } = await admin.get(`/api/v1/admin/users?q=${email}`)
  expect(found.items.map(({ id, confirmBy }: { id: string; confirmBy: string | null }) => [id, confirmBy !== null])).toEqual([
    [added.body.id, false],
    [body.user.id, true],
  ])
  // An administrator can have no letter sent there for it.
  expect((await admin.post(`/api/v1/admin/users/${body.user.id}/password`, { delivery: 'mail' })).status).toBe(409)
  // A letter that somebody asked for by the address is the owner's.
  await forgot(email)
  const { token } = await mail.letterTo(email, /Set a new password/)
  expect((await reset(token, 'a wholly new sentence')).status).toBe(204)
  expect((await login({ ...newPerson(), email, password: 'a wholly new sentence' })).body.user.id).toBe(added.body.id)
})

test('letters about what somebody does who claims an address go to nobody', async () => {
  const { email } = newPerson()
  const stranger = other(email)
  const client = withToken(await register(stranger))
  await mail.letterTo(email, /Confirm/)
  const next = newPerson().email
  expect((await client.patch('/api/v1/me', { email: next })).body).toMatchObject({ email, pendingEmail: { address: next, waitsFor: ['new'] } })
  const { token } = await mail.letterTo(next, /Use this/)
  expect((await verify(token)).status).toBe(204)
  expect((await client.get('/api/v1/me')).body).toMatchObject({ email: next, emailVerified: true, confirmBy: null })
  await expect.poll(() => app.database.db.$count(letters), { timeout: 30_000 }).toBe(0)
  expect(mail.inbox.filter(({ to }) => to.includes(email) || to.some((address) => address.startsWith('provisional')))).toEqual([])
})

test('who reads what is sent there may set a new password, and takes the account from who claimed it', async () => {
  const { email } = newPerson()
  const stranger = other(email)
  const client = withToken(await register(stranger))
  const { body: key } = await client.post('/api/v1/api-keys', { name: 'Robot' })
  await forgot(email)
  const letter = await mail.letterTo(email, /Set a new password/)
  expect(letter.text).not.toContain(stranger.name)
  expect((await reset(letter.token, 'a wholly new sentence')).status).toBe(204)
  expect((await login({ ...stranger, password: 'a wholly new sentence' })).body.user).toMatchObject({ emailVerified: true, confirmBy: null })
  expect((await login(stranger)).status).toBe(401)
  expect((await client.get('/api/v1/me')).status).toBe(401)
  const robot = app.anyone()
  robot.useToken(key.secret)
  expect((await robot.get('/api/v1/conversations')).status).toBe(401)
})

test('a mailbox gets five letters an hour about registrations, however many claim it, and nobody is told', async () => {
  const { email } = newPerson()
  const clients = []
  for (let n = 0; n < 7; n++) clients.push(await register(other(email)))
  expect(new Set(clients.map(({ status }) => status))).toEqual(new Set([201]))
  expect((await withToken(clients[0]!).post('/api/v1/auth/email/verification')).status).toBe(202)
  for (let n = 0; n < 5; n++) await mail.letterTo(email, /Confirm/)
  await expect.poll(() => app.database.db.$count(letters, eq(letters.address, email)), { timeout: 30_000 }).toBe(0)
  expect(mail.inbox.filter(({ to }) => to.includes(email))).toEqual([])
})

test('an open invitation says of no address that it is taken', async () => {
  const { body: invitation } = await admin.post('/api/v1/admin/invitations', { role: 'enterprise', plan: 'pro' })
  const token = invitation.url.split('#invitation=')[1]
  const made = await register(other(admin.person.email), { invitation: token })
  expect(made).toMatchObject({ status: 201, body: { user: { role: 'enterprise', plan: 'pro', emailVerified: false } } })
})

test('who has not opened the letter in a week is erased, with all that is theirs; who has stays', async () => {
  const owner = await signUpConfirmed(app, mail)
  const answer = await register(other(owner.person.email))
  const late = withToken(answer)
  expect((await late.post('/api/v1/conversations', {})).status).toBe(201)
  await app.database.db.update(users).set({ createdAt: sql`now() - interval '6 days'` })
  await app.upkeep.sweep('hourly')
  expect((await late.get('/api/v1/me')).status).toBe(200)
  await app.database.db.update(users).set({ createdAt: sql`now() - interval '8 days'` })
  await app.upkeep.sweep('hourly')
  expect((await late.get('/api/v1/me')).status).toBe(401)
  await expect.poll(() => app.database.db.$count(users, isNotNull(users.claimedEmail)), { timeout: 30_000 }).toBe(0)
  expect((await owner.get('/api/v1/me')).status).toBe(200)
  expect(await app.database.db.$count(users, and(eq(users.email, owner.person.email)))).toBe(1)
  const rows = await app.auditRows()
  expect(
    rows.filter(({ action, details }) => action === 'user.erased' && (details as { source?: string }).source === 'not confirmed').length,
  ).toBeGreaterThan(0)
  expect(JSON.stringify(rows)).not.toMatch(/example\.org/)
})
