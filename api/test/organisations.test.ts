import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createVerification } from '#features/billing/index.ts'
import { budgetScopes, memberInvitations, members } from '#ports/database/tables.ts'
import { startTestApp, type TestApp } from './test-app.ts'

type Person = Awaited<ReturnType<TestApp['signUp']>>
let app: TestApp
let admin: Person
beforeAll(async () => {
  app = await startTestApp()
  admin = await app.signUp()
})
afterAll(() => app[Symbol.asyncDispose]())

const orgs = '/api/v1/organisations'
const tokenOf = ({ url }: { url: string }) => url.split('#invitation=')[1]!
const planOf = async (person: Person) => (await person.get('/api/v1/me')).body.plan
const paidBy = async (person: Person) => (await person.get('/api/v1/usage')).body.cycle.paidBy
const give = (id: string, body: object) => admin.patch(`/api/v1/admin/organisations/${id}`, body)
const seatsOf = async (owner: Person, id: string) =>
  Object.fromEntries((await owner.get(`${orgs}/${id}/members`)).body.items.map((one: { userId: string; seat: string }) => [one.userId, one.seat]))

async function found(seats = 0) {
  const owner = await app.signUp()
  const { body } = await owner.post(orgs, { name: 'Example Ltd' })
  if (seats > 0) await give(body.id, { plan: 'pro', seats })
  return { owner, id: body.id as string, path: `${orgs}/${body.id}` }
}

async function invite(by: Person, path: string, body: object = {}): Promise<string> {
  return tokenOf((await by.post(`${path}/invitations`, body)).body)
}

async function join(owner: Person, path: string, role = 'member'): Promise<Person> {
  const person = await app.signUp()
  const { status } = await person.post(`${orgs}/join`, { invitation: await invite(owner, path, { role }) })
  expect(status).toBe(200)
  return person
}

test('a seat gives the plan of the organisation, and what is done by it is paid for by the organisation; without one everybody keeps their own', async () => {
  const { owner, id, path } = await found()
  expect(await planOf(owner)).toBe('free')
  const member = await join(owner, path)
  expect(await paidBy(member)).toBeNull()
  await member.ask(await member.newConversation(), 'Hello')
  expect((await owner.get(`${path}/budget`)).body).toMatchObject({ tokensUsed: 0, tokensMax: 0 })

  expect(await give(id, { plan: 'pro', seats: 2 })).toMatchObject({
    status: 200,
    body: { plan: 'pro', seats: 2, seatsTaken: 2, seatsSource: 'admin' },
  })
  expect([await planOf(owner), await planOf(member)]).toEqual(['pro', 'pro'])
  expect(await paidBy(member)).toEqual({ id, name: 'Example Ltd' })
  await member.ask(await member.newConversation(), 'Hello again')
  const { body: budget } = await owner.get(`${path}/budget`)
  expect(budget).toMatchObject({ tokensMax: 2_000_000, tokensReserved: 0, former: { tokensUsed: 0 } })
  expect(budget.tokensUsed).toBeGreaterThan(0)
  const used = (await owner.get(`${path}/members`)).body.items.map((one: { use: { tokensUsed: number } }) => one.use.tokensUsed)
  expect(used).toEqual([0, budget.tokensUsed])

  // Their own usage has both, and is the ledger's sum.
  const { totals, cycle } = (await member.get('/api/v1/usage')).body
  expect(totals.inputTokens + totals.outputTokens).toBeGreaterThan(budget.tokensUsed)
  expect(cycle).toMatchObject({ tokensUsed: budget.tokensUsed, tokensMax: 2_000_000 })

  // Who leaves pays for themself, and what they cost stays.
  expect((await member.delete(`${path}/members/${member.user.id}`)).status).toBe(204)
  expect([await planOf(member), await paidBy(member)]).toEqual(['free', null])
  expect((await member.get(path)).status).toBe(404)
  expect((await owner.get(`${path}/budget`)).body).toMatchObject({ tokensUsed: budget.tokensUsed, former: { tokensUsed: budget.tokensUsed } })
  expect((await createVerification(app.database).verifyLedger()).differences).toEqual([])
})

