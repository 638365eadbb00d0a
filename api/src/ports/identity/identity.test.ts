import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../../test/engines/free-port.ts'
import { createBrowser, startIssuer, type TestIssuer } from '../../../test/issuer.ts'
import { readIdentityFile, type OidcProvider } from './identity-file.ts'
import { createOidcIssuer } from './oidc.ts'

const publicUrl = 'http://127.0.0.1:9'
const redirectUri = `${publicUrl}/api/v1/auth/oidc/test/callback`
const secret = 'a secret of the client, long enough'
const ada = { sub: 'ada', email: 'ada@example.org', email_verified: true, name: 'Ada' }
const terms = { redirectUri, state: 's'.repeat(43), nonce: 'n'.repeat(43), verifier: 'v'.repeat(43), anew: false }

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await startIssuer({ id: 'jarvis', secret, publicUrl })
  issuer.signIn(ada)
})
afterAll(() => issuer[Symbol.asyncDispose]())

const providerOf = (fields: Partial<OidcProvider> = {}): OidcProvider => ({
  id: 'test',
  kind: 'oidc',
  name: 'Test',
  issuer: issuer.issuer,
  clientId: 'jarvis',
  clientSecret: secret,
  scopes: ['openid', 'email', 'profile'],
  groupsClaim: 'groups',
  roles: {},
  plans: {},
  emails: 'verified',
  newPeople: true,
  ...fields,
})
const signIn = async (client: ReturnType<typeof createOidcIssuer>) => {
  const { url } = await createBrowser().visit((await client.begin(terms)).href, (at) => at.startsWith(redirectUri))
  return await client.finish(new URL(url), terms)
}

