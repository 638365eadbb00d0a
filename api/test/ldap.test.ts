import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createLdapDirectory } from '#ports/identity/ldap.ts'
import { readIdentityFile } from '#ports/identity/identity-file.ts'
import { createClient } from './client.ts'
import { freePort } from './engines/free-port.ts'
import { reader, startLdapServer } from './engines/ldap-server.ts'
import { startTestApp } from './test-app.ts'

const server = await startLdapServer()
const inClear = await startLdapServer({ isTls: false })
const folder = mkdtempSync(join(tmpdir(), 'jarvis-ldap-'))
const caFile = join(folder, 'ca.pem')
writeFileSync(caFile, server.cert)
const entry = { kind: 'ldap', bindDn: reader.dn, bindPasswordEnv: 'LDAP_SECRET', peopleBase: server.peopleBase, caFile }
const providers = [
  {
    ...entry,
    id: 'staff',
    name: 'Staff',
    url: server.url,
    emails: 'trusted',
    roles: { admins: 'admin', leads: 'enterprise' },
    plans: { payers: 'pro' },
  },
  { ...entry, id: 'searched', name: 'Searched', url: server.url, groupsBase: server.groupsBase, roles: { leads: 'enterprise' } },
  { ...entry, id: 'clear', name: 'Clear', url: inClear.url },
  { ...entry, id: 'stranger', name: 'Stranger', url: server.url, caFile: undefined },
  { ...entry, id: 'down', name: 'Down', url: `ldaps://localhost:${await freePort()}` },
]
const file = join(folder, 'identity.json')
writeFileSync(file, JSON.stringify({ providers }))
const settings = { IDENTITY_FILE: file, LDAP_SECRET: reader.password }
const app = await startTestApp(settings)
const admin = await app.signUp()
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  await inClear[Symbol.asyncDispose]()
})
beforeEach(() => {
  server.binds.length = 0
  inClear.binds.length = 0
})

let people = 0
function somebody(fields: object = {}) {
  const uid = `ldap${++people}`
  const person = { uid, password: `the word of ${uid}`, mail: `${uid}@example.org`, cn: `Lou ${uid}`, ...fields }
  server.put(person)
  return person
}

async function signIn(name: string, password: string, provider = 'staff') {
  const answer = await app.anyone().post(`/api/v1/auth/ldap/${provider}/login`, { name, password })
  const refreshToken = answer.headers.getSetCookie().flatMap((cookie) => /^jarvis_refresh=([^;]+)/.exec(cookie)?.[1] ?? [])[0]
  const client = createClient(app.url)
  const { status, body } = await client.post('/api/v1/auth/refresh?transport=body', { refreshToken: refreshToken ?? 'none' })
  if (status === 200) client.useToken(body.accessToken)
  return { status: answer.status, code: answer.body?.code ?? null, user: status === 200 ? body.user : null, client }
}

test('somebody new comes in by name or address, with role and plan by their groups, and again as the same after they moved', async () => {
  const lou = somebody({ groups: ['leads', 'payers'] })
  const first = await signIn(lou.uid, lou.password)
  expect(first).toMatchObject({ status: 204, user: { email: lou.mail, name: lou.cn, role: 'enterprise', plan: 'pro', emailVerified: true } })
  server.put({ ...lou, groups: [], mail: `new-${lou.mail}` })
  const again = await signIn(`new-${lou.mail}`, lou.password)
  expect(again.user).toMatchObject({ id: first.user.id, role: 'user', plan: 'free', email: `new-${lou.mail}` })
})

test('groups are looked up where the settings say so', async () => {
  const lou = somebody({ groups: ['leads'] })
  expect((await signIn(lou.uid, lou.password, 'searched')).user).toMatchObject({ role: 'enterprise', emailVerified: false })
})

test('an account is linked only where the addresses of the directory are trusted', async () => {
  const person = await app.signUp()
  const lou = somebody({ mail: person.person.email })
  expect(await signIn(lou.uid, lou.password, 'searched')).toMatchObject({ status: 409, user: null })
  expect((await signIn(lou.uid, lou.password)).user.id).toBe(person.user.id)
})

const hostile = ['*', 'l*', 'ldap1)(uid=*', '*)(objectClass=*', 'ldap1\u0001', 'l\\2a', ')(', '(uid=ldap1', '']
test.each(hostile)('the name %j finds nobody, and binds as nobody', async (name) => {
  const lou = somebody()
  const { status, user } = await signIn(name, lou.password)
  expect([400, 401]).toContain(status)
  expect(user).toBeNull()
  expect(server.binds.map(({ dn }) => dn).filter((dn) => dn.startsWith('uid='))).toEqual([])
})

