import { sql } from 'drizzle-orm'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createBrowser, newKey } from './issuer.ts'
import { type Browser, problemOf, secret, somebody, startSignOn } from './sign-on.ts'

const signOn = await startSignOn()
const { app, issuer, other, admin, isPage, isCallback, arrived, rowsOf } = signOn
afterAll(() => signOn[Symbol.asyncDispose]())
beforeEach(() => issuer.meddle(undefined))

type Forge = (claims: Record<string, unknown>) => unknown
const now = () => Math.floor(Date.now() / 1000)
const answering = (idToken: unknown) => ({ access_token: 'a', token_type: 'Bearer', id_token: idToken })
const parts = (header: object, claims: object, signature = '') =>
  `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.${signature}`
const without =
  (name: string): Forge =>
  async ({ [name]: _, ...claims }) =>
    answering(await issuer.sign(claims))
const having =
  (fields: () => Record<string, unknown>, header?: Record<string, unknown>): Forge =>
  async (claims) =>
    answering(await issuer.sign({ ...claims, ...fields() }, header))

const forgeries: Record<string, Forge> = {
  'a signature of zeros': async (claims) => answering((await issuer.sign(claims)).replace(/[^.]+$/, Buffer.alloc(256).toString('base64url'))),
  'claims that were changed after it was signed': async (claims) => {
    const [header, , signature] = (await issuer.sign(claims)).split('.')
    return answering(`${header}.${Buffer.from(JSON.stringify({ ...claims, groups: ['admins'] })).toString('base64url')}.${signature}`)
  },
  'no signature (alg none)': (claims) => answering(parts({ alg: 'none' }, claims)),
  'a signature with our own secret (HS256)': async (claims) =>
    answering(await issuer.sign(claims, {}, { kty: 'oct', k: Buffer.from(secret).toString('base64url'), alg: 'HS256', kid: 'first' })),
  'another key under the same name': async (claims) => answering(await issuer.sign(claims, {}, await newKey('first'))),
  'a key that nobody knows': async (claims) => answering(await issuer.sign(claims, {}, await newKey('unknown'))),
  'a key that it brings along': async (claims) => {
    const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...open } = await newKey('own')
    return answering(await issuer.sign(claims, { jwk: open }, await newKey('own')))
  },
  'an extension that must be understood': (claims) => answering(parts({ alg: 'RS256', kid: 'first', crit: ['x'], x: 1 }, claims, 'AAAA')),
  'an encrypted token': () => answering('a.b.c.d.e'),
  'no token at all': () => ({ access_token: 'a', token_type: 'Bearer' }),
  'an answer that is no object': () => 'hello',
  'another issuer': having(() => ({ iss: other.issuer })),
  'another client': having(() => ({ aud: 'somebody-else' })),
  'several clients and no party': having(() => ({ aud: ['jarvis', 'somebody-else'] })),
  'another authorized party': having(() => ({ azp: 'somebody-else' })),
  'a time that is over': having(() => ({ iat: now() - 7200, exp: now() - 3600 })),
  'a time that has not begun': having(() => ({ nbf: now() + 3600 })),
  'a time of the future': having(() => ({ iat: now() + 3600, exp: now() + 7200 })),
  'another nonce': having(() => ({ nonce: 'n'.repeat(43) })),
  'no nonce': without('nonce'),
  'no subject': without('sub'),
  'no end': without('exp'),
  'no beginning': without('iat'),
  'no issuer': without('iss'),
  'no client': without('aud'),
}

/** Goes to the issuer, and comes back with a code that the issuer's token endpoint answers as `forge` does. */
async function comeBack(forge: Forge, change: (callback: URL) => void = () => undefined, more?: (sub: string) => object) {
  const browser = createBrowser()
  const account = somebody({ name: 'Mallory' })
  issuer.signIn(account)
  const { url } = await browser.visit(`${app.url}/api/v1/auth/oidc/test/start`, (at) => at.startsWith(issuer.issuer))
  const asked = new URL(url).searchParams
  const claims = { iss: issuer.issuer, aud: 'jarvis', iat: now(), exp: now() + 600, nonce: asked.get('nonce'), ...account, groups: [] }
  const idToken = await forge(claims)
  issuer.meddle((request, response) => {
    const said = request.url === '/token' ? idToken : request.url === '/me' && more ? more(account.sub) : undefined
    if (said === undefined) return false
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said))
    return true
  })
  const callback = new URL(`${app.url}/api/v1/auth/oidc/test/callback`)
  callback.search = new URLSearchParams({ code: 'c', state: asked.get('state')!, iss: issuer.issuer }).toString()
  change(callback)
  const { url: page } = await browser.visit(callback.href, isPage)
  return { ...(await arrived(browser, page)), account }
}

