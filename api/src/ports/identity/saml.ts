import { X509Certificate } from 'node:crypto'
import { type Profile, SAML, SamlStatusError, ValidateInResponseTo } from '@node-saml/node-saml'
import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'
import type { SamlProvider } from './identity-file.ts'
import type { Issuer, SignOnTerms } from './index.ts'
import { identityOfAssertion } from './saml-claims.ts'

const skewMs = 60_000
/** As long as somebody may be away. */
const ageMsMax = 600_000
/** A response has some 20 kB; with many groups 100. */
const responseBytesMax = 200_000

const one = <Shape extends z.ZodType>(shape: Shape) => z.tuple([shape]).transform(([value]) => value)
/** Of the signed assertion: what the library does not look at. One subject, one authentication. */
const Signed = z.object({
  Assertion: z.object({
    Issuer: one(z.union([z.string(), z.object({ _: z.string() }).transform(({ _ }) => _)])),
    Subject: one(
      z.object({
        SubjectConfirmation: z
          .array(
            z.object({
              $: z.object({ Method: z.string() }),
              SubjectConfirmationData: one(
                z.object({ $: z.object({ Recipient: z.string(), InResponseTo: z.string(), NotOnOrAfter: z.string() }) }),
              ).optional(),
            }),
          )
          .min(1),
      }),
    ),
    AuthnStatement: z.array(z.object({ $: z.object({ AuthnInstant: z.string() }) })).min(1),
  }),
})
const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'

export const acsOf = (publicUrl: string, id: string) => `${publicUrl}/api/v1/auth/saml/${id}/acs`
const metadataOf = (publicUrl: string, id: string) => `${publicUrl}/api/v1/auth/saml/${id}/metadata`

export type SamlIssuer = Issuer & { metadata(): string }

/** An identity provider of SAML 2.0: our request by redirect, its answer by post. It signs the assertion, and answers what we asked and nothing else. */
export function createSamlIssuer(provider: SamlProvider, publicUrl: string, now = Date.now): SamlIssuer {
  const { id, name, issuer } = provider
  const recipient = acsOf(publicUrl, id)
  const entityId = provider.entityId ?? metadataOf(publicUrl, id)
  const requestOf = ({ nonce }: Pick<SignOnTerms, 'nonce'>) => `_${nonce}`

  /** For one request, which it knows by its id: so any process finishes what another began, and no answer is good for a second one. */
  const partyOf = (terms: Pick<SignOnTerms, 'nonce' | 'anew'>) =>
    new SAML({
      entryPoint: provider.entryPoint,
      issuer: entityId,
      callbackUrl: recipient,
      idpCert: provider.certificates,
      idpIssuer: issuer,
      audience: entityId,
      wantAssertionsSigned: true,
      // Many sign the assertion alone: that is what counts.
      wantAuthnResponseSigned: false,
      validateInResponseTo: ValidateInResponseTo.always,
      requestIdExpirationPeriodMs: ageMsMax,
      generateUniqueId: () => requestOf(terms),
      cacheProvider: {
        saveAsync: async (_key, value) => ({ value, createdAt: now() }),
        getAsync: async (key) => (key === requestOf(terms) ? new Date(now()).toISOString() : null),
        removeAsync: async (key) => key,
      },
      acceptedClockSkewMs: skewMs,
      maxAssertionAgeMs: ageMsMax,
      identifierFormat: null,
      disableRequestedAuthnContext: true,
      forceAuthn: terms.anew,
      signatureAlgorithm: 'sha256',
      digestAlgorithm: 'sha256',
    })

  /** Issuer, recipient, request and time, as they are signed. @throws Error */
  function requireOurs(profile: Profile, terms: SignOnTerms): void {
    const { Assertion } = Signed.parse(profile.getAssertion?.())
    if (Assertion.Issuer.trim() !== issuer || profile.issuer !== issuer) throw new Error('the assertion is of another issuer')
    const isOurs = Assertion.Subject.SubjectConfirmation.some(({ $: { Method }, SubjectConfirmationData: data }) => {
      if (Method !== bearer || !data) return false
      const { Recipient, InResponseTo, NotOnOrAfter } = data.$
      return Recipient === recipient && InResponseTo === requestOf(terms) && Date.parse(NotOnOrAfter) + skewMs > now()
    })
    if (!isOurs) throw new Error('the assertion is for another recipient, another request or another time')
    if (!terms.anew) return
    const isFresh = Assertion.AuthnStatement.some(({ $: { AuthnInstant } }) => Date.parse(AuthnInstant) + ageMsMax > now())
    if (!isFresh) throw new Error('the person did not show anew that it is they')
  }

  async function finish(answer: string, terms: SignOnTerms) {
    const xml = Buffer.from(answer, 'base64').toString('utf8')
    // Nothing of SAML has one: it is there for entities.
    if (answer.length > responseBytesMax || /<!DOCTYPE|<!ENTITY/i.test(xml)) throw new Error('the response is too long, or has a document type')
    const { profile, loggedOut } = await partyOf(terms).validatePostResponseAsync({ SAMLResponse: answer })
    if (!profile || loggedOut) throw new Error('the response names nobody')
    requireOurs(profile, terms)
    return identityOfAssertion(provider, profile)
  }

  return {
    id,
    name,
    async begin(terms) {
      return new URL(await partyOf(terms).getAuthorizeUrlAsync(terms.state, undefined, {}))
    },

    async finish(_callback, terms, answer) {
      try {
        return await finish(answer ?? '', terms)
      } catch (error) {
        if (error instanceof AppError) throw error
        throw refusal(error instanceof SamlStatusError ? 'forbidden.sign_on_denied' : 'unauthenticated.sign_on', { provider: name }, { cause: error })
      }
    },

    async readLogout() {
      throw refusal('invalid_request.logout_token')
    },
    endSession: async () => null,

    /** Nobody is asked: it is reached by the browser alone. */
    async check() {
      for (const certificate of provider.certificates) {
        const pem = certificate.includes('BEGIN') ? certificate : `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----`
        const { validTo } = new X509Certificate(pem)
        if (Date.parse(validTo) < now()) throw new Error(`a certificate ended on ${validTo}`)
      }
      return `its certificates are good; give it ${metadataOf(publicUrl, id)}; the rest`
    },

    metadata: () => partyOf({ nonce: 'metadata', anew: false }).generateServiceProviderMetadata(null),
  }
}
