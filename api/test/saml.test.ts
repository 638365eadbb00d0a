import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import * as samlify from 'samlify'
import { afterAll, expect, test } from 'vitest'
import { createClient } from './client.ts'
import { freePort } from './engines/free-port.ts'
import { createBrowser } from './issuer.ts'
import { type Asked, type Assertion, assertionFor, minutes, newPair, readRequest, responseOf, signed, transientFormat, xmlOf } from './saml-idp.ts'
import { problemOf } from './sign-on.ts'
import { startTestApp } from './test-app.ts'

const idp = newPair('idp')
const next = newPair('next')
const evil = newPair('evil')
const issuer = 'https://idp.example.org/saml'
const port = String(await freePort())
const publicUrl = `http://127.0.0.1:${port}`
const file = join(mkdtempSync(join(tmpdir(), 'jarvis-saml-')), 'identity.json')
const entry = { kind: 'saml', issuer, entryPoint: 'https://idp.example.org/sso', certificates: [idp.cert, next.cert] }
const providers = [
  { ...entry, id: 'trusted', name: 'Trusted', emails: 'trusted', roles: { admins: 'admin', leads: 'enterprise' }, plans: { payers: 'pro' } },
  { ...entry, id: 'plain', name: 'Plain', newPeople: true, domains: undefined },
  { ...entry, id: 'third', name: 'Third', issuer: 'https://third.example.org', entryPoint: 'https://third.example.org/sso', emails: 'trusted' },
]
writeFileSync(file, JSON.stringify({ providers }))
const app = await startTestApp({ PORT: port, PUBLIC_URL: publicUrl, IDENTITY_FILE: file })
const admin = await app.signUp()
afterAll(() => app[Symbol.asyncDispose]())

type Browser = ReturnType<typeof createBrowser>
const isPage = (url: string) => url.startsWith(app.url) && !url.startsWith(`${app.url}/api/`)
const passwordContext = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'
let people = 0
const somebody = () => `saml${++people}@example.org`
const rowsOf = async (email: string) =>
  (await app.database.db.execute<{ id: string; verified_email: string }>(sql`select * from users where email = ${email}`)).rows

async function leave(provider = 'trusted', browser = createBrowser()): Promise<{ browser: Browser; asked: Asked }> {
  const { url } = await browser.visit(`${app.url}/api/v1/auth/oidc/${provider}/start`, (at) => !at.startsWith(app.url))
  return { browser, asked: readRequest(url) }
}

/** Has the browser post the response, and finds who is signed in. */
async function answer(browser: Browser, asked: Pick<Asked, 'acs' | 'relayState'>, xml: string) {
  const form = new URLSearchParams({ SAMLResponse: Buffer.from(xml).toString('base64'), RelayState: asked.relayState })
  const { url } = await browser.visit(asked.acs, isPage, form)
  const client = createClient(app.url)
  const { status, body } = await client.post('/api/v1/auth/refresh?transport=body', {
    refreshToken: browser.jar(app.url).get('jarvis_refresh') ?? 'none',
  })
  if (status === 200) client.useToken(body.accessToken)
  return { problem: isPage(url) ? problemOf(url) : 'nowhere', user: status === 200 ? body.user : null, client }
}

const respond = (asked: Asked, fields: Partial<Assertion> = {}) =>
  responseOf(signed(xmlOf(assertionFor(issuer, asked, fields)), 'Assertion', idp), issuer, asked)

async function signIn(fields: Partial<Assertion> = {}, provider = 'trusted') {
  const { browser, asked } = await leave(provider)
  return await answer(browser, asked, respond(asked, fields))
}

