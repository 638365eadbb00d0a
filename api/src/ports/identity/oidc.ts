import { createRemoteJWKSet, customFetch as joseFetch, type FetchImplementation } from 'jose'
import * as oidc from 'openid-client'
import type { Dispatcher } from 'undici'
import { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'
import { createBoundedFetch, issuerMsMax } from './bounded-fetch.ts'
import { identityOfClaims, requireOwnParty } from './claims.ts'
import type { OidcProvider } from './identity-file.ts'
import type { Issuer, SignOnTerms } from './index.ts'
import { verifyLogout } from './logout-token.ts'
import { isAway, issuerRefusal, unavailable } from './issuer-refusals.ts'

/** Only signatures that the issuer alone can make: none, and no secret that we have too. */
export const signatures = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/** Settings of an issuer are looked up anew after so long. */
const discoveredMs = 3_600_000
const keysMs = 600_000
/** Logout tokens come from anybody: an unknown key asks the issuer this seldom. */
const cooldownMs = 5000
/** After a failure the next one that comes does not wait as long once more. */
const awayMs = 2000

type Metadata = oidc.ServerMetadata
type Found = { metadata: Metadata; at: number }

/** An OpenID Connect issuer, found by its address. Nothing of it is asked for before somebody wants to sign in. */
export function createOidcIssuer(provider: OidcProvider, dispatcher: Dispatcher | undefined, now = Date.now): Issuer {
  const { id, name, clientId, clientSecret } = provider
  const boundedFetch = createBoundedFetch(dispatcher)
  const isInsecure = provider.issuer.startsWith('http:')
  let found: Found | undefined
  let looking: Promise<Metadata> | undefined
  let failedAt = -Infinity
  let keys: { uri: string; set: ReturnType<typeof createRemoteJWKSet> } | undefined

  async function discover(): Promise<Metadata> {
    const options = { timeout: issuerMsMax / 1000, [oidc.customFetch]: boundedFetch, ...(isInsecure && { execute: [oidc.allowInsecureRequests] }) }
    const metadata: Metadata = (await oidc.discovery(new URL(provider.issuer), clientId, undefined, oidc.None(), options)).serverMetadata()
    // Not those that it lists: it may sign with another key before its settings are looked up again.
    const known = { ...metadata, id_token_signing_alg_values_supported: signatures }
    found = { metadata: known, at: now() }
    return known
  }

  /** What was found stands while the issuer cannot be asked again. @throws unavailable, unauthenticated */
  async function metadataOf(): Promise<Metadata> {
    if (found && now() - found.at < discoveredMs) return found.metadata
    if (now() - failedAt < awayMs && !looking) return found?.metadata ?? Promise.reject(unavailable(name))
    looking ??= discover().finally(() => (looking = undefined))
    try {
      return await looking
    } catch (error) {
      failedAt = now()
      if (found) return found.metadata
      throw isAway(error) ? unavailable(name, error) : refusal('unavailable.issuer_settings', { provider: name }, { cause: error })
    }
  }

  /** Without keys from before: one that was changed is known at once, and one that was withdrawn opens nothing. */
  async function client(): Promise<oidc.Configuration> {
    const metadata = await metadataOf()
    const takesBasic = metadata.token_endpoint_auth_methods_supported?.includes('client_secret_basic') ?? true
    const authentication =
      clientSecret === undefined ? oidc.None() : takesBasic ? oidc.ClientSecretBasic(clientSecret) : oidc.ClientSecretPost(clientSecret)
    const config = new oidc.Configuration(metadata, clientId, { [oidc.clockTolerance]: 30 }, authentication)
    config.timeout = issuerMsMax / 1000
    config[oidc.customFetch] = boundedFetch
    oidc.enableNonRepudiationChecks(config)
    if (isInsecure) oidc.allowInsecureRequests(config)
    return config
  }

  function keySet({ jwks_uri: uri }: Metadata) {
    if (uri === undefined) throw new Error('the issuer names no keys')
    if (keys?.uri !== uri) {
      const asked: FetchImplementation = async (url, { headers }) =>
        await boundedFetch(url, { method: 'GET', headers: Object.fromEntries(headers), body: null, redirect: 'manual' })
      const options = { timeoutDuration: issuerMsMax, cooldownDuration: cooldownMs, cacheMaxAge: keysMs, [joseFetch]: asked }
      keys = { uri, set: createRemoteJWKSet(new URL(uri), options) }
    }
    return keys.set
  }

  async function finish(callback: URL, { state, nonce, verifier, anew }: SignOnTerms) {
    const config = await client()
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true, ...(anew && { maxAge: 0 }) }
    const tokens = await oidc.authorizationCodeGrant(config, callback, checks)
    const claims = tokens.claims()!
    requireOwnParty(claims, clientId, now())
    const { issuer, userinfo_endpoint: more } = config.serverMetadata()
    const isWhole = claims['email'] !== undefined && claims['name'] !== undefined && claims[provider.groupsClaim] !== undefined
    const info = isWhole || more === undefined ? {} : await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)
    return identityOfClaims(provider, { issuer, claims, info, idToken: tokens.id_token! })
  }

  return {
    id,
    name,
    async begin({ redirectUri, state, nonce, verifier, anew }) {
      return oidc.buildAuthorizationUrl(await client(), {
        redirect_uri: redirectUri,
        scope: provider.scopes.join(' '),
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(anew && { max_age: '0', prompt: 'login' }),
      })
    },

    async finish(callback, terms) {
      try {
        return await finish(callback, terms)
      } catch (error) {
        throw error instanceof AppError ? error : issuerRefusal(name, error)
      }
    },

    async readLogout(logoutToken) {
      const metadata = await metadataOf()
      return await verifyLogout(logoutToken, { keys: keySet(metadata), issuer: metadata.issuer, clientId, signatures, name })
    },

    async endSession(idToken, returnTo) {
      const config = await client().catch(() => undefined)
      if (config?.serverMetadata().end_session_endpoint === undefined) return null
      return oidc.buildEndSessionUrl(config, { id_token_hint: idToken, post_logout_redirect_uri: returnTo }).href
    },

    async check() {
      found = undefined
      failedAt = -Infinity
      const { jwks_uri: uri, token_endpoint: token } = await metadataOf()
      if (token === undefined || uri === undefined) throw new Error('it names no token endpoint or no keys')
      const answer = await boundedFetch(uri, { method: 'GET', headers: {}, body: null, redirect: 'manual' })
      if (!answer.ok) throw new Error(`its keys answer ${answer.status}`)
      return provider.issuer
    },
  }
}