test('a member’s share, the organisation’s ceiling and the person’s own each refuse at the next call', async () => {
  const { owner, path } = await found(5)
  const member = await join(owner, path)
  const ask = async () => (await member.ask(await member.newConversation(), 'Hello')).at(-1) as { type: string; code?: string }
  const set = (share: object) => owner.patch(`${path}/members/${member.user.id}`, share)
  expect(await ask()).toMatchObject({ type: 'RUN_FINISHED' })
  expect(await set({ tokensPerCycle: 1 })).toMatchObject({ status: 200, body: { share: { tokensPerCycle: 1, ceilingMicroUsd: null } } })
  expect(await ask()).toMatchObject({ type: 'RUN_ERROR', code: 'budget_exhausted' })
  await set({ tokensPerCycle: null })
  expect(await ask()).toMatchObject({ type: 'RUN_FINISHED' })
  await owner.patch(`${path}/budget`, { ceilingMicroUsd: 0 })
  const free = (await ask()).type
  // The practice model costs nothing: a ceiling of nothing lets it through, and a limit of tokens does not.
  expect(['RUN_FINISHED', 'RUN_ERROR']).toContain(free)
  await app.database.db.update(budgetScopes).set({ tokensPerCycle: 1 }).where(eq(budgetScopes.kind, 'organisation'))
  expect(await ask()).toMatchObject({ type: 'RUN_ERROR', code: 'budget_exhausted' })
})

test('seats: fewer than the members there are take away the last ones, and say so; more give them back; none is given that is not there', async () => {
  const { owner, id, path } = await found(2)
  const [second, third] = [await join(owner, path), await join(owner, path)]
  expect(await seatsOf(owner, id)).toEqual({ [owner.user.id]: 'held', [second.user.id]: 'held', [third.user.id]: 'waiting' })
  const seat = (person: Person, seat: boolean) => owner.patch(`${path}/members/${person.user.id}`, { seat })
  expect(await seat(third, true)).toMatchObject({ status: 409, body: { params: { sentence: 'conflict.no_seat', seats: 2 } } })
  await give(id, { seats: 1 })
  expect(await seatsOf(owner, id)).toEqual({ [owner.user.id]: 'held', [second.user.id]: 'waiting', [third.user.id]: 'waiting' })
  expect([await planOf(second), (await second.get(path)).body]).toMatchObject(['free', { hasSeat: false, seats: 1, seatsTaken: 1, members: 3 }])
  await give(id, { seats: 3 })
  expect(Object.values(await seatsOf(owner, id))).toEqual(['held', 'held', 'held'])
  // A seat that was given up on purpose is nobody's until somebody gives it.
  expect(await seat(second, false)).toMatchObject({ body: { seat: 'none' } })
  await give(id, { seats: 10 })
  expect(await seatsOf(owner, id)).toMatchObject({ [second.user.id]: 'none' })
  expect(await seat(second, true)).toMatchObject({ body: { seat: 'held' } })
  const moved = (await app.auditRows()).filter(({ action, target }) => action === 'organisation.seat_moved' && target === third.user.id)
  expect(moved.map(({ details }) => (details as { seat: string }).seat)).toEqual(['waiting → held'])
})