function fileOf(content: unknown): string {
  const file = join(mkdtempSync(join(tmpdir(), 'jarvis-identity-')), 'identity.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}
const entry = { id: 'entra', kind: 'oidc', name: 'Entra', issuer: 'https://login.example.org/t', clientId: 'c' }

test('a file of several issuers is read with what it leaves out', () => {
  const file = fileOf({
    only: true,
    breakGlass: ['Root@Example.org'],
    providers: [
      { ...entry, clientSecretEnv: 'ENTRA', roles: { admins: 'admin' }, domains: ['Example.org'] },
      { ...entry, id: 'k', name: 'K', clientId: 'd' },
    ],
  })
  const table = readIdentityFile(file, (name) => (name === 'ENTRA' ? 'hush' : undefined))
  expect(table).toMatchObject({ only: true, breakGlass: ['root@example.org'] })
  expect(table.providers).toEqual([
    expect.objectContaining({
      id: 'entra',
      clientSecret: 'hush',
      scopes: ['openid', 'email', 'profile'],
      groupsClaim: 'groups',
      domains: ['example.org'],
    }),
    expect.objectContaining({ id: 'k', clientSecret: undefined, emails: 'verified', newPeople: true, roles: {}, plans: {} }),
  ])
})

test.each([
  ['{', /is not JSON/],
  [{ providers: [] }, /providers must not be empty/],
  [{ providers: [{ ...entry, kind: 'kerberos' }] }, /kind must be "oidc", "saml" or "ldap"/],
  [{ providers: [{ ...entry, id: 'Bad Id' }] }, /at most 40 small letters/],
  [{ providers: [{ ...entry, issuer: 'http://login.example.org' }] }, /must begin with https/],
  [{ providers: [{ ...entry, issuer: 'login.example.org' }] }, /must be the issuer’s address/],
  [{ providers: [{ ...entry, clientSecretEnv: 'NOT_SET' }] }, /the secret of the provider "entra" is not set: set NOT_SET/],
  [{ providers: [{ ...entry, scopes: ['email'] }] }, /must have "openid"/],
  [{ providers: [{ ...entry, roles: { staff: 'king' } }] }, /roles.staff must be "user", "enterprise" or "admin"/],
  [{ providers: [{ ...entry, secret: 'x' }] }, /must not have the field "secret"/],
  [{ providers: [entry, { ...entry, name: 'Other', clientId: 'd' }] }, /has the same id twice/],
  [{ providers: [entry, { ...entry, id: 'other', clientId: 'd' }] }, /has the same name twice/],
  [{ providers: [entry, { ...entry, id: 'other', name: 'Other' }] }, /same client of the same issuer twice/],
  [{ providers: [{ ...entry, id: 'oidc' }] }, /that is the one of OIDC_…/],
])('the file %j is refused in a sentence', (content, said) => {
  expect(() => readIdentityFile(fileOf(content), () => undefined)).toThrow(said)
})

test('an issuer is found once, and its keys anew at each sign-in: the first one after a change of keys succeeds', async () => {
  const asked: string[] = []
  issuer.meddle(({ url }) => {
    asked.push(url!.split('?')[0]!)
    return false
  })
  const client = createOidcIssuer(providerOf(), undefined)
  await expect(signIn(client)).resolves.toMatchObject({ subject: 'ada', email: 'ada@example.org', emailVerified: true, name: 'Ada', groups: null })
  await issuer.rotate('second', 'ES256')
  await expect(signIn(client)).resolves.toMatchObject({ subject: 'ada' })
  issuer.meddle(undefined)
  expect(asked.filter((path) => path.endsWith('openid-configuration'))).toHaveLength(1)
  expect(asked.filter((path) => path === '/jwks')).toHaveLength(2)
  await issuer.rotate('third')
})

test.each(['one that nobody listens at', 'one that fails', 'one that answers without end', 'one that leads elsewhere'])(
  'an issuer that is down, %s, is unavailable in a sentence, and found when it is back',
  async (how) => {
    let ends = 0
    const client = createOidcIssuer(
      providerOf(how === 'one that nobody listens at' ? { issuer: `http://127.0.0.1:${await freePort()}` } : {}),
      undefined,
    )
    issuer.meddle((_request, response) => {
      if (how === 'one that fails') response.writeHead(503).end()
      else if (how === 'one that leads elsewhere') response.writeHead(302, { location: `${issuer.issuer}/elsewhere` }).end()
      else {
        response.writeHead(200, { 'content-type': 'application/json' })
        const more = () => void (response.write(' '.repeat(65_536)) ? setImmediate(more) : response.once('drain', more))
        response.once('close', () => ends++)
        more()
      }
      return true
    })
    await expect(client.begin(terms)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('Test') })
    issuer.meddle(undefined)
    if (how === 'one that nobody listens at') return
    if (how === 'one that answers without end') await expect.poll(() => ends).toBe(1)
    await expect(client.check()).resolves.toContain(issuer.issuer)
    await expect(signIn(client)).resolves.toMatchObject({ subject: 'ada' })
  },
)

test('what was found of an issuer stands while it is down', async () => {
  let time = Date.now()
  const client = createOidcIssuer(providerOf(), undefined, () => time)
  await client.begin(terms)
  time += 2 * 3_600_000
  issuer.meddle((_request, response) => !!response.writeHead(500).end())
  await expect(client.begin(terms)).resolves.toBeInstanceOf(URL)
  issuer.meddle(undefined)
})

test('an issuer that names itself otherwise is the administrator’s to mend', async () => {
  const client = createOidcIssuer(providerOf({ issuer: issuer.issuer.replace('127.0.0.1', 'localhost') }), undefined)
  await expect(client.begin(terms)).rejects.toMatchObject({ code: 'unavailable', params: { sentence: 'unavailable.issuer_settings' } })
})

test('a wrong secret is the administrator’s to mend, and a no of the issuer the person’s', async () => {
  await expect(signIn(createOidcIssuer(providerOf({ clientSecret: 'wrong' }), undefined))).rejects.toMatchObject({
    params: { sentence: 'unavailable.issuer_settings' },
  })
  issuer.signIn(null)
  await expect(signIn(createOidcIssuer(providerOf(), undefined))).rejects.toMatchObject({ code: 'forbidden' })
  issuer.signIn(ada)
})
