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
