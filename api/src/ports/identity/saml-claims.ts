import type { Profile } from '@node-saml/node-saml'
import { z } from 'zod'
import type { SamlProvider } from './identity-file.ts'
import type { IssuedIdentity } from './index.ts'

/** What identity providers call it, when the settings do not say. */
const usual = {
  email: ['email', 'mail', 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress', 'urn:oid:0.9.2342.19200300.100.1.3'],
  name: ['displayName', 'name', 'http://schemas.microsoft.com/identity/claims/displayname', 'urn:oid:2.16.840.1.113730.3.1.241'],
  groups: ['groups', 'memberOf', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups'],
}
const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'
const emailFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'
const groupsMax = 2000

type Attributes = Record<string, unknown>

/** Whom an assertion names. Its addresses are nobody's proof but where the settings trust them. @throws Error for one that names nobody for good */
export function identityOfAssertion({ issuer, emails, attributes }: SamlProvider, profile: Profile): IssuedIdentity {
  const said: Attributes = isRecord(profile['attributes']) ? profile['attributes'] : {}
  const own = attributes.subject === undefined ? undefined : valuesOf(said, [attributes.subject])?.[0]
  if (attributes.subject !== undefined && own === undefined) throw new Error(`the assertion has no attribute ${attributes.subject}`)
  if (own === undefined && profile.nameIDFormat === transient) throw new Error('the NameID is transient: it names somebody else each time')
  const subject = own ?? profile.nameID
  if (!subject || subject.length > 500) throw new Error('the assertion names nobody')
  const named = valuesOf(said, attributes.email === undefined ? usual.email : [attributes.email])?.[0]
  const email = z
    .email()
    .max(254)
    .safeParse(named ?? (profile.nameIDFormat === emailFormat ? profile.nameID : undefined))
  return {
    issuer,
    subject,
    sid: typeof profile.sessionIndex === 'string' ? profile.sessionIndex : null,
    email: email.success ? email.data.toLowerCase() : null,
    emailVerified: email.success && emails === 'trusted',
    name: valuesOf(said, attributes.name === undefined ? usual.name : [attributes.name])?.[0]?.slice(0, 100) ?? null,
    groups: valuesOf(said, attributes.groups === undefined ? usual.groups : [attributes.groups])?.slice(0, groupsMax) ?? null,
    idToken: '',
  }
}

/** Of the first of these attributes that is there; undefined where none is, which is not that it is empty. */
function valuesOf(said: Attributes, names: string[]): string[] | undefined {
  const name = names.find((one) => Object.hasOwn(said, one))
  if (name === undefined) return undefined
  return [said[name]].flat().flatMap((value) => (typeof value === 'string' && value.trim() !== '' ? [value.trim()] : []))
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
