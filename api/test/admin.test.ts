import type { AdminUser, AuditEntry } from '@jarvis/contracts/admin.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startScriptedModel } from '../../simulators/openai/scripted.ts'
import { startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
let admin: Awaited<ReturnType<TestApp['signUp']>>
beforeAll(async () => {
  app = await startTestApp()
  admin = await app.signUp({ name: 'The Administrator' })
})
afterAll(() => app[Symbol.asyncDispose]())

const change = (id: string, body: object) => admin.patch(`/api/v1/admin/users/${id}`, body)
const find = async (id: string, query = '') =>
  ((await admin.get(`/api/v1/admin/users?limit=200${query}`)).body.items as AdminUser[]).find((user) => user.id === id)

test('who is not an administrator gets the same 403 on every route, whatever they send', async () => {
  const person = await app.signUp()
  const calls = [
    person.get('/api/v1/admin/users'),
    person.get('/api/v1/admin/users?limit=nonsense'),
    person.patch(`/api/v1/admin/users/${person.user.id}`, { role: 'admin' }),
    person.get('/api/v1/admin/usage'),
    person.get('/api/v1/admin/stats'),
    person.get('/api/v1/admin/audit'),
    person.get('/api/v1/admin/audit/verify'),
    person.get('/api/v1/admin/settings'),
    person.patch('/api/v1/admin/settings', { ceilingMicroUsd: null }),
    person.get('/api/v1/admin/tools'),
    person.patch('/api/v1/admin/tools/calculator', { loosest: 'never' }),
  ]
  for (const answer of await Promise.all(calls)) expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  expect((await app.anyone().get('/api/v1/admin/users')).status).toBe(401)
})

test('people are found by a part of email or name, by plan and by role, page by page, newest first', async () => {
  const mark = crypto.randomUUID().slice(0, 8)
  const people = []
  for (let i = 0; i < 5; i++) people.push(await app.signUp({ email: `${mark}-${i}@example.org`, name: `50%_${mark.toUpperCase()}` }))
  await change(people[1]!.user.id, { plan: 'pro', role: 'enterprise' })
  const search = async (query: string) => (await admin.get(`/api/v1/admin/users?${query}`)).body
  const ids = (page: { items: AdminUser[] }) => page.items.map(({ id }) => id)
  const newestFirst = people.map(({ user }) => user.id).toReversed()

  expect(ids(await search(`q=${mark.toUpperCase()}-`))).toEqual(newestFirst)
  expect(ids(await search(`q=${encodeURIComponent('50%_')}${mark}`))).toEqual(newestFirst)
  expect(ids(await search(`q=${mark}&plan=pro`))).toEqual([people[1]!.user.id])
  expect(ids(await search(`q=${mark}&role=enterprise`))).toEqual([people[1]!.user.id])

  const paged: string[] = []
  for (let cursor = ''; ;) {
    const page = await search(`q=${mark}-&limit=2${cursor && `&cursor=${cursor}`}`)
    paged.push(...ids(page))
    if (page.nextCursor === null) break
    cursor = page.nextCursor
  }
  expect(paged).toEqual(newestFirst)
  expect((await admin.get('/api/v1/admin/users?cursor=nonsense')).status).toBe(400)
})

test('a user is shown with what they used this month and when they were last here; totals equal the ledger', async () => {
  const person = await app.signUp()
  await person.ask(await person.newConversation(), 'Hello there')
  const usage = (await person.get('/api/v1/usage')).body
  const shown = await find(person.user.id)
  expect(shown).toMatchObject({ subscription: 'none', disabled: false, ceilingMicroUsd: null, costMicroUsd: usage.totals.costMicroUsd })
  expect(shown!.tokensUsed).toBe(usage.totals.inputTokens + usage.totals.outputTokens)
  expect(shown!.tokensUsed).toBeGreaterThan(0)
  expect(Date.parse(shown!.lastSeenAt!)).toBeGreaterThan(Date.now() - 60_000)
  expect((await admin.get(`/api/v1/admin/usage?group=user&userId=${person.user.id}`)).body.totals).toEqual(usage.totals)
})

test('a changed plan is told to open sockets and acts on models and limits at once, with the same token', async () => {
  const person = await app.signUp()
  const socket = await person.socket()
  const conversation = await person.newConversation()
  const send = () => person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Hi' })
  const before = (await person.get('/api/v1/models')).body.items.length
  expect((await send()).headers.get('ratelimit-policy')).toBe('"plan";q=20;w=60')

  expect((await change(person.user.id, { plan: 'enterprise' })).body).toMatchObject({ plan: 'enterprise' })
  expect((await socket.next('user')).user).toMatchObject({ id: person.user.id, plan: 'enterprise', role: 'user' })
  expect((await send()).headers.get('ratelimit-policy')).toBe('"plan";q=200;w=60')
  expect((await person.get('/api/v1/models')).body.items.length).toBeGreaterThanOrEqual(before)
  expect((await person.get('/api/v1/plans')).body.items.find(({ current }: { current: boolean }) => current).id).toBe('enterprise')
})

test('a new administrator may act at once, and a demoted one no longer', async () => {
  const person = await app.signUp()
  await change(person.user.id, { role: 'admin' })
  expect((await person.get('/api/v1/admin/stats')).status).toBe(200)
  await change(person.user.id, { role: 'user' })
  expect((await person.get('/api/v1/admin/stats')).status).toBe(403)
})

test('a disabled person is out everywhere, and back after being enabled and signing in', async () => {
  const person = await app.signUp()
  const socket = await person.socket()
  expect((await change(person.user.id, { disabled: true })).body.disabled).toBe(true)
  expect((await socket.closed).code).toBe(4403)
  expect((await person.get('/api/v1/me')).status).toBe(401)
  const { email, password } = person.person
  expect((await app.anyone().post('/api/v1/auth/login', { email, password })).status).toBe(401)
  await change(person.user.id, { disabled: false })
  expect((await app.anyone().post('/api/v1/auth/login', { email, password })).status).toBe(200)
})

test('a run that waited while its person was disabled is not answered; one that waited while the plan grew may use it', async () => {
  const gate = Promise.withResolvers<void>()
  await using stack = new AsyncDisposableStack()
  const model = stack.adopt(await startScriptedModel(async () => (await gate.promise, { text: 'Hello' })), (opened) => opened.close())
  const own = stack.use(await startTestApp({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: model.url }))
  stack.defer(() => gate.resolve())
  const boss = await own.signUp()
  const [grown, gone] = [await own.signUp(), await own.signUp()]
  const ask = async (person: typeof boss) => {
    const path = `/api/v1/conversations/${await person.newConversation()}/messages`
    const send = async () =>
      (await person.post(path, { messageId: crypto.randomUUID(), content: 'Prove step by step that this sort is stable.' })).body.runId
    return [await send(), await send()] as [string, string]
  }
  const [ofGrown, ofGone] = [await ask(grown), await ask(gone)]
  await boss.patch(`/api/v1/admin/users/${grown.user.id}`, { plan: 'enterprise' })
  await boss.patch(`/api/v1/admin/users/${gone.user.id}`, { disabled: true })
  gate.resolve()

  const events = await grown.events(ofGrown[1])
  expect(events.at(-1)?.event.type).toBe('RUN_FINISHED')
  const stateOf = async (id: string) => (await own.database.pool.query('select status, error_code, model from runs where id = $1', [id])).rows[0]
  expect((await stateOf(ofGrown[0])).model).not.toBe((await stateOf(ofGrown[1])).model)
  // Whether the signal or the run's own look comes first.
  await expect.poll(() => stateOf(ofGone[1])).toMatchObject({ status: 'failed', error_code: 'unauthenticated', model: null })
})

test('the last administrator cannot be demoted, disabled or erased; of two who leave at once one stays', async () => {
  await using own = await startTestApp()
  const [first, second] = [await own.signUp(), await own.signUp()]
  const path = (person: typeof first) => `/api/v1/admin/users/${person.user.id}`
  for (const body of [{ role: 'user' }, { disabled: true }]) {
    expect(await first.patch(path(first), body)).toMatchObject({
      status: 409,
      body: { code: 'conflict', detail: expect.stringContaining('administrator') },
    })
  }
  expect((await first.delete('/api/v1/me')).status).toBe(409)
  await expect(own.accounts.change(first.person.email, { disabled: true })).rejects.toMatchObject({ code: 'conflict' })

  await first.patch(path(second), { role: 'admin' })
  const left = await Promise.all([first.patch(path(first), { role: 'user' }), second.patch(path(second), { role: 'user' })])
  expect(new Set(left.map(({ status }) => status))).toEqual(new Set([200, 409]))
})

test('who is alone may erase the account, administrator or not', async () => {
  await using own = await startTestApp()
  const only = await own.signUp()
  expect((await only.delete('/api/v1/me')).status).toBe(204)
})

test('ceilings of a person and of the installation are set, shown and lifted', async () => {
  const person = await app.signUp()
  expect((await change(person.user.id, { ceilingMicroUsd: 5_000_000 })).body.ceilingMicroUsd).toBe(5_000_000)
  expect((await person.get('/api/v1/usage')).body.cycle.ceilingMicroUsd).toBe(5_000_000)
  expect((await change(person.user.id, { ceilingMicroUsd: null })).body.ceilingMicroUsd).toBe(null)
  expect((await admin.patch('/api/v1/admin/settings', { ceilingMicroUsd: 9_000_000 })).body).toMatchObject({ ceilingMicroUsd: 9_000_000 })
  expect((await admin.get('/api/v1/admin/stats')).body.month.ceilingMicroUsd).toBe(9_000_000)
  expect((await admin.patch('/api/v1/admin/settings', { ceilingMicroUsd: null })).body).toMatchObject({ ceilingMicroUsd: null })
  expect((await admin.get('/api/v1/admin/settings')).body).toMatchObject({ ceilingMicroUsd: null })
})

test.each([
  ['an unknown role', { role: 'root' }],
  ['a negative ceiling', { ceilingMicroUsd: -1 }],
  ['half a micro-dollar', { ceilingMicroUsd: 0.5 }],
  ['an unknown field', { email: 'x@example.org' }],
])('%s is 400 and changes nothing', async (_name, body) => {
  const person = await app.signUp()
  const before = await find(person.user.id)
  expect(await change(person.user.id, body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect(await find(person.user.id)).toEqual(before)
})

test('a user who is not there is 404, and a change of nothing leaves no trace', async () => {
  expect((await change(crypto.randomUUID(), { plan: 'pro' })).status).toBe(404)
  const person = await app.signUp()
  const count = async () => (await app.auditRows()).length
  const before = await count()
  expect((await change(person.user.id, { plan: 'free', disabled: false })).status).toBe(200)
  expect(await count()).toBe(before)
})

test('what an administrator changes is in the audit, from old to new, without an email', async () => {
  const person = await app.signUp()
  await change(person.user.id, { plan: 'pro', role: 'enterprise', ceilingMicroUsd: 7 })
  const { items } = (await admin.get(`/api/v1/admin/audit?actorId=${admin.user.id}&limit=20`)).body as { items: AuditEntry[] }
  const about = items.filter(({ target }) => target === person.user.id)
  expect(about).toMatchObject([
    { action: 'user.ceiling', actorId: admin.user.id, details: { ceilingMicroUsd: 'null → 7' } },
    { action: 'user.changed', actorId: admin.user.id, details: { role: 'user → enterprise', plan: 'free → pro', source: 'admin' } },
  ])
  expect(about[0]!.address).toBe('127.0.0.1')
  expect(JSON.stringify(items)).not.toContain('@example.org')
})

test('the audit is listed by action, page by page, and its verification names the row that breaks', async () => {
  await using own = await startTestApp()
  const first = await own.signUp()
  for (let i = 0; i < 3; i++) await own.signUp()
  const pages: AuditEntry[][] = []
  for (let cursor = ''; ;) {
    const { items, nextCursor } = (await first.get(`/api/v1/admin/audit?action=user.registered&limit=3${cursor}`)).body
    pages.push(items)
    if (nextCursor === null) break
    cursor = `&cursor=${nextCursor}`
  }
  expect(pages.map((items) => items.length)).toEqual([3, 1])
  expect(new Set(pages.flat().map(({ action }) => action))).toEqual(new Set(['user.registered']))
  expect((await first.get('/api/v1/admin/audit?cursor=x')).status).toBe(400)

  const newest = (await first.get('/api/v1/admin/audit?limit=1')).body.items[0]
  expect((await first.get('/api/v1/admin/audit/verify')).body).toEqual({
    intact: true,
    entries: newest.id,
    head: newest.hash,
    firstBroken: null,
    unknown: 0,
    firstUnknown: null,
    pending: 0,
  })
  await own.tamper(`update audit set action = 'nothing.happened' where id = 2`)
  expect((await first.get('/api/v1/admin/audit/verify')).body).toMatchObject({ intact: false, firstBroken: 2 })
})

test('the overview counts people by plan, and runs', async () => {
  await using own = await startTestApp()
  const first = await own.signUp()
  const second = await own.signUp()
  await first.patch(`/api/v1/admin/users/${second.user.id}`, { plan: 'pro', disabled: true })
  await first.patch(`/api/v1/admin/users/${first.user.id}`, { plan: 'pro' })
  await first.ask(await first.newConversation(), 'Hello there')
  expect((await first.get('/api/v1/admin/stats')).body).toMatchObject({
    users: { total: 2, active30Days: 2, disabled: 1, byPlan: { free: 0, pro: 2, enterprise: 0 } },
    subscriptions: { active: 0, trialing: 0, pastDue: 0, cancelling: 0, monthlyRevenueMicroUsd: 0 },
    month: { runs: 1, ceilingMicroUsd: null },
    runs: { active: 0, waiting: 0, failedLastDay: 0 },
    payments: { refunds30Days: 0, disputes30Days: 0 },
    feedback: [],
    routing: [{ model: 'practice', answers: 1, estimatedMicroUsd: 0, costMicroUsd: 0, otherMicroUsd: 0 }],
    backup: { isScheduled: false, lastAt: null, lastBytes: null, failures: 0, failure: null },
  })
})

test('how loose a tool’s approvals may be is set by name, and audited', async () => {
  const { items } = (await admin.get('/api/v1/admin/tools')).body
  const tool = items[0]
  const loosest = tool.loosest === 'always' ? 'conversation' : 'always'
  expect((await admin.patch(`/api/v1/admin/tools/${tool.name}`, { loosest })).body).toEqual({ ...tool, loosest })
  expect((await admin.get('/api/v1/admin/audit?action=tool.loosest')).body.items).toMatchObject([
    { target: tool.name, details: { loosest: `${tool.loosest} → ${loosest}` } },
  ])
  expect((await admin.patch('/api/v1/admin/tools/nothing', { loosest })).status).toBe(404)
})