test('the token that the forged ones are made of is taken', async () => {
  expect(await comeBack(async (claims) => answering(await issuer.sign(claims)))).toMatchObject({ problem: null, user: { name: 'Mallory' } })
})

test.each(Object.keys(forgeries))('a token with %s signs nobody in', async (name) => {
  const { problem, user, account } = await comeBack(forgeries[name]!)
  expect([problem, user]).toEqual(['unauthenticated.sign_on', null])
  expect(await rowsOf(sql`select from users where email = ${account.email}`)).toHaveLength(0)
})

const withoutEmail: Forge = async ({ email: _e, email_verified: _v, groups: _g, ...claims }) => answering(await issuer.sign(claims))

test('what the issuer adds is of the same person, or is not taken', async () => {
  const mine = await comeBack(withoutEmail, undefined, (sub) => ({ sub, email: `${sub}@example.org`, email_verified: true }))
  expect(mine).toMatchObject({ problem: null, user: { emailVerified: true } })
  const swapped = await comeBack(withoutEmail, undefined, () => ({ sub: 'somebody else', email: 'boss@example.org', email_verified: true }))
  expect(swapped).toMatchObject({ problem: 'unauthenticated.sign_on', user: null })
  // Said to be verified is another address.
  const mixed: Forge = async ({ email: _e, groups: _g, ...claims }) => answering(await issuer.sign(claims))
  const half = await comeBack(mixed, undefined, (sub) => ({ sub, email: admin.person.email }))
  expect(half).toMatchObject({ problem: 'conflict.sign_on_email', user: null })
})

const over = 'unauthenticated.sign_on_over'
const refused = 'unauthenticated.sign_on'
const callbacks: Record<string, { said: string; change?: (callback: URL) => void | Promise<void>; before?: (browser: Browser) => void }> = {
  'a state that nobody began': { said: over, change: (callback) => callback.searchParams.set('state', 's'.repeat(43)) },
  'no state': { said: over, change: (callback) => callback.searchParams.delete('state') },
  'two states': { said: over, change: (callback) => callback.searchParams.append('state', 's'.repeat(43)) },
  'a browser that began nothing': { said: over, before: (browser) => browser.jar(app.url).clear() },
  'another browser, which began one of its own': {
    said: over,
    before: (browser) => browser.jar(app.url).set('jarvis_sign_on', 'b'.repeat(43)),
  },
  'another provider’s address': { said: over, change: (callback) => void (callback.pathname = '/api/v1/auth/oidc/other/callback') },
  'another issuer’s name': { said: refused, change: (callback) => callback.searchParams.set('iss', other.issuer) },
  'no issuer’s name, of one that always says it': { said: refused, change: (callback) => callback.searchParams.delete('iss') },
  'no code': { said: refused, change: (callback) => callback.searchParams.delete('code') },
  'two codes': { said: refused, change: (callback) => callback.searchParams.append('code', 'x') },
  'a code of nobody': { said: refused, change: (callback) => callback.searchParams.set('code', 'x') },
  'a no of the person': {
    said: 'forbidden.sign_on_denied',
    change(callback) {
      callback.searchParams.delete('code')
      callback.searchParams.set('error', 'access_denied')
    },
  },
  'ten minutes that are over': {
    said: over,
    change: async () => void (await app.database.db.execute(sql`update sign_on_attempts set expires_at = now() - interval '1 second'`)),
  },
}

test.each(Object.keys(callbacks))('a callback with %s signs nobody in', async (name) => {
  const { said, change, before } = callbacks[name]!
  const browser = createBrowser()
  issuer.signIn(somebody())
  const { url } = await browser.visit(`${app.url}/api/v1/auth/oidc/test/start`, isCallback)
  const callback = new URL(url)
  await change?.(callback)
  before?.(browser)
  const { problem, user } = await arrived(browser, (await browser.visit(callback.href, isPage)).url)
  expect([problem, user]).toEqual([said, null])
})

test('a callback works once, and of two at once for one; tabs of one browser do not get in each other’s way', async () => {
  const browser = createBrowser()
  const account = somebody()
  issuer.signIn(account)
  const begin = async () => (await browser.visit(`${app.url}/api/v1/auth/oidc/test/start`, isCallback)).url
  const [first, second] = [await begin(), await begin()]
  const both = await Promise.all([browser.visit(first, isPage), browser.visit(first, isPage)])
  expect(new Set(both.map(({ url }) => problemOf(url)))).toEqual(new Set([over, null]))
  expect(new URL((await browser.visit(second, isPage)).url).hash).toBe('')
  expect(await rowsOf(sql`select from users where email = ${String(account.email)}`)).toHaveLength(1)
})