test('an invitation is good once, at its address, until its day, and with the authority of who gave it', async () => {
  const { owner, path } = await found()
  const person = await app.signUp()
  const at = (who: Person, invitation: string) => who.post(`${orgs}/join`, { invitation })
  const invalid = { status: 400, body: { code: 'invitation_invalid' } }
  const own = await invite(owner, path, { email: person.person.email.toUpperCase() })
  expect(await at(await app.signUp(), own)).toMatchObject(invalid)
  expect((await person.post(`${orgs}/invitation`, { invitation: own })).body).toMatchObject({ organisation: 'Example Ltd', role: 'member' })
  expect(await at(person, own)).toMatchObject({ status: 200, body: { role: 'member' } })
  expect(await at(person, own)).toMatchObject(invalid)
  // Nobody is in two, and what is refused spends nothing.
  const other = await found()
  const second = await invite(other.owner, other.path)
  expect(await at(person, second)).toMatchObject({ status: 409, body: { params: { sentence: 'conflict.in_organisation' } } })
  expect(await at(await app.signUp(), second)).toMatchObject({ status: 200 })

  const old = await invite(owner, path)
  await app.database.db.update(memberInvitations).set({ expiresAt: new Date(0) })
  expect(await at(await app.signUp(), old)).toMatchObject(invalid)
  const manager = await join(owner, path, 'admin')
  expect((await manager.post(`${path}/invitations`, { role: 'owner' })).status).toBe(403)
  const left = [await invite(manager, path), await invite(owner, path, { role: 'owner' })]
  await owner.patch(`${path}/members/${manager.user.id}`, { role: 'member' })
  expect(await at(await app.signUp(), left[0]!)).toMatchObject(invalid)
  const [waiting] = (await owner.get(`${path}/invitations`)).body.items
  expect((await owner.delete(`${path}/invitations/${waiting.id}`)).status).toBe(204)
  expect(await at(await app.signUp(), left[1]!)).toMatchObject(invalid)

  // Of many at once one comes in.
  const shared = await invite(owner, path)
  const many = await Promise.all(Array.from({ length: 5 }, () => app.signUp()))
  const answers = await Promise.all(many.map((who) => at(who, shared)))
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400, 400, 400, 400])
})

test('the last owner who can come in neither leaves, nor is made less, nor erased, while others are there; two who leave at once do not both go', async () => {
  const { owner, path } = await found()
  const member = await join(owner, path)
  const last = { status: 409, body: { params: { sentence: 'conflict.last_owner' } } }
  expect(await owner.delete(`${path}/members/${owner.user.id}`)).toMatchObject(last)
  expect(await owner.patch(`${path}/members/${owner.user.id}`, { role: 'member' })).toMatchObject(last)
  expect(await owner.delete('/api/v1/me')).toMatchObject(last)
  // Another who is disabled is nobody to leave it to.
  await owner.patch(`${path}/members/${member.user.id}`, { role: 'owner' })
  await admin.patch(`/api/v1/admin/users/${member.user.id}`, { disabled: true })
  expect(await owner.delete(`${path}/members/${owner.user.id}`)).toMatchObject(last)
  await admin.patch(`/api/v1/admin/users/${member.user.id}`, { disabled: false })
  const { email, password } = member.person
  const { body: again } = await app.anyone().post('/api/v1/auth/login?transport=body', { email, password })
  member.useToken(again.accessToken)
  const both = await Promise.all([owner, member].map((who) => who.delete(`${path}/members/${who.user.id}`)))
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 409])
})

test('an organisation of one goes with its person; of one that is deleted everybody stays', async () => {
  const { owner, id } = await found(3)
  expect((await owner.delete('/api/v1/me')).status).toBe(204)
  expect(await app.database.db.$count(members, eq(members.organisationId, id))).toBe(0)
  expect(await app.database.db.$count(budgetScopes, eq(budgetScopes.id, id))).toBe(0)
  const other = await found(3)
  const member = await join(other.owner, other.path)
  expect(await planOf(member)).toBe('pro')
  expect((await other.owner.delete(other.path)).status).toBe(204)
  expect([await planOf(member), await paidBy(member), (await member.get(orgs)).body.items]).toEqual(['free', null, []])
})

