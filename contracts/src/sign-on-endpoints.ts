import { z } from 'zod'
import { Id, Timestamp, text, wholeList } from './text.ts'

const anyone = ['anyone'] as const
const person = ['person'] as const
const nothing = z.null().describe('No content')
const byProvider = z.strictObject({ id: text(40) })
const Next = text(2000)
const Elsewhere = z.object({ url: z.string() })

/** Who a person is at an issuer. */
export const Identity = z
  .object({ id: Id, provider: z.string(), name: z.string(), email: z.string().nullable(), createdAt: Timestamp, lastUsedAt: Timestamp })
  .meta({ id: 'Identity' })
export type Identity = z.infer<typeof Identity>

/** `next` is the page that is gone on with. */
export const SignOnBody = z.strictObject({ provider: text(40), next: Next.optional() })

/** Single sign-on: by an issuer of OpenID Connect, an identity provider of SAML 2.0, or a directory. `start` is for the first two. */
export const signOnEndpoints = {
  beginSignOn: {
    method: 'GET',
    url: '/api/v1/auth/oidc/:id/start',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description: 'For a browser: leads on to the issuer, or back to the page to sign in with what is wrong behind its #.',
      params: byProvider,
      querystring: z.strictObject({ next: Next.optional() }),
      response: { 302: nothing },
    },
  },
  finishSignOn: {
    method: 'GET',
    url: '/api/v1/auth/oidc/:id/callback',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description:
        'Where the issuer sends the browser. Sets the refresh cookie and leads on to the page that was wanted; or back, with what is wrong behind its #. Issuers send more fields than are read.',
      params: byProvider,
      querystring: z.looseObject({ code: z.unknown(), state: z.unknown(), error: z.unknown() }).partial(),
      response: { 302: nothing },
    },
  },
  samlMetadata: {
    method: 'GET',
    url: '/api/v1/auth/saml/:id/metadata',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description: 'What an identity provider of SAML 2.0 is set up with, as XML.',
      params: byProvider,
      response: { 200: z.string() },
    },
  },
  samlAnswer: {
    method: 'POST',
    url: '/api/v1/auth/saml/:id/acs',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description:
        'For identity providers of SAML 2.0, by the browser: a form with the signed response. Leads on to `callback`, where the browser that left shows its cookie; nothing is believed before.',
      params: byProvider,
      body: z.looseObject({ SAMLResponse: text(200_000), RelayState: text(200) }),
      response: { 303: nothing },
    },
  },
  samlFinish: {
    method: 'GET',
    url: '/api/v1/auth/saml/:id/callback',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description: 'As the callback of OpenID Connect, for a response that was posted.',
      params: byProvider,
      querystring: z.looseObject({ state: z.unknown() }).partial(),
      response: { 302: nothing },
    },
  },
  signInByDirectory: {
    method: 'POST',
    url: '/api/v1/auth/ldap/:id/login',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description: 'With the name and password of a directory (LDAP). Sets the refresh cookie; `POST /auth/refresh` then gives an access token.',
      params: byProvider,
      body: z.strictObject({ name: text(254), password: text(1024) }),
      response: { 204: nothing },
    },
  },
  backchannelLogout: {
    method: 'POST',
    url: '/api/v1/auth/oidc/:id/backchannel-logout',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description:
        'For issuers (OpenID Connect Back-Channel Logout 1.0): a signed logout token, as a form. Ends the sessions that it names, on every replica within a second; each token works once.',
      params: byProvider,
      body: z.looseObject({ logout_token: text(16_384) }),
      response: { 200: nothing },
    },
  },
  signOut: {
    method: 'POST',
    url: '/api/v1/auth/oidc/logout',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description: 'As `POST /auth/logout`. `url` is where the browser signs out at the issuer too; null where none vouched for the session.',
      response: { 200: z.object({ url: z.string().nullable() }) },
    },
  },
  identities: {
    method: 'GET',
    url: '/api/v1/me/identities',
    config: { who: person },
    schema: wholeList('accounts', Identity),
  },
  linkIdentity: {
    method: 'POST',
    url: '/api/v1/me/identities',
    config: { who: person },
    schema: {
      tags: ['accounts'],
      description: 'Begins to connect an account at an issuer: the browser goes on at `url`. Needs that the person has shown who they are.',
      body: SignOnBody,
      response: { 200: Elsewhere },
    },
  },
  unlinkIdentity: {
    method: 'DELETE',
    url: '/api/v1/me/identities/:id',
    config: { who: person },
    schema: {
      tags: ['accounts'],
      description: 'Sessions that came by it end. The only way in stays: 409 `conflict`.',
      params: z.strictObject({ id: Id }),
      response: { 204: nothing },
    },
  },
  showByIdentity: {
    method: 'POST',
    url: '/api/v1/auth/reauthenticate/oidc',
    config: { who: person },
    schema: {
      tags: ['accounts'],
      description: 'As `POST /auth/reauthenticate`, at an issuer where the person has an account: the browser goes on at `url`.',
      body: SignOnBody,
      response: { 200: Elsewhere },
    },
  },
} as const
