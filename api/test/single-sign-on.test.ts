import { sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { createBrowser, type IssuerAccount } from './issuer.ts'
import { problemOf, secret, somebody, startSignOn } from './sign-on.ts'
import { startTestApp, type TestApp } from './test-app.ts'

const signOn = await startSignOn()
const { app, issuer, admin, isPage, signIn, rowsOf, auditOf, later } = signOn
afterAll(() => signOn[Symbol.asyncDispose]())
type TestPerson = Awaited<ReturnType<TestApp['signUp']>>
const withPassword = ({ person: { email, password } }: TestPerson) => app.anyone().post('/api/v1/auth/login', { email, password })

test('the ways to sign in name each provider', async () => {
  expect((await app.anyone().get('/api/v1/auth/methods')).body).toMatchObject({
    password: true,
    providers: [
      { id: 'test', name: 'Test', kind: 'oidc' },
      { id: 'other', name: 'Other', kind: 'oidc' },
      { id: 'down', name: 'Down', kind: 'oidc' },
    ],
  })
})

test('somebody new comes in with an account of their own, which goes on as with a password, and finds it again', async () => {
  const account = somebody({ groups: ['staff', 'payers'] })
  const first = await signIn(account, { next: '/settings?a=b#c' })
  expect(first).toMatchObject({
    at: '/settings?a=b',
    problem: null,
    user: { email: account.email, name: account.name, role: 'user', plan: 'pro', emailVerified: true },
  })
  expect((await first.client.get('/api/v1/auth/sessions')).body.items).toHaveLength(1)
  expect((await first.client.get('/api/v1/me/identities')).body.items).toEqual([
    expect.objectContaining({ provider: 'test', name: 'Test', email: account.email }),
  ])
  const again = await signIn(account)
  expect(again).toMatchObject({ at: '/', user: { id: first.user.id } })
  // A session ends as every other one does.
  expect(
    (
      await again.client.delete(
        `/api/v1/auth/sessions/${(await first.client.get('/api/v1/auth/sessions')).body.items.find((s: { current: boolean }) => s.current).id}`,
      )
    ).status,
  ).toBe(204)
  expect((await first.client.get('/api/v1/me')).status).toBe(401)
  expect(await auditOf('user.registered')).toContainEqual(
    expect.objectContaining({ actorId: first.user.id, details: expect.objectContaining({ provider: 'test' }) }),
  )
  expect(await auditOf('login.succeeded')).toContainEqual(expect.objectContaining({ actorId: first.user.id, details: { provider: 'test' } }))
})

test('who has no password guesses none', async () => {
  const account = somebody()
  await signIn(account)
  for (const password of ['', 'There.is.no.password.like.thise', '$2b$12$JarvisHasNoPasswordHe.There.is.no.password.like.thise'])
    expect((await app.anyone().post('/api/v1/auth/login', { email: account.email, password: password || 'x' })).status).toBe(401)
})

test.each([
  ['//evil.example/x', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['/sign-in?next=/sign-in', '/'],
  ['/\t/evil.example', '/'],
  ['/c/1', '/c/1'],
])('from next=%j it goes on at %j', async (next, at) => {
  expect((await signIn(somebody(), { next })).at).toBe(at)
})

test('the cookie that binds a sign-in to its browser is for no script, no other host and no other site', async () => {
  const secure = await startTestApp({
    PUBLIC_URL: 'https://jarvis.example.org',
    OIDC_ISSUER: issuer.issuer,
    OIDC_CLIENT_ID: 'jarvis',
    OIDC_CLIENT_SECRET: secret,
  })
  await using _secure = secure
  const answer = await fetch(`${secure.url}/api/v1/auth/oidc/oidc/start`, { redirect: 'manual' })
  expect(answer.status).toBe(302)
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^__Host-jarvis_sign_on=[\w-]{43}; Max-Age=900; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
  ])
  const asked = new URL(answer.headers.get('location')!)
  expect(Object.fromEntries(asked.searchParams)).toMatchObject({
    client_id: 'jarvis',
    response_type: 'code',
    code_challenge_method: 'S256',
    scope: 'openid email profile',
    redirect_uri: 'https://jarvis.example.org/api/v1/auth/oidc/oidc/callback',
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
  })
})

