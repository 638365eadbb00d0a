import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SQL, sql } from 'drizzle-orm'
import { createClient } from './client.ts'
import { freePort } from './engines/free-port.ts'
import { createBrowser, type IssuerAccount, startIssuer } from './issuer.ts'
import { startTestApp } from './test-app.ts'

export const secret = 'a secret of the client, long enough'
export type Browser = ReturnType<typeof createBrowser>

let people = 0
export function somebody(fields: Record<string, unknown> = {}): IssuerAccount {
  const name = `sso${++people}`
  return { sub: name, email: `${name}@example.org`, email_verified: true, name: `Sam ${people}`, ...fields }
}

export const problemOf = (url: string): string | null => new URLSearchParams(new URL(url).hash.slice(1)).get('problem')

/** Jarvis with two issuers and one that is down, and somebody who signs in by them as a browser does. */
export async function startSignOn() {
  await using stack = new AsyncDisposableStack()
  const port = String(await freePort())
  const publicUrl = `http://127.0.0.1:${port}`
  const issuer = stack.use(await startIssuer({ id: 'jarvis', secret, publicUrl }))
  const other = stack.use(await startIssuer({ id: 'jarvis', secret, publicUrl, provider: 'other' }))
  const down = `http://127.0.0.1:${await freePort()}`
  const file = join(mkdtempSync(join(tmpdir(), 'jarvis-identity-')), 'identity.json')
  const entry = { kind: 'oidc', clientId: 'jarvis', clientSecretEnv: 'TEST_SECRET', scopes: ['openid', 'email', 'profile', 'groups'] }
  const mapping = { roles: { admins: 'admin', leads: 'enterprise', staff: 'user' }, plans: { payers: 'pro' } }
  const providers = [
    { ...entry, ...mapping, id: 'test', name: 'Test', issuer: issuer.issuer },
    { ...entry, id: 'other', name: 'Other', issuer: other.issuer, domains: ['example.org'], newPeople: false },
    { ...entry, id: 'down', name: 'Down', issuer: down },
  ]
  writeFileSync(file, JSON.stringify({ providers }))
  const app = stack.use(await startTestApp({ PORT: port, PUBLIC_URL: publicUrl, IDENTITY_FILE: file, TEST_SECRET: secret }))
  const admin = await app.signUp()

  const isPage = (url: string) => url.startsWith(app.url) && !url.startsWith(`${app.url}/api/`)
  const isCallback = (url: string) => url.startsWith(`${app.url}/api/`) && url.includes('/callback')

  async function signIn(account: IssuerAccount | null, { browser = createBrowser(), provider = 'test', next = '' } = {}) {
    const there = provider === 'other' ? other : issuer
    there.signIn(account)
    const query = next ? `?next=${encodeURIComponent(next)}` : ''
    const { url } = await browser.visit(`${app.url}/api/v1/auth/oidc/${provider}/start${query}`, isPage)
    return await arrived(browser, url)
  }

  /** What the page finds: where it is, what is wrong, and who is signed in. */
  async function arrived(browser: Browser, url: string) {
    const { pathname, search } = new URL(url)
    const refreshToken = browser.jar(app.url).get('jarvis_refresh')
    const client = createClient(app.url)
    const { status, body } = await client.post('/api/v1/auth/refresh?transport=body', { refreshToken: refreshToken ?? 'none' })
    if (status === 200) client.useToken(body.accessToken)
    return {
      browser,
      client,
      at: pathname + search,
      problem: problemOf(url),
      user: status === 200 ? body.user : null,
      refreshToken: body.refreshToken as string,
      accessToken: body.accessToken as string,
    }
  }

  const resources = stack.move()
  return {
    app,
    issuer,
    other,
    admin,
    isPage,
    isCallback,
    signIn,
    arrived,
    rowsOf: async (query: SQL) => (await app.database.db.execute(query)).rows,
    auditOf: async (action: string) => (await app.auditRows()).filter((row) => row.action === action),
    /** As if they had signed in an hour ago. */
    later: (userId: string) =>
      app.database.db.execute(
        sql`update sessions set created_at = now() - interval '1 hour', authenticated_at = null where user_id = ${userId} and revoked_at is null`,
      ),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
