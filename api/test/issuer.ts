import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
// @ts-expect-error -- it has no types of its own
import { Provider } from 'oidc-provider'

export type IssuerAccount = { sub: string } & Record<string, unknown>
export type TestIssuer = Awaited<ReturnType<typeof startIssuer>>
type Client = { id: string; secret: string; publicUrl: string; provider?: string }
/** Answers in the issuer's place; false lets it answer itself. */
type Meddle = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>

export async function newKey(kid: string, alg = 'RS256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' }
}

/** `oidc-provider`, an issuer by others, on loopback: whom it knows, and which keys it has, a test changes as it goes. */
export async function startIssuer({ id, secret, publicUrl, provider: providerId = 'test' }: Client) {
  const accounts = new Map<string, IssuerAccount>()
  let keys = [await newKey('first')]
  let loginAs: string | null = null
  let meddle: Meddle | undefined
  let handle: (request: IncomingMessage, response: ServerResponse) => void
  let provider: any // oxlint-disable-line typescript/no-explicit-any -- it has no types

  const server = createServer((request, response) => void answer(request, response).catch((error: unknown) => response.destroy(error as Error)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  function build(): void {
    provider = new Provider(issuer, {
      clients: [
        {
          client_id: id,
          client_secret: secret,
          redirect_uris: [`${publicUrl}/api/v1/auth/oidc/${providerId}/callback`],
          post_logout_redirect_uris: [`${publicUrl}/sign-in`],
          backchannel_logout_uri: `${publicUrl}/api/v1/auth/oidc/${providerId}/backchannel-logout`,
          backchannel_logout_session_required: true,
          grant_types: ['authorization_code'],
          response_types: ['code'],
          id_token_signed_response_alg: keys[0]!.alg,
        },
      ],
      findAccount: (_context: unknown, sub: string) => accounts.has(sub) && { accountId: sub, claims: () => accounts.get(sub) },
      claims: { openid: ['sub', 'sid'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
      // As Entra, Okta and Keycloak do: what a scope gives is in the id_token too.
      conformIdTokenClaims: false,
      features: {
        devInteractions: { enabled: false },
        rpInitiatedLogout: {
          enabled: true,
          logoutSource: (context: { body: string }, form: string) => {
            context.body = form.replace('</form>', '<button name="logout" value="yes">Sign out</button></form>')
          },
        },
        backchannelLogout: { enabled: true },
      },
      interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
      jwks: { keys },
      cookies: {
        keys: ['a key of the test'],
        names: { session: `session${providerId}`, interaction: `interaction${providerId}`, resume: `resume${providerId}` },
      },
      pkce: { required: () => true },
      ttl: { AccessToken: 600, IdToken: 600, Session: 3600, Grant: 3600, Interaction: 600, AuthorizationCode: 60 },
      // Its own refuses addresses of this machine.
      fetch: (url: string, { dispatcher: _, ...init }: RequestInit & { dispatcher?: unknown }) => fetch(url, init),
    })
    handle = provider.callback()
  }
  build()

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await meddle?.(request, response)) return
    if (!request.url!.startsWith('/interaction/')) return handle(request, response)
    const { prompt, params, session } = await provider.interactionDetails(request, response)
    if (loginAs === null) return await provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'no' })
    if (prompt.name === 'login') return await provider.interactionFinished(request, response, { login: { accountId: loginAs } })
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
    if (prompt.details.missingOIDCScope) grant.addOIDCScope(prompt.details.missingOIDCScope.join(' '))
    if (prompt.details.missingOIDCClaims) grant.addOIDCClaims(prompt.details.missingOIDCClaims)
    await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true })
  }

  return {
    issuer,
    accounts,
    signIn(account: IssuerAccount | null): void {
      if (account) accounts.set(account.sub, account)
      loginAs = account?.sub ?? null
    },
    /** Signs with another key from here on; the ones before are withdrawn. */
    async rotate(kid: string, alg = 'RS256'): Promise<void> {
      keys = [await newKey(kid, alg)]
      build()
    },
    /** As the issuer itself would sign it. */
    async sign(claims: Record<string, unknown>, header: Record<string, unknown> = {}, key = keys[0]!): Promise<string> {
      return await new SignJWT(claims).setProtectedHeader({ alg: key.alg!, kid: key.kid!, ...header }).sign(await importJWK(key, key.alg))
    },
    meddle(next: Meddle | undefined): void {
      meddle = next
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A browser without a page: it keeps cookies by host and port, and follows to an address that `until` takes. */
export function createBrowser() {
  const jars = new Map<string, Map<string, string>>()
  function jarOf(origin: string): Map<string, string> {
    const jar = jars.get(origin) ?? new Map<string, string>()
    jars.set(origin, jar)
    return jar
  }

  async function visit(
    start: string,
    until: (url: string) => boolean,
    form?: URLSearchParams,
  ): Promise<{ url: string; body: string; status: number; headers: Headers }> {
    let url = start
    for (let hop = 0; hop < 20; hop++) {
      if (until(url)) return { url, body: '', status: 0, headers: new Headers() }
      const { origin } = new URL(url)
      const jar = jarOf(origin)
      const sent = hop === 0 && form ? { method: 'POST', body: form } : {}
      const answer = await fetch(url, {
        ...sent,
        redirect: 'manual',
        headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      })
      for (const cookie of answer.headers.getSetCookie()) {
        const [name = '', value = ''] = cookie.split(';')[0]!.split(/=(.*)/s)
        if (value) jar.set(name, value)
        else jar.delete(name)
      }
      const next = answer.headers.get('location')
      if (next === null) return { url, body: await answer.text(), status: answer.status, headers: answer.headers }
      await answer.body?.cancel()
      url = new URL(next, url).href
    }
    throw new Error(`too many redirects from ${start}`)
  }
  /** Presses the button of the page's one form, as far as it has hidden fields and one with a name. */
  async function submit({ url, body }: { url: string; body: string }, until: (url: string) => boolean) {
    const action = /action="([^"]+)"/.exec(body)?.[1] ?? ''
    const fields = [...body.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']): [string, string] => [name, value])
    return await visit(new URL(action, url).href, until, new URLSearchParams(fields))
  }

  return { visit, submit, jar: jarOf }
}