test('a wrong password and an empty one let nobody in; a name that is not there is told by nothing', async () => {
  const lou = somebody()
  expect(await signIn(lou.uid, 'wrong')).toMatchObject({ status: 401, code: 'invalid_credentials', user: null })
  const wrong = server.binds.length
  server.binds.length = 0
  expect(await signIn('nobody-here', 'wrong')).toMatchObject({ status: 401, code: 'invalid_credentials', user: null })
  // The same work: as many binds.
  expect(server.binds.length).toBe(wrong)
  expect((await signIn(lou.uid, '')).user).toBeNull()
  // The route refuses it first; the directory would have let it in.
  const [provider] = readIdentityFile(file, () => reader.password).providers
  const directory = createLdapDirectory(provider as never)
  expect(await directory.signIn(lou.uid, '')).toBeNull()
  expect(await directory.signIn('  ', lou.password)).toBeNull()
  expect(await directory.signIn(lou.uid, lou.password)).toMatchObject({ subject: `uuid-of-${lou.uid}` })
})

test('of two whom a name fits nobody is let in', async () => {
  const lou = somebody()
  somebody({ mail: lou.mail })
  expect((await signIn(lou.mail, lou.password)).user).toBeNull()
})

test('who guesses waits longer and longer, and a failure is audited without the name', async () => {
  const lou = somebody()
  for (let at = 0; at < 6; at++) await signIn(lou.uid, `wrong ${at}`)
  expect(await signIn(lou.uid, lou.password)).toMatchObject({ status: 429, user: null })
  const failed = (await app.auditRows()).filter(({ action, details }) => action === 'login.failed' && details['provider'] === 'staff')
  expect(failed.at(-1)!.details).toEqual({ provider: 'staff', why: expect.any(String) })
  expect(JSON.stringify(failed)).not.toContain(lou.uid)
})

test('a password never goes in clear, nor to a server whose certificate nobody vouches for', async () => {
  const lou = somebody()
  inClear.put(lou)
  for (const provider of ['clear', 'stranger', 'down'])
    expect(await signIn(lou.uid, lou.password, provider)).toMatchObject({ status: 503, code: 'unavailable', user: null })
  expect(inClear.binds).toEqual([])
  expect(server.binds).toEqual([])
})

test('a directory that says nothing is given up, and one that is wrong is named by the doctor', async () => {
  // It reads what comes, so that it sees who goes.
  await using silent = createServer((socket) => socket.on('error', () => undefined).resume())
  await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as { port: number }
  const [provider] = readIdentityFile(file, () => reader.password).providers
  await expect(createLdapDirectory({ ...provider, url: `ldaps://localhost:${port}` } as never).signIn('lou', 'x')).rejects.toMatchObject({
    code: 'unavailable',
  })
  expect(await createLdapDirectory(provider as never).check()).toMatch(/over TLS$/)
  await expect(createLdapDirectory({ ...provider, bindPassword: 'wrong' } as never).check()).rejects.toThrow(/invalid credentials/i)
})

test('who is disabled stays out, who leaves the directory too', async () => {
  const lou = somebody()
  const { user } = await signIn(lou.uid, lou.password)
  await admin.patch(`/api/v1/admin/users/${user.id}`, { disabled: true })
  expect(await signIn(lou.uid, lou.password)).toMatchObject({ status: 401, user: null })
  const max = somebody()
  expect((await signIn(max.uid, max.password)).user).not.toBeNull()
  server.remove(max.uid)
  expect((await signIn(max.uid, max.password)).user).toBeNull()
})

test.each([
  [{ url: 'ldap://ldap.example.org', startTls: false }, /passwords would go in clear/],
  [{ url: 'http://ldap.example.org' }, /must be ldaps/],
  [{ peopleFilter: '(uid=ann)' }, /must have \{name\}/],
  [{ caFile: '/nowhere/ca.pem' }, /cannot be read/],
  [{ bindPasswordEnv: 'NOT_THERE' }, /set NOT_THERE/],
])('a setting that would not hold stops the start: %j', (fields, said) => {
  const wrong = join(folder, 'wrong.json')
  writeFileSync(wrong, JSON.stringify({ providers: [{ ...providers[0], ...fields }] }))
  expect(() => readIdentityFile(wrong, (name) => (name === 'LDAP_SECRET' ? reader.password : undefined))).toThrow(said)
})
