import { afterAll, beforeAll, expect, test } from 'vitest'
import { newPerson, startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
let admin: Awaited<ReturnType<TestApp['signUp']>>
beforeAll(async () => {
  app = await startTestApp({ REGISTRATION: 'closed' })
  admin = await app.signUp()
})
afterAll(() => app[Symbol.asyncDispose]())

const add = (fields: object = {}) => admin.post('/api/v1/admin/users', { ...newPerson(), ...fields })
const login = ({ email, password }: { email: string; password: string }) =>
  app.anyone().post('/api/v1/auth/login?transport=body', { email, password })
async function signIn(person: { email: string; password: string }) {
  const client = app.anyone()
  client.useToken((await login(person)).body.accessToken)
  return client
}
const audited = async (action: string, target: string) => (await app.auditRows()).filter((row) => row.action === action && row.target === target)

test('a person is added where nobody registers, with a password, or with a link to set one by', async () => {
  const person = newPerson()
  const made = await add({ ...person, role: 'enterprise', plan: 'pro' })
  expect(made).toMatchObject({ status: 201, body: { email: person.email, role: 'enterprise', plan: 'pro', disabled: false, link: null } })
  expect((await login(person)).status).toBe(200)
  expect((await audited('user.created', made.body.id))[0]).toMatchObject({ actorId: admin.user.id, details: { role: 'enterprise', plan: 'pro' } })
  expect(await add({ email: person.email.toUpperCase() })).toMatchObject({ status: 409, body: { code: 'email_taken' } })
  expect((await add({ password: 'password' })).body.errors[0].path).toBe('password')

  const { password, ...other } = newPerson()
  const { body } = await admin.post('/api/v1/admin/users', other)
  expect(body.link).toMatchObject({ delivery: 'link' })
  expect((await login({ ...other, password: 'anything at all' })).body.code).toBe('invalid_credentials')
  const token = body.link.url.split('#token=')[1]
  expect((await app.anyone().post('/api/v1/auth/password/reset', { token, password })).status).toBe(204)
  expect((await login({ ...other, password })).status).toBe(200)
})

test('an administrator sees where somebody is signed in, and signs them out everywhere', async () => {
  const person = newPerson()
  const { id } = (await add(person)).body
  const [one, two] = [await signIn(person), await signIn(person)]
  const socket = await two.socket()
  const { items } = (await admin.get(`/api/v1/admin/users/${id}/sessions`)).body
  expect(items).toHaveLength(2)
  expect(items.every(({ current }: { current: boolean }) => !current)).toBe(true)
  expect((await admin.delete(`/api/v1/admin/users/${id}/sessions`)).status).toBe(204)
  expect((await socket.closed).code).toBe(4403)
  expect((await one.get('/api/v1/me')).status).toBe(401)
  expect((await admin.get(`/api/v1/admin/users/${id}/sessions`)).body.items).toEqual([])
  expect((await audited('sessions.ended', id))[0]).toMatchObject({ actorId: admin.user.id, details: { sessions: '2 → 0' } })
  for (const act of [admin.get, admin.delete]) expect((await act(`/api/v1/admin/users/${crypto.randomUUID()}/sessions`)).status).toBe(404)
})

test('an administrator erases somebody, and not the last administrator', async () => {
  const person = newPerson()
  const { id } = (await add(person)).body
  const client = await signIn(person)
  expect([202, 204]).toContain((await admin.delete(`/api/v1/admin/users/${id}`)).status)
  expect((await client.get('/api/v1/me')).status).toBe(401)
  await expect.poll(async () => (await admin.get(`/api/v1/admin/users?q=${person.email}`)).body.items, { timeout: 60_000 }).toEqual([])
  expect((await audited('user.erased', id))[0]).toMatchObject({ actorId: admin.user.id })
  expect((await admin.delete(`/api/v1/admin/users/${id}`)).status).toBe(404)
  expect((await admin.delete(`/api/v1/admin/users/${admin.user.id}`)).body.code).toBe('conflict')
})

test('people are listed by name, address and when they were seen, each once, page by page', async () => {
  const marked = `o${crypto.randomUUID().slice(0, 8)}`
  const names = ['Özge', 'bea', 'Ada', 'ada', 'Cy "the" \t=1', 'x'.repeat(100)]
  const ids: string[] = []
  for (const [n, name] of names.entries()) {
    const person = { ...newPerson(), name, email: `${marked}-${'zyxwvu'[n]}@example.org` }
    ids.push((await add(person)).body.id)
    if (n === 2 || n === 4) await login(person)
  }
  async function listed(order: string): Promise<string[]> {
    const found: string[] = []
    let cursor = ''
    do {
      const { status, body } = await admin.get(`/api/v1/admin/users?q=${marked}&order=${order}&limit=2${cursor && `&cursor=${cursor}`}`)
      expect(status).toBe(200)
      found.push(...body.items.map(({ id }: { id: string }) => id))
      cursor = body.nextCursor ?? ''
    } while (cursor !== '')
    return found
  }
  const at = (...places: number[]) => places.map((n) => ids[n])
  expect(await listed('newest')).toEqual(at(5, 4, 3, 2, 1, 0))
  expect(await listed('email')).toEqual(at(5, 4, 3, 2, 1, 0))
  const byName = await listed('name')
  expect(byName.toSorted()).toEqual(ids.toSorted())
  expect(byName.slice(0, 4)).toEqual(at(2, 3, 1, 4))
  expect(await listed('seen')).toEqual(at(4, 2, 5, 3, 1, 0))
  const odd = ['x', Buffer.from(`${crypto.randomUUID()}x`).toString('base64url'), Buffer.from('\u0000'.repeat(40)).toString('base64url')]
  for (const cursor of odd) expect((await admin.get(`/api/v1/admin/users?order=seen&cursor=${cursor}`)).status).toBe(400)
  expect((await admin.get('/api/v1/admin/users?order=cost')).status).toBe(400)
})