test('an issuer that is down is said on the page to sign in, which keeps where one was going; a password still does', async () => {
  const { url } = await createBrowser().visit(`${app.url}/api/v1/auth/oidc/down/start?next=/c/1`, isPage)
  expect(url).toMatch(/\/sign-in\?next=%2Fc%2F1#problem=unavailable\.issuer&provider=down&request=[\w-]+$/)
  expect((await withPassword(admin)).status).toBe(200)
  expect((await app.anyone().get('/api/v1/auth/oidc/nobody/start')).status).toBe(404)
})

test('a verified address finds its account, and takes from its maker what was never shown to be theirs', async () => {
  const person = await app.signUp()
  await person.post('/api/v1/api-keys', { name: 'k' })
  const squatter = await signIn(somebody({ email: person.person.email, email_verified: false }))
  expect(squatter).toMatchObject({ problem: 'conflict.sign_on_email', user: null })
  const owner = await signIn(somebody({ email: person.person.email.toUpperCase() }))
  expect(owner).toMatchObject({ problem: null, user: { id: person.user.id, emailVerified: true } })
  expect((await person.get('/api/v1/me')).status).toBe(401)
  expect((await withPassword(person)).status).toBe(401)
  expect((await owner.client.get('/api/v1/api-keys')).body.items).toEqual([])
  // The issuer gave the address to somebody else: they do not come into what is here.
  expect(await signIn(somebody({ email: person.person.email }))).toMatchObject({ problem: 'conflict.sign_on_email_moved', user: null })
})

test('a verified account keeps its password, sessions and keys when its issuer finds it; an administrator does too', async () => {
  const person = await app.signUp()
  await app.database.db.execute(sql`update users set verified_email = email where id = ${person.user.id}`)
  await person.post('/api/v1/api-keys', { name: 'k' })
  expect(await signIn(somebody({ email: person.person.email }))).toMatchObject({ user: { id: person.user.id } })
  expect((await person.get('/api/v1/api-keys')).body.items).toHaveLength(1)
  expect((await withPassword(person)).status).toBe(200)
  expect(await signIn(somebody({ email: admin.person.email }))).toMatchObject({ user: { id: admin.user.id, role: 'admin' } })
  expect((await admin.get('/api/v1/me')).status).toBe(200)
})

const connect = async (person: Pick<TestPerson, 'post'>, account: IssuerAccount, browser = createBrowser(), path = '/api/v1/me/identities') => {
  issuer.signIn(account)
  const cookie = [...browser.jar(app.url)].map(([name, value]) => `${name}=${value}`).join('; ')
  const { status, body, headers } = await person.post(path, { provider: 'test', next: '/settings' }, { headers: { cookie } })
  if (status !== 200) return { status, body }
  for (const set of headers.getSetCookie()) browser.jar(app.url).set(set.split('=')[0]!, set.split(';')[0]!.split('=')[1]!)
  const { url } = await browser.visit(body.url, isPage)
  return { status, at: new URL(url).pathname, problem: problemOf(url), browser }
}
test('somebody who is signed in connects an account under another address, and takes it away again', async () => {
  const person = await app.signUp()
  const account = somebody()
  await later(person.user.id)
  expect(await connect(person, account)).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } })
  expect((await person.post('/api/v1/auth/reauthenticate', { password: person.person.password })).status).toBe(204)
  expect(await connect(person, account)).toMatchObject({ at: '/settings', problem: null })
  const signedOn = await signIn(account)
  expect(signedOn.user).toMatchObject({ id: person.user.id, email: person.person.email })
  // It is theirs alone.
  const stranger = await app.signUp()
  expect(await connect(stranger, account)).toMatchObject({ problem: 'conflict.sign_on_elsewhere' })
  const [identity] = (await person.get('/api/v1/me/identities')).body.items
  expect((await stranger.delete(`/api/v1/me/identities/${identity.id}`)).status).toBe(404)
  expect((await person.delete(`/api/v1/me/identities/${identity.id}`)).status).toBe(204)
  expect((await signedOn.client.get('/api/v1/me')).status).toBe(401)
  expect((await person.get('/api/v1/me')).status).toBe(200)
  expect(await auditOf('identity.unlinked')).toContainEqual(expect.objectContaining({ actorId: person.user.id, target: identity.id }))
  expect((await signIn(account)).user.id).not.toBe(person.user.id)
})

test('the only way in stays', async () => {
  const { client } = await signIn(somebody())
  const [identity] = (await client.get('/api/v1/me/identities')).body.items
  expect(await client.delete(`/api/v1/me/identities/${identity.id}`)).toMatchObject({ status: 409, body: { code: 'conflict' } })
})

test('who has no password shows at the issuer that it is they; another one there does not do', async () => {
  const account = somebody()
  const { client, user, browser } = await signIn(account)
  const show = (as: IssuerAccount) => connect(client, as, browser, '/api/v1/auth/reauthenticate/oidc')
  await later(user.id)
  expect((await client.post('/api/v1/api-keys', { name: 'k' })).status).toBe(403)
  browser.jar(issuer.issuer).clear()
  expect(await show(somebody())).toMatchObject({ at: '/settings', problem: 'forbidden.sign_on_other' })
  expect((await client.post('/api/v1/api-keys', { name: 'k' })).status).toBe(403)
  browser.jar(issuer.issuer).clear()
  expect(await show(account)).toMatchObject({ at: '/settings', problem: null })
  expect((await client.post('/api/v1/api-keys', { name: 'k' })).status).toBe(201)
})

