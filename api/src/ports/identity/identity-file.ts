import { readFileSync } from 'node:fs'
import { Email } from '@jarvis/contracts/accounts.ts'
import { z } from 'zod'
import type { OidcSettings } from '#config/identity.ts'
import { parseJson } from '#lib/parse-json.ts'
import { faultsOf, sayFault } from '#lib/plain-issues.ts'
import { isInClear, LdapEntry, OidcEntry, SamlEntry } from './provider-entries.ts'

const ProviderEntry = z.discriminatedUnion('kind', [OidcEntry, SamlEntry, LdapEntry])

const IdentityFile = z
  .strictObject({
    providers: z.array(ProviderEntry).min(1),
    /** Passwords are for those of `breakGlass` alone. */
    only: z.boolean().default(false),
    breakGlass: z.array(Email).default([]),
  })
  .superRefine(({ providers }, context) => {
    for (const name of ['id', 'name'] as const)
      if (new Set(providers.map((provider) => provider[name])).size < providers.length)
        context.addIssue({ code: 'custom', path: ['providers'], message: `has the same ${name} twice` })
    const clients = providers.flatMap((one) => (one.kind === 'oidc' ? [`${one.issuer} ${one.clientId}`] : []))
    if (new Set(clients).size < clients.length)
      context.addIssue({ code: 'custom', path: ['providers'], message: 'has the same client of the same issuer twice' })
    for (const [at, one] of providers.entries())
      if (one.kind === 'ldap' && isInClear(one))
        context.addIssue({ code: 'custom', path: ['providers', at, 'startTls'], message: 'must be true: passwords would go in clear' })
  })

export type OidcProvider = Omit<z.infer<typeof OidcEntry>, 'clientSecretEnv' | 'scopes' | 'groupsClaim'> & {
  clientSecret: string | undefined
  scopes: string[]
  groupsClaim: string
}
export type SamlProvider = z.infer<typeof SamlEntry>
export type LdapProvider = Omit<z.infer<typeof LdapEntry>, 'bindPasswordEnv' | 'caFile'> & { bindPassword: string; ca: string | undefined }
export type IdentityProvider = OidcProvider | SamlProvider | LdapProvider
/** Who says here who somebody is. `only`: passwords are for those of `breakGlass`, or without any for administrators. */
export type IdentityTable = { providers: IdentityProvider[]; only: boolean; breakGlass: string[] }

const usual = { scopes: ['openid', 'email', 'profile'], groupsClaim: 'groups' }
/** Which one OIDC_… makes; a file has none of this name. */
export const ownProviderId = 'oidc'

export const providerOfSettings = ({ scopes = usual.scopes, groupsClaim = usual.groupsClaim, ...own }: OidcSettings): OidcProvider => ({
  ...own,
  id: ownProviderId,
  kind: 'oidc',
  scopes,
  groupsClaim,
  emails: 'verified',
  newPeople: true,
})

/** @throws Error, a line a fault */
export function readIdentityFile(path: string, valueOf: (name: string) => string | undefined): IdentityTable {
  let content: unknown
  try {
    content = parseJson(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Error(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
  const parsed = IdentityFile.safeParse(content)
  if (!parsed.success)
    throw new Error(
      faultsOf(parsed.error)
        .map((fault) => `${path}: ${sayFault(fault, 'the file')}`)
        .join('\n'),
    )
  const faults: string[] = []
  const secretOf = (id: string, name: string): string => {
    const value = valueOf(name)
    if (!value) faults.push(`the secret of the provider "${id}" is not set: set ${name}.`)
    return value ?? ''
  }
  const { providers: entries, only, breakGlass } = parsed.data
  const providers = entries.map((entry): IdentityProvider => {
    if (entry.id === ownProviderId) faults.push(`names a provider "${entry.id}": that is the one of OIDC_…`)
    if (entry.kind === 'saml') return entry
    if (entry.kind === 'ldap') {
      const { bindPasswordEnv, caFile, ...directory } = entry
      return { ...directory, bindPassword: secretOf(entry.id, bindPasswordEnv), ca: caFile === undefined ? undefined : caOf(caFile, faults) }
    }
    const { clientSecretEnv: secret, scopes = usual.scopes, groupsClaim = usual.groupsClaim, ...client } = entry
    return { ...client, scopes, groupsClaim, clientSecret: secret === undefined ? undefined : secretOf(entry.id, secret) }
  })
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return { only, breakGlass: breakGlass.map((email) => email.toLowerCase()), providers }
}

function caOf(path: string, faults: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    faults.push(`caFile ${path} cannot be read: ${(error as Error).message}`)
    return undefined
  }
}