test('who is not in it finds nothing; a member reads, an admin keeps members, an owner all; each act is audited with before and after', async () => {
  const { owner, id, path } = await found(5)
  const [manager, member, stranger] = [await join(owner, path, 'admin'), await join(owner, path), await app.signUp()]
  const acts: [string, (who: Person) => Promise<{ status: number }>, number[]][] = [
    ['read', (who) => who.get(path), [200, 200, 200]],
    ['members', (who) => who.get(`${path}/members`), [200, 200, 200]],
    ['invitations', (who) => who.get(`${path}/invitations`), [403, 200, 200]],
    ['invite', (who) => who.post(`${path}/invitations`, {}), [403, 201, 201]],
    ['seat', (who) => who.patch(`${path}/members/${member.user.id}`, { seat: true }), [403, 200, 200]],
    ['share', (who) => who.patch(`${path}/members/${member.user.id}`, { ceilingMicroUsd: 5 }), [403, 403, 200]],
    ['role', (who) => who.patch(`${path}/members/${member.user.id}`, { role: 'member' }), [403, 403, 200]],
    ['budget', (who) => who.get(`${path}/budget`), [403, 403, 200]],
    ['ceiling', (who) => who.patch(`${path}/budget`, { ceilingMicroUsd: 7 }), [403, 403, 200]],
    ['rename', (who) => who.patch(path, { name: 'Other Ltd' }), [403, 403, 200]],
    ['remove an owner', (who) => who.delete(`${path}/members/${owner.user.id}`), [403, 403, 409]],
  ]
  for (const [name, act, expected] of acts) {
    const statuses = []
    for (const who of [member, manager, owner]) statuses.push((await act(who)).status)
    expect([name, ...statuses]).toEqual([name, ...expected])
    // Not even an administrator of the installation, who has pages of their own.
    for (const who of [stranger, admin]) expect([name, (await act(who)).status]).toEqual([name, 404])
  }
  const own = (await member.get(`${path}/members`)).body.items
  expect(own.map(({ use }: { use: object | null }) => use !== null)).toEqual([false, false, true])

  await owner.patch(`${path}/members/${member.user.id}`, { role: 'admin', ceilingMicroUsd: 9 })
  const rows = (await app.auditRows()).filter(({ details }) => (details as { organisation?: string } | null)?.organisation === id)
  const changes = rows.filter(({ action, target }) => action === 'member.changed' && target === member.user.id).map(({ details }) => details)
  expect(changes).toEqual([
    { organisation: id, ceilingMicroUsd: 'none → 5' },
    { organisation: id, role: 'member → admin', ceilingMicroUsd: '5 → 9' },
  ])
})

test('an administrator of the installation lists organisations, finds one without an owner who can come in, and gives it one', async () => {
  const { owner, id, path } = await found(2)
  const member = await join(owner, path)
  await admin.patch(`/api/v1/admin/users/${owner.user.id}`, { disabled: true })
  const listed = async () => (await admin.get('/api/v1/admin/organisations')).body.items.find((one: { id: string }) => one.id === id)
  expect(await listed()).toMatchObject({ members: 2, seats: 2, owners: [] })
  expect(await give(id, { ownerId: member.user.id })).toMatchObject({ status: 200, body: { owners: [{ userId: member.user.id }] } })
  expect((await member.get(`${path}/budget`)).status).toBe(200)
  expect((await owner.get(path)).status).toBe(401)
  expect((await member.get('/api/v1/admin/organisations')).status).toBe(403)
})

test('members come page by page, each once, and are found by name and email', async () => {
  const { owner, path } = await found()
  const people = [owner]
  for (let more = 0; more < 4; more++) people.push(await join(owner, path, more === 3 ? 'admin' : 'member'))
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const { body } = await owner.get(`${path}/members?limit=2${cursor ? `&cursor=${cursor}` : ''}`)
    seen.push(...body.items.map(({ userId }: { userId: string }) => userId))
    cursor = body.nextCursor
  } while (cursor)
  const [first, a, b, c, manager] = people.map(({ user }) => user.id)
  expect(seen).toEqual([first, manager, a, b, c])
  const { items } = (await owner.get(`${path}/members?q=${people[2]!.person.email.slice(0, 9)}`)).body
  expect(items.map(({ userId }: { userId: string }) => userId)).toEqual([b])
  expect((await owner.get(`${path}/members?cursor=nonsense`)).status).toBe(400)
})

test('a change of seat reaches an open page within a second', async () => {
  const { owner, id, path } = await found(2)
  const member = await join(owner, path)
  const socket = await member.socket({ token: member.accessToken })
  await give(id, { seats: 1 })
  const told = await socket.next('user')
  expect(told.user.plan).toBe('free')
  socket.close()
})