test('an address that changes at the issuer changes here, unless it is somebody’s or was changed here', async () => {
  const account = somebody()
  const { user } = await signIn(account)
  const moved = `moved-${account.email as string}`
  expect((await signIn({ ...account, email: moved })).user).toMatchObject({ id: user.id, email: moved, emailVerified: true })
  expect((await signIn({ ...account, email: admin.person.email })).user).toMatchObject({ id: user.id, email: moved })
  expect(await auditOf('identity.email_taken')).toContainEqual(expect.objectContaining({ actorId: user.id }))
  // Not verified there: nothing follows from it.
  expect((await signIn({ ...account, email: 'who@example.org', email_verified: false })).user).toMatchObject({ id: user.id, email: moved })
  await app.database.db.execute(sql`update users set email = ${`own-${moved}`} where id = ${String(user.id)}`)
  expect((await signIn({ ...account, email: `again-${moved}` })).user).toMatchObject({ id: user.id, email: `own-${moved}` })
})

test('groups give role and plan at each sign-in, and take what they gave; what an administrator gave stays', async () => {
  const account = somebody()
  const role = async (groups: string[] | undefined) => {
    const { user } = await signIn({ ...account, groups })
    return `${user.role} ${user.plan}`
  }
  expect(await role(['leads', 'payers'])).toBe('enterprise pro')
  expect(await role(['admins', 'leads'])).toBe('admin free')
  // It said nothing of groups, which is not that there are none.
  expect(await role(undefined)).toBe('admin free')
  expect(await role(['unknown'])).toBe('user free')
  const { user } = await signIn(account)
  await admin.patch(`/api/v1/admin/users/${user.id}`, { role: 'enterprise', plan: 'enterprise' })
  expect(await role(['staff', 'payers'])).toBe('enterprise enterprise')
  expect(await role([])).toBe('enterprise enterprise')
})

test('who is disabled stays out; who is erased comes as somebody new', async () => {
  const account = somebody()
  const first = await signIn(account)
  await admin.patch(`/api/v1/admin/users/${first.user.id}`, { disabled: true })
  expect(await signIn(account)).toMatchObject({ problem: 'unauthenticated.account_disabled', user: null })
  await admin.patch(`/api/v1/admin/users/${first.user.id}`, { disabled: false })
  const back = await signIn(account)
  expect([202, 204]).toContain((await back.client.delete('/api/v1/me')).status)
  await expect.poll(() => rowsOf(sql`select from identities where user_id = ${String(first.user.id)}`), { timeout: 60_000 }).toHaveLength(0)
  const anew = await signIn(account)
  expect(anew.user).toMatchObject({ email: account.email })
  expect(anew.user.id).not.toBe(first.user.id)
})

test('a provider lets in its domains alone, and nobody new where it should not', async () => {
  expect(await signIn(somebody({ email: 'a@evil.example' }), { provider: 'other' })).toMatchObject({ problem: 'forbidden.sign_on_domain' })
  expect(await signIn(somebody({ email_verified: false }), { provider: 'other' })).toMatchObject({ problem: 'forbidden.sign_on_domain' })
  expect(await signIn(somebody(), { provider: 'other' })).toMatchObject({ problem: 'forbidden.sign_on_people' })
  expect(await signIn(somebody({ email: undefined, email_verified: undefined }))).toMatchObject({ problem: 'forbidden.sign_on_email' })
  expect(await signIn(null)).toMatchObject({ problem: 'forbidden.sign_on_denied', user: null })
  // The same subject at another issuer is somebody else.
  const account = somebody()
  const { user } = await signIn(account)
  const person = await app.signUp()
  expect((await signIn({ ...account, email: person.person.email }, { provider: 'other' })).user.id).toBe(person.user.id)
  expect((await signIn(account)).user.id).toBe(user.id)
})

test('a first sign-in that another one overtakes finds its account', async () => {
  const account = somebody()
  const person = await app.signUp()
  const isWaiting = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%from "users"%'`
  const late = await app.database.db.transaction(async (tx) => {
    await tx.execute(sql`lock table users in exclusive mode`)
    const late = signIn(account)
    await expect.poll(() => rowsOf(isWaiting), { timeout: 60_000 }).not.toHaveLength(0)
    // What the other one does, and is done with.
    await tx.execute(sql`update users set email = ${account.email}, verified_email = ${account.email} where id = ${person.user.id}`)
    await tx.execute(sql`insert into identities (id, user_id, provider, issuer, subject, email)
      values (gen_random_uuid(), ${person.user.id}, 'test', ${issuer.issuer}, ${account.sub}, ${account.email})`)
    return { late }
  })
  expect(await late.late).toMatchObject({ problem: null, user: { id: person.user.id } })
})

test('two first sign-ins at once make one account', async () => {
  const account = somebody()
  const both = await Promise.all([signIn(account), signIn(account)])
  expect(both.map(({ problem }) => problem)).toEqual([null, null])
  expect(both[0].user.id).toBe(both[1].user.id)
})
