import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { users } from '#ports/database/tables.ts'
import { startScriptedModel } from '../../simulators/openai/scripted.ts'
import { startTestApp, type TestApp } from './test-app.ts'

// What somebody has begun would go on for ever: the provider never ends.
let model: Awaited<ReturnType<typeof startScriptedModel>>
let app: TestApp
let admin: Awaited<ReturnType<TestApp['signUp']>>
let token: string
beforeAll(async () => {
  model = await startScriptedModel([{ stall: 'mid-stream', afterText: 'And so on' }])
  app = await startTestApp({
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: model.url,
    OIDC_ISSUER: 'https://login.example.org',
    OIDC_CLIENT_ID: 'jarvis',
    OIDC_ROLES: 'Jarvis Admins=admin,Leads=enterprise',
    OIDC_PLANS: 'Payers=pro',
  })
  admin = await app.signUp()
  token = (await admin.post('/api/v1/admin/scim-tokens', { name: 'Entra' })).body.secret
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await model.close()
})

const core = 'urn:ietf:params:scim:schemas:core:2.0:'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const scim = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}, secret = token) => {
  const answer = await fetch(`${app.url}/scim/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, ...(body !== undefined && { 'content-type': 'application/scim+json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, etag: answer.headers.get('etag'), body: text ? JSON.parse(text) : null }
}
const patch = (path: string, ...operations: unknown[]) =>
  scim('PATCH', path, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations })
const find = (resource: string, filter: string) => scim('GET', `/${resource}?filter=${encodeURIComponent(filter)}`)
let people = 0
/** As Entra sends somebody new. */
const newUser = (fields: object = {}) => {
  const name = `scim${++people}`
  return {
    schemas: [`${core}User`, enterprise],
    externalId: `ext-${name}`,
    userName: `${name}@example.org`,
    active: true,
    emails: [{ primary: true, type: 'work', value: `${name}@example.org` }],
    name: { formatted: `Sam ${name}`, familyName: name, givenName: 'Sam' },
    [enterprise]: { department: 'R&D' },
    ...fields,
  }
}
async function create(fields: object = {}) {
  const answer = await scim('POST', '/Users', newUser(fields))
  expect(answer.status).toBe(201)
  return answer.body as { id: string; userName: string; meta: { version: string } }
}
const createGroup = async (displayName: string, ...ids: string[]): Promise<string> =>
  (await scim('POST', '/Groups', { schemas: [`${core}Group`], displayName, members: ids.map((value) => ({ value })) })).body.id
const accountOf = async (id: string) => (await app.database.db.select().from(users).where(eq(users.id, id)))[0]!

test('a token of an administrator opens /scim/v2 and nothing else; without one, or with another, nothing is said', async () => {
  const made = await admin.post('/api/v1/admin/scim-tokens', { name: 'Okta' })
  expect(made).toMatchObject({ status: 201, body: { name: 'Okta', secret: expect.stringMatching(/^jv_scim_[\w-]{43}$/), lastUsedAt: null } })
  const { id, secret } = made.body
  expect((await scim('GET', '/Users', undefined, {}, secret)).status).toBe(200)
  const listed = (await admin.get('/api/v1/admin/scim-tokens')).body.items
  expect(listed.find((each: { id: string }) => each.id === id)).toMatchObject({ name: 'Okta', lastUsedAt: expect.any(String) })
  expect(JSON.stringify(listed)).not.toContain(secret)
  const directory = app.anyone()
  directory.useToken(secret)
  for (const path of ['/api/v1/me', '/api/v1/admin/users', '/v1/models']) expect((await directory.get(path)).status).toBe(401)
  const person = await app.signUp()
  expect((await person.post('/api/v1/admin/scim-tokens', { name: 'mine' })).status).toBe(403)
  const key = (await admin.post('/api/v1/api-keys', { name: 'k' })).body.secret
  for (const other of ['', 'nonsense', admin.accessToken, key, `${secret}x`]) {
    const refused = await scim('GET', '/Users', undefined, {}, other)
    expect(refused).toMatchObject({ status: 401, body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '401' } })
  }
  expect((await admin.delete(`/api/v1/admin/scim-tokens/${id}`)).status).toBe(204)
  expect((await scim('GET', '/Users', undefined, {}, secret)).status).toBe(401)
  const actions = (await app.auditRows()).filter(({ target }) => target === id).map(({ action }) => action)
  expect(actions).toEqual(['scim_token.created', 'scim_token.deleted'])
})

test.each(['/Users/%ff', `/Users/${'x'.repeat(300)}`])('what the router itself refuses (%s) has the shape of SCIM', async (path) => {
  expect(await scim('GET', path)).toMatchObject({ body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], detail: expect.any(String) } })
})

test('somebody is made, found as the directories look, read, changed and listed by page', async () => {
  const user = newUser({ password: 'a password of the directory', favourite: 'x', active: 'True' })
  const made = await scim('POST', '/Users', user)
  expect(made.status).toBe(201)
  const { id } = made.body
  expect(made.body).toMatchObject({
    userName: user.userName,
    externalId: user.externalId,
    active: true,
    name: user.name,
    [enterprise]: { department: 'R&D' },
  })
  expect(made.body.meta).toMatchObject({ resourceType: 'User', version: 'W/"1"', location: expect.stringContaining(`/scim/v2/Users/${id}`) })
  for (const name of ['password', 'favourite']) expect(made.body).not.toHaveProperty(name)
  expect(await accountOf(id)).toMatchObject({
    email: user.userName,
    verifiedEmail: user.userName,
    role: 'user',
    plan: 'free',
    name: user.name.formatted,
  })
  const filters = [
    `userName eq "${user.userName.toUpperCase()}"`,
    `externalId eq "${user.externalId}"`,
    `emails[type eq "work"].value eq "${user.userName}"`,
    `emails[type eq "work" and value eq "${user.userName}"]`,
    `${core}User:userName eq "${user.userName}" and active eq true`,
    `id eq "${id}" and not (active eq false)`,
    `userName sw "${user.userName.slice(0, -4)}" and meta.created gt "2020-01-01T00:00:00Z"`,
  ]
  for (const filter of filters) expect((await find('Users', filter)).body, filter).toMatchObject({ totalResults: 1, Resources: [{ id }] })
  for (const filter of ['userName eq "%"', 'userName sw "scim_"', 'externalId eq "\' or true --"', 'active eq false and userName pr and id eq "x"'])
    expect((await find('Users', filter)).body.totalResults, filter).toBe(0)
  const faults = [
    'userName eqq "x"',
    'userName eq',
    'nickName eq "x"',
    '__proto__ eq "x"',
    'constructor eq "x"',
    'active eq "maybe"',
    '('.repeat(30),
    'x'.repeat(1001),
    'meta.created gt "then"',
  ]
  for (const filter of faults) expect((await find('Users', filter)).body, filter).toMatchObject({ status: '400', scimType: 'invalidFilter' })
  const only = (await scim('GET', `/Users/${id}?attributes=userName`)).body
  expect(Object.keys(only).toSorted()).toEqual(['id', 'meta', 'schemas', 'userName'])

  const others = [await create(), await create()]
  const page = await scim('GET', '/Users?startIndex=2&count=1')
  expect(page.body).toMatchObject({ startIndex: 2, itemsPerPage: 1 })
  expect(page.body.totalResults).toBeGreaterThanOrEqual(3)
  expect((await scim('GET', '/Users?count=0')).body).toMatchObject({ itemsPerPage: 0, Resources: [] })
  expect((await scim('GET', '/Users?startIndex=-5&count=-1')).body).toMatchObject({ startIndex: 1, itemsPerPage: 0 })

  expect(await scim('POST', '/Users', { ...user, externalId: 'other', userName: user.userName.toUpperCase() })).toMatchObject({
    status: 409,
    body: { scimType: 'uniqueness' },
  })
  const invalid = [
    {},
    [],
    'x',
    '{',
    { userName: 'no address' },
    { ...newUser(), active: 'maybe' },
    { ...newUser(), emails: 'x' },
    { ...newUser(), userName: 'a\u0000b@example.org' },
  ]
  for (const body of invalid) expect((await scim('POST', '/Users', body)).status, JSON.stringify(body)).toBe(400)

  const replaced = await scim('PUT', `/Users/${id}`, { ...user, displayName: 'Sam the first' }, { 'if-match': 'W/"1"' })
  expect(replaced).toMatchObject({ status: 200, etag: 'W/"2"', body: { displayName: 'Sam the first' } })
  expect((await accountOf(id)).name).toBe('Sam the first')
  expect((await scim('PUT', `/Users/${id}`, user, { 'if-match': 'W/"1"' })).status).toBe(412)
  expect((await scim('GET', `/Users/${id}`, undefined, { 'if-none-match': 'W/"2"' })).status).toBe(304)
  const taken = { ...user, emails: [{ primary: true, value: others[0]!.userName }] }
  expect(await scim('PUT', `/Users/${id}`, taken)).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } })
  for (const path of [`/Users/${crypto.randomUUID()}`, '/Users/x', `/Users/${admin.user.id}`, '/Nothing'])
    expect((await scim('GET', path)).status).toBe(404)
  for (const [path, results] of [['/Schemas', 3], ['/ResourceTypes', 2]] as const) expect((await scim('GET', path)).body.totalResults).toBe(results) // prettier-ignore
  expect((await scim('GET', '/ServiceProviderConfig')).body).toMatchObject({ patch: { supported: true }, bulk: { supported: false } })
})

test('a patch is taken in the shapes that Entra and Okta send, and in no other', async () => {
  const { id, userName } = await create()
  const manager = (await create()).id
  const path = `/Users/${id}`
  const shapes: [string, unknown, object][] = [
    ['Entra: Replace, a text for a boolean', { op: 'Replace', path: 'active', value: 'False' }, { active: false }],
    ['Okta: without a path, with the id', { op: 'replace', value: { id, active: true } }, { active: true }],
    ['Entra: Add displayName', { op: 'Add', path: 'displayName', value: 'Sam S' }, { displayName: 'Sam S' }],
    ['Entra: a part of a name', { op: 'Replace', path: 'name.familyName', value: 'Jones' }, { name: { familyName: 'Jones', givenName: 'Sam' } }],
    [
      'Entra: a manager as a bare id',
      { op: 'Add', path: `${enterprise}:manager`, value: manager },
      { [enterprise]: { manager: { value: manager } } },
    ],
    ['Entra: a manager as an object', { op: 'Replace', path: `${enterprise}:manager`, value: { value: manager } }, {}],
    ['Entra: no manager', { op: 'Remove', path: `${enterprise}:manager` }, { [enterprise]: { department: 'R&D' } }],
    [
      'Entra: an entry by its type',
      { op: 'Replace', path: 'emails[type eq "work"].value', value: `new-${userName}` },
      { emails: [{ value: `new-${userName}` }] },
    ],
    [
      'Entra: an entry that is not there',
      { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '+49 1' },
      { phoneNumbers: [{ type: 'mobile', value: '+49 1' }] },
    ],
    [
      'Entra: dotted and urn keys',
      { op: 'Add', value: { 'name.givenName': 'Samuel', [`${enterprise}:department`]: 'Sales' } },
      { name: { givenName: 'Samuel' }, [enterprise]: { department: 'Sales' } },
    ],
    ['Okta: an extension as an object', { op: 'replace', value: { [enterprise]: { department: 'Ops' } } }, { [enterprise]: { department: 'Ops' } }],
  ]
  for (const [name, operation, after] of shapes) {
    const answer = await patch(path, operation)
    expect(answer.status, `${name}: ${JSON.stringify(answer.body)}`).toBe(200)
    expect(answer.body, name).toMatchObject(after)
  }
  expect(await accountOf(id)).toMatchObject({ email: `new-${userName}`, name: 'Sam S', disabledAt: null })
  const faults: unknown[] = [
    { op: 'move', path: 'active', value: true },
    { op: 'replace', path: 'nope.x', value: 1 },
    { op: 'replace', path: 'id', value: crypto.randomUUID() },
    { op: 'replace', path: 'active', value: 'perhaps' },
    { op: 'remove', path: 'userName' },
    { op: 'add', path: '__proto__.polluted', value: 1 },
    { op: 'add', path: 'constructor.prototype.polluted', value: 1 },
    { op: 'add', path: 'name.__proto__', value: { polluted: 1 } },
    JSON.parse('{"op":"add","value":{"__proto__":{"polluted":1}}}'),
    JSON.parse('{"op":"add","value":{"constructor.prototype.polluted":1}}'),
    'nonsense',
  ]
  const before = (await scim('GET', path)).body
  for (const fault of faults) expect((await patch(path, fault)).status, JSON.stringify(fault)).toBe(400)
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
  expect((await scim('GET', path)).body).toEqual(before)
  expect((await scim('PATCH', path, { Operations: 'x' })).status).toBe(400)
})

test('deprovisioning ends sessions, sockets, streams and what is at work, and keys are refused; who comes back finds the account', async () => {
  for (const way of ['active', 'delete']) {
    const person = await app.signUp()
    const { email } = person.person
    const { id } = await create({ userName: email, emails: [{ primary: true, value: email }] })
    expect(id).toBe(person.user.id)
    // The account was made by somebody who never showed that the address is theirs: the directory's person sets a password of their own.
    expect((await person.get('/api/v1/me')).status).toBe(401)
    await app.accounts.setPassword(email, person.person.password)
    const signedIn = app.anyone()
    const login = () => app.anyone().post('/api/v1/auth/login?transport=body', { email, password: person.person.password })
    signedIn.useToken((await login()).body.accessToken)
    const key = (await signedIn.post('/api/v1/api-keys', { name: 'k' })).body.secret
    const socket = await signedIn.socket()
    const conversation = await signedIn.newConversation()
    const { runId } = (await signedIn.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Go on' }))
      .body
    const stream = signedIn.get(`/api/v1/runs/${runId}/events`)
    const statusOf = async () => (await app.database.pool.query('select status from runs where id = $1', [runId])).rows[0].status as string
    await expect.poll(statusOf, { timeout: 30_000 }).toBe('running')
    if (way === 'active') expect((await patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' })).body.active).toBe(false)
    else expect((await scim('DELETE', `/Users/${id}`)).status).toBe(204)
    expect((await socket.closed).code).toBe(4403)
    await stream
    await expect.poll(statusOf, { timeout: 30_000 }).not.toBe('running')
    expect((await signedIn.get('/api/v1/me')).status).toBe(401)
    expect((await login()).status).toBe(401)
    const program = app.anyone()
    program.useToken(key)
    expect((await program.get('/api/v1/me')).status).toBe(401)
    if (way === 'delete') {
      expect((await scim('GET', `/Users/${id}`)).status).toBe(404)
      expect((await scim('DELETE', `/Users/${id}`)).status).toBe(404)
      expect((await find('Users', `userName eq "${email}"`)).body.totalResults).toBe(0)
      expect((await create({ userName: email, emails: [{ primary: true, value: email }] })).id).toBe(id)
    } else expect((await patch(`/Users/${id}`, { op: 'replace', value: { active: true } })).body.active).toBe(true)
    expect((await login()).status).toBe(200)
  }
})

test('groups give role and plan by their names, as those of an issuer do, and take what they gave', async () => {
  const [ann, bob] = [await create(), await create()]
  const leads = await createGroup('Leads', ann.id)
  const payers = await createGroup('Payers', ann.id)
  expect(await accountOf(ann.id)).toMatchObject({ role: 'enterprise', plan: 'pro' })
  const members = async (id: string) => (await scim('GET', `/Groups/${id}`)).body.members.map(({ value }: { value: string }) => value)
  const shapes: [string, unknown, string[]][] = [
    ['Entra: Add', { op: 'Add', path: 'members', value: [{ $ref: null, value: bob.id }] }, [ann.id, bob.id]],
    ['once more', { op: 'add', path: 'members', value: [{ value: bob.id }] }, [ann.id, bob.id]],
    ['Okta: Remove by a filter', { op: 'remove', path: `members[value eq "${bob.id}"]` }, [ann.id]],
    ['one who is none', { op: 'remove', path: `members[value eq "${crypto.randomUUID()}"]` }, [ann.id]],
    ['nobody of ours', { op: 'add', path: 'members', value: [{ value: admin.user.id }, { value: 'x' }] }, [ann.id]],
    ['Okta: Replace all', { op: 'replace', path: 'members', value: [{ value: bob.id }] }, [bob.id]],
    ['Entra: Remove with values', { op: 'Remove', path: 'members', value: [{ value: bob.id }] }, []],
    ['Okta: without a path', { op: 'add', value: { members: [{ value: ann.id }, { value: bob.id }] } }, [ann.id, bob.id]],
    ['all of them', { op: 'remove', path: 'members' }, []],
  ]
  for (const [name, operation, after] of shapes) {
    expect((await patch(`/Groups/${payers}`, operation)).status, name).toBe(204)
    expect((await members(payers)).toSorted(), name).toEqual(after.toSorted())
    expect((await accountOf(bob.id)).plan, name).toBe(after.includes(bob.id) ? 'pro' : 'free')
  }
  expect((await scim('GET', `/Users/${ann.id}`)).body.groups).toEqual([{ value: leads, display: 'Leads' }])
  for (const filter of ['displayName eq "leads"', `id eq "${leads}" and members eq "${ann.id}"`, `members[value eq "${ann.id}"]`])
    expect((await find('Groups', filter)).body, filter).toMatchObject({ totalResults: 1, Resources: [{ id: leads }] })
  expect((await scim('GET', `/Groups/${leads}?excludedAttributes=members`)).body).not.toHaveProperty('members')
  expect((await patch(`/Groups/${leads}`, { op: 'replace', value: { id: leads, displayName: 'Followers' } })).status).toBe(204)
  expect((await accountOf(ann.id)).role).toBe('user')
  expect(
    (await scim('PUT', `/Groups/${leads}`, { displayName: 'Leads', members: [{ value: ann.id }, { value: bob.id }] })).body.members,
  ).toHaveLength(2)
  expect((await accountOf(bob.id)).role).toBe('enterprise')
  expect((await scim('POST', '/Groups', { displayName: 'LEADS' })).status).toBe(409)
  const faults = [
    { op: 'add', path: '__proto__.x', value: 1 },
    { op: 'replace', path: 'displayName', value: '' },
    { op: 'move', path: 'members' },
    { op: 'remove' },
    { op: 'add', path: 'members', value: [{}] },
  ]
  for (const fault of faults) expect((await patch(`/Groups/${leads}`, fault)).status, JSON.stringify(fault)).toBe(400)
  expect((await scim('DELETE', `/Groups/${leads}`)).status).toBe(204)
  expect((await accountOf(ann.id)).role).toBe('user')
  expect((await scim('GET', `/Groups/${leads}`)).status).toBe(404)
  // What an administrator gave is not a group's to take.
  expect((await admin.patch(`/api/v1/admin/users/${bob.id}`, { role: 'enterprise' })).status).toBe(200)
  const again = await createGroup('Leads', bob.id)
  expect((await scim('DELETE', `/Groups/${again}`)).status).toBe(204)
  expect((await accountOf(bob.id)).role).toBe('enterprise')
  const actions = (await app.auditRows()).filter(({ target }) => target === leads).map(({ action }) => action)
  expect(new Set(actions)).toEqual(new Set(['scim.group_created', 'scim.group_changed', 'scim.group_removed']))
})

test('a directory that races loses nothing: one of two of a name is made, and of two changes both stand', async () => {
  const user = newUser()
  const made = await Promise.all([
    scim('POST', '/Users', user),
    scim('POST', '/Users', user),
    scim('POST', '/Users', { ...user, externalId: 'another' }),
  ])
  expect(made.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409])
  const { id } = made.find(({ status }) => status === 201)!.body
  const changes = [
    { op: 'add', path: 'nickName', value: 'S' },
    { op: 'add', path: 'title', value: 'Lead' },
    { op: 'add', path: `${enterprise}:costCenter`, value: '7' },
  ]
  for (const { status } of await Promise.all(changes.map((operation) => patch(`/Users/${id}`, operation)))) expect(status).toBe(200)
  expect((await scim('GET', `/Users/${id}`)).body).toMatchObject({ nickName: 'S', title: 'Lead', [enterprise]: { costCenter: '7' } })
  const ids = [id, ...(await Promise.all([create(), create(), create()])).map((each) => each.id)]
  const group = await createGroup('Racers')
  await Promise.all(ids.map((value) => patch(`/Groups/${group}`, { op: 'Add', path: 'members', value: [{ value }] })))
  expect((await scim('GET', `/Groups/${group}`)).body.members).toHaveLength(4)
})

test('the last administrator is neither disabled nor demoted, and whom the directory does not keep is out of its reach', async () => {
  const { email } = admin.person
  const { id } = await create({ userName: email, emails: [{ primary: true, value: email }] })
  expect(id).toBe(admin.user.id)
  // An administrator keeps password, sessions and keys.
  expect((await admin.get('/api/v1/me')).status).toBe(200)
  expect(await patch(`/Users/${id}`, { op: 'replace', value: { active: false } })).toMatchObject({ status: 409, body: { scimType: 'mutability' } })
  expect((await scim('DELETE', `/Users/${id}`)).status).toBe(409)
  const admins = await createGroup('Jarvis Admins', id)
  expect((await scim('DELETE', `/Groups/${admins}`)).status).toBe(204)
  expect(await accountOf(id)).toMatchObject({ role: 'admin', disabledAt: null })
  const stranger = await app.signUp()
  for (const method of ['GET', 'DELETE']) expect((await scim(method, `/Users/${stranger.user.id}`)).status).toBe(404)
  expect((await patch(`/Users/${stranger.user.id}`, { op: 'replace', value: { active: false } })).status).toBe(404)
  expect((await stranger.get('/api/v1/me')).status).toBe(200)
  // Who is erased is gone from the directory's lists too.
  const gone = await create()
  expect([202, 204]).toContain((await admin.delete(`/api/v1/admin/users/${gone.id}`)).status)
  await expect.poll(async () => (await scim('GET', `/Users/${gone.id}`)).status, { timeout: 60_000 }).toBe(404)
})

test('the audit says what a directory changed: of a person which fields, of the account and of groups from before to after', async () => {
  const { id } = await create({ title: 'Nurse' })
  await patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'Surgeon' }, { op: 'replace', path: 'active', value: false })
  const group = await createGroup('Ward one', id)
  await patch(`/Groups/${group}`, { op: 'replace', path: 'displayName', value: 'Ward two' })
  const rows = await app.auditRows()
  const of = (action: string, target: string) => rows.filter((row) => row.action === action && row.target === target).map(({ details }) => details)
  expect(of('scim.changed', id)).toMatchObject([{ fields: 'active title', source: 'scim' }])
  expect(of('user.changed', id)).toMatchObject([{ disabled: 'false → true', source: 'scim' }])
  expect(of('scim.group_changed', group)).toMatchObject([{ name: 'Ward one → Ward two' }])
  expect(JSON.stringify(rows)).not.toContain('Surgeon')
})