test('somebody new comes in by a signed assertion, with role and plan by their groups, and again as the same', async () => {
  const email = somebody()
  const groups = (...names: string[]) => ({ attributes: { email: [email], displayName: ['Ann Example'], groups: names } })
  const first = await signIn({ nameId: 'ann-1', format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', ...groups('leads', 'payers') })
  expect(first).toMatchObject({ problem: null, user: { email, name: 'Ann Example', role: 'enterprise', plan: 'pro', emailVerified: true } })
  const again = await signIn({ nameId: 'ann-1', format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', ...groups('others') })
  expect(again).toMatchObject({ problem: null, user: { id: first.user.id, role: 'user', plan: 'free' } })
  expect((await first.client.get('/api/v1/me')).status).toBe(200)
  const [row] = (await app.auditRows()).filter(({ action, actorId }) => action === 'login.succeeded' && actorId === first.user.id)
  expect(row!.details).toEqual({ provider: 'trusted' })
})

test('an account is linked only where the provider’s addresses are trusted', async () => {
  const person = await app.signUp()
  const { email } = person.person
  expect(await signIn({ nameId: email }, 'plain')).toMatchObject({ problem: 'conflict.sign_on_email', user: null })
  expect(await signIn({ nameId: email })).toMatchObject({ problem: null, user: { id: person.user.id } })
  // Their address was never shown to be theirs: what the maker of the account held is over.
  expect((await person.get('/api/v1/me')).status).toBe(401)
  const fresh = somebody()
  expect(await signIn({ nameId: fresh }, 'plain')).toMatchObject({ problem: null, user: { email: fresh, emailVerified: false } })
})

test('a provider signs with its next key before the old one is taken out; the page to sign in shows each; its metadata says where to answer', async () => {
  const { browser, asked } = await leave()
  const email = somebody()
  const xml = responseOf(signed(xmlOf(assertionFor(issuer, asked, { nameId: email })), 'Assertion', next), issuer, asked)
  expect((await answer(browser, asked, xml)).user).toMatchObject({ email })
  const { body } = await app.anyone().get('/api/v1/auth/methods')
  expect(body.providers.map(({ id, kind }: { id: string; kind: string }) => `${kind}:${id}`)).toEqual(['saml:trusted', 'saml:plain', 'saml:third'])
  const metadata = await app.anyone().get('/api/v1/auth/saml/trusted/metadata')
  expect(metadata.body).toContain(`${publicUrl}/api/v1/auth/saml/trusted/acs`)
  expect((await app.anyone().get('/api/v1/auth/saml/nobody/metadata')).status).toBe(404)
})

test('an identity provider by others, samlify, signs somebody in', async () => {
  samlify.setSchemaValidator({ validate: async () => 'it is well-formed' })
  const { browser, asked } = await leave('third')
  const { body: metadata } = await app.anyone().get('/api/v1/auth/saml/third/metadata')
  const party = samlify.ServiceProvider({ metadata })
  const email = somebody()
  const at = new Date().toISOString()
  // Its own template says nothing of when the person signed in there, as the profile of single sign-on demands.
  const signedIn = `<saml:AuthnStatement AuthnInstant="${at}"><saml:AuthnContext><saml:AuthnContextClassRef>${passwordContext}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`
  const other = samlify.IdentityProvider({
    entityID: 'https://third.example.org',
    privateKey: idp.key,
    signingCert: idp.cert,
    requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    nameIDFormat: ['urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'],
    singleSignOnService: [{ Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', Location: 'https://third.example.org/sso' }],
    loginResponseTemplate: { context: samlify.SamlLib.defaultLoginResponseTemplate.context.replace('{AuthnStatement}', signedIn), attributes: [] },
  })
  const values = {
    ID: '_response',
    AssertionID: '_assertion',
    Destination: asked.acs,
    SubjectRecipient: asked.acs,
    AssertionConsumerServiceURL: asked.acs,
    Audience: party.entityMeta.getEntityID(),
    Issuer: 'https://third.example.org',
    IssueInstant: at,
    StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success',
    InResponseTo: asked.id,
    ConditionsNotBefore: at,
    ConditionsNotOnOrAfter: minutes(5).toISOString(),
    SubjectConfirmationDataNotOnOrAfter: minutes(5).toISOString(),
    NameIDFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    NameID: email,
    AttributeStatement: '',
  }
  const filled = (template: string) => ({ id: '_response', context: samlify.SamlLib.replaceTagsByValue(template, values) })
  const context = await other.createLoginResponse(party, { extract: { request: { id: asked.id } } }, 'post', { email }, filled)
  const made = await answer(browser, asked, Buffer.from((context as { context: string }).context, 'base64').toString())
  expect(made).toMatchObject({ problem: null, user: { email } })
})

const changed = (from: string, to: string) => (asked: Asked) => respond(asked).replace(from, to)
const having = (fields: (asked: Asked) => Partial<Assertion>) => (asked: Asked) => respond(asked, fields(asked))
/** `forged` says somebody else, `original` is signed. */
const wrapped = (wrap: (original: string, forged: string, signature: string) => string) => (asked: Asked) => {
  const original = signed(xmlOf(assertionFor(issuer, asked)), 'Assertion', idp)
  const forged = xmlOf(assertionFor(issuer, asked, { id: '_evil', nameId: admin.person.email }))
  return responseOf(wrap(original, forged, /<Signature.*<\/Signature>/s.exec(original)![0]), issuer, asked)
}

const forgeries: Record<string, (asked: Asked) => string> = {
  'no signature': (asked) => responseOf(xmlOf(assertionFor(issuer, asked)), issuer, asked),
  'a signature of the response alone': (asked) => signed(responseOf(xmlOf(assertionFor(issuer, asked)), issuer, asked), 'Response', idp),
  'a signature by another key': (asked) => responseOf(signed(xmlOf(assertionFor(issuer, asked)), 'Assertion', evil), issuer, asked),
  'another issuer': (asked) => responseOf(signed(xmlOf(assertionFor('https://other.example.org', asked)), 'Assertion', idp), issuer, asked),
  'another issuer throughout': (asked) =>
    responseOf(signed(xmlOf(assertionFor('https://other.example.org', asked)), 'Assertion', idp), 'https://other.example.org', asked),
  'another audience': having(() => ({ audience: 'https://other.example.org' })),
  'another recipient': having(() => ({ recipient: 'https://other.example.org/acs' })),
  'the recipient of another provider here': having(({ acs }) => ({ recipient: acs.replace('/trusted/', '/plain/') })),
  'an answer to another request': having(() => ({ inResponseTo: '_another' })),
  'an answer to no request': having(() => ({ inResponseTo: '' })),
  'a time that is over': having(() => ({ notOnOrAfter: minutes(-2) })),
  'a time that has not begun': having(() => ({ notBefore: minutes(2) })),
  'another method than bearer': having(() => ({ method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' })),
  'a name for this time alone': having(() => ({ format: transientFormat, nameId: '_t1', attributes: { email: [somebody()] } })),
  'no name': having(() => ({ nameId: '' })),
  'an attribute that was changed': (asked) => respond(asked, { attributes: { groups: ['staff'] } }).replace('>staff<', '>admins<'),
  'a name that was changed': changed('>ann@example.org<', '>root@example.org<'),
  'a comment that was put into the name': changed('>ann@example.org<', '>root@example.org<!---->.ann@example.org<'),
  'a comment in the digest': (asked) =>
    respond(asked).replace('<DigestValue>', '<DigestValue><!--AAAA-->').replace('>ann@example.org<', '>root@example.org<'),
  'a forged assertion before it': wrapped((original, forged) => forged + original),
  'a forged assertion after it': wrapped((original, forged) => original + forged),
  'the original inside a forged one': wrapped((original, forged) => forged.replace('</saml:Assertion>', `<x>${original}</x></saml:Assertion>`)),
  'two of the same ID': wrapped((original, forged) => forged.replace('_evil', '_a1') + original),
  'its signature moved into a forged one, the original in an object': wrapped((original, forged, signature) =>
    forged.replace(
      '</saml:Issuer>',
      `</saml:Issuer>${signature.replace('</Signature>', `<Object>${original.replace(signature, '')}</Object></Signature>`)}`,
    ),
  ),
  'the same under the ID that was signed': wrapped((original, forged, signature) =>
    forged
      .replace('_evil', '_a1')
      .replace(
        '</saml:Issuer>',
        `</saml:Issuer>${signature.replace('</Signature>', `<Object>${original.replace(signature, '')}</Object></Signature>`)}`,
      ),
  ),
  'the original in the extensions': wrapped((original, forged) => `<samlp:Extensions>${original}</samlp:Extensions>${forged}`),
  'two signed infos': wrapped((_original, forged, signature) =>
    forged
      .replace('_evil', '_a1')
      .replace('</saml:Issuer>', `</saml:Issuer>${signature.replace('<SignedInfo>', '<SignedInfo><a/></SignedInfo><SignedInfo>')}`),
  ),
  'a document type': (asked) => `<!DOCTYPE x>${respond(asked)}`,
  'an entity': (asked) => `<!DOCTYPE x [<!ENTITY a "root@example.org">]>${respond(asked).replace('>ann@example.org<', '>&a;<')}`,
  'a file as an entity': (asked) => `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>${respond(asked).replace('>ann@', '>&a;ann@')}`,
  'no assertion': (asked) => responseOf('', issuer, asked),
  'a logout in its place': (asked) =>
    `<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_l" Version="2.0" InResponseTo="${asked.id}"/>`,
  'no XML': () => 'hello',
}

test('the response that the forged ones are made of is taken', async () => {
  expect(await signIn()).toMatchObject({ problem: null, user: { email: 'ann@example.org' } })
})

test.each(Object.keys(forgeries))('a response with %s signs nobody in', async (name) => {
  const { browser, asked } = await leave()
  const { problem, user } = await answer(browser, asked, forgeries[name]!(asked))
  expect([problem, user]).toEqual(['unauthenticated.sign_on', null])
  expect(await rowsOf('root@example.org')).toEqual([])
})

test('a comment that the provider itself signed cuts nothing off the name', async () => {
  const { browser, asked } = await leave()
  const honest = signed(xmlOf(assertionFor(issuer, asked, { nameId: 'ann@example.org.evil.example' })), 'Assertion', idp)
  const made = await answer(browser, asked, responseOf(honest.replace('ann@example.org.evil', 'ann@example.org<!---->.evil'), issuer, asked))
  expect(made.user?.email ?? 'nobody').not.toBe('ann@example.org')
})

test('a response is good once, for the browser that left, at the provider that it left for, while it waits', async () => {
  const { browser, asked } = await leave()
  const xml = respond(asked)
  const over = { problem: 'unauthenticated.sign_on_over', user: null }
  expect(await answer(createBrowser(), asked, xml)).toMatchObject(over)
  // The one that stole it has spent nothing but the answer: who left begins anew.
  expect(await answer(browser, asked, xml)).toMatchObject(over)

  const own = await leave()
  expect((await answer(own.browser, own.asked, respond(own.asked))).problem).toBeNull()
  expect((await answer(createBrowser(), own.asked, respond(own.asked))).problem).toBe(over.problem)

  const elsewhere = await leave()
  const acs = elsewhere.asked.acs.replace('/trusted/', '/plain/')
  expect(await answer(elsewhere.browser, { ...elsewhere.asked, acs }, respond(elsewhere.asked))).toMatchObject(over)
  expect((await answer(elsewhere.browser, { ...elsewhere.asked, relayState: 's'.repeat(43) }, respond(elsewhere.asked))).problem).toBe(over.problem)

  const late = await leave()
  await app.database.db.execute(sql`update sign_on_attempts set expires_at = now() - interval '1 second'`)
  expect(await answer(late.browser, late.asked, respond(late.asked))).toMatchObject(over)
})

test('an assertion for one sign-in is not good for the next, and a no of the provider is said', async () => {
  const first = await leave()
  const xml = respond(first.asked)
  const second = await leave('trusted', first.browser)
  expect(await answer(second.browser, second.asked, xml)).toMatchObject({ problem: 'unauthenticated.sign_on', user: null })
  const refused = await leave()
  const no = responseOf('', issuer, refused.asked, 'Responder')
  expect(await answer(refused.browser, refused.asked, no)).toMatchObject({ problem: 'forbidden.sign_on_denied', user: null })
})
