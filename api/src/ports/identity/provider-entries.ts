import { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { z } from 'zod'
import { issuerOf } from '#config/identity.ts'

const issuer = z.string().transform((value, context) => {
  try {
    return issuerOf(value)
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message })
    return z.NEVER
  }
})
const text = z.string().trim().min(1).max(200)
const domain = z
  .string()
  .toLowerCase()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a domain such as example.org')

const common = {
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be at most 40 small letters, digits and dashes: it is part of an address'),
  name: text.max(60),
  roles: z.record(text, Role).default({}),
  plans: z.record(text, PlanId).default({}),
  /** `trusted`: every address that it names is its person's, whether it says so or not. */
  emails: z.enum(['verified', 'trusted']).default('verified'),
  /** Whether somebody who has no account here gets one. */
  newPeople: z.boolean().default(true),
  /** Only people whose verified address is in one of these. */
  domains: z.array(domain).min(1).optional(),
}

export const OidcEntry = z.strictObject({
  ...common,
  kind: z.literal('oidc'),
  issuer,
  clientId: text,
  /** The variable of the environment that holds its secret; absent, it has none. */
  clientSecretEnv: text.optional(),
  scopes: z
    .array(text)
    .refine((scopes) => scopes.includes('openid'), 'must have "openid" among them')
    .optional(),
  groupsClaim: text.optional(),
})

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
const page = z.string().refine((value) => {
  const url = URL.parse(value)
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.test(url.hostname))
}, 'must be an address that begins with https://, or http:// on this machine')
const bare = (pem: string) => pem.replace('-----BEGIN CERTIFICATE-----', '').replace('-----END CERTIFICATE-----', '')
const certificate = z
  .string()
  .min(200)
  .max(8100)
  .refine((value) => /^[\sA-Za-z0-9+/=]+$/.test(bare(value)), 'must be a certificate in PEM, or its base64')

export const SamlEntry = z.strictObject({
  ...common,
  kind: z.literal('saml'),
  /** How the identity provider names itself, letter for letter. */
  issuer: text.max(500),
  /** Where people sign in there, by the redirect binding. */
  entryPoint: page,
  /** What it signs with; two while it changes. */
  certificates: z.array(certificate).min(1).max(5),
  /** How Jarvis names itself there; absent, the address of its metadata. */
  entityId: text.max(500).optional(),
  /** Attributes that hold what is needed of a person; absent, the usual ones. `subject`: what never changes, in place of the NameID. */
  attributes: z.strictObject({ subject: text, email: text, name: text, groups: text }).partial().default({}),
})

export const LdapEntry = z.strictObject({
  ...common,
  kind: z.literal('ldap'),
  url: z.string().regex(/^ldaps?:\/\/[^\s/@]+$/i, 'must be ldaps://host or ldap://host, with a port if need be'),
  /** Of `ldap:`; passwords go over TLS alone, but on this machine. */
  startTls: z.boolean().default(true),
  /** A file with the certificates of who signed the server's, where the system does not know them. */
  caFile: text.max(500).optional(),
  /** The account that looks people up, and the variable of the environment that holds its password. */
  bindDn: text.max(500),
  bindPasswordEnv: text,
  peopleBase: text.max(500),
  /** `{name}` is what was typed, escaped. */
  peopleFilter: z
    .string()
    .max(1000)
    .refine((value) => value.includes('{name}'), 'must have {name} in it')
    .default('(&(objectClass=person)(|(uid={name})(sAMAccountName={name})(mail={name})))'),
  /** Where groups are looked up that have the person as `member`; absent, `memberOf` of the person says them. */
  groupsBase: text.max(500).optional(),
  /** Attributes that hold what is needed of a person. `subject` never changes: `objectGUID` in Active Directory. */
  attributes: z
    .strictObject({ subject: text.default('entryUUID'), email: text.default('mail'), name: text.default('cn'), group: text.default('cn') })
    .default({ subject: 'entryUUID', email: 'mail', name: 'cn', group: 'cn' }),
})

/** Passwords go in clear over `ldap:` without StartTLS, so that is for this machine alone. */
export const isInClear = ({ url, startTls }: { url: string; startTls: boolean }): boolean =>
  url.toLowerCase().startsWith('ldap:') && !startTls && !loopback.test(new URL(url.replace(/^ldap/i, 'http')).hostname)
