import { readFileSync } from 'node:fs'
import { Email } from '@jarvis/contracts/accounts.ts'
import { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { z } from 'zod'
import { issuerOf, type OidcSettings } from '#config/identity.ts'
import { parseJson } from '#lib/parse-json.ts'
import { faultsOf, sayFault } from '#lib/plain-issues.ts'

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

const ProviderEntry = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be at most 40 small letters, digits and dashes: it is part of an address'),
  kind: z.literal('oidc'),
  name: text.max(60),
  issuer,
  clientId: text,
  /** The variable of the environment that holds its secret; absent, it has none. */
  clientSecretEnv: text.optional(),
  scopes: z
    .array(text)
    .refine((scopes) => scopes.includes('openid'), 'must have "openid" among them')
    .optional(),
  groupsClaim: text.optional(),
  roles: z.record(text, Role).default({}),
  plans: z.record(text, PlanId).default({}),
  /** `trusted`: every address that it names is its person's, whether it says so or not. */
  emails: z.enum(['verified', 'trusted']).default('verified'),
  /** Whether somebody who has no account here gets one. */
  newPeople: z.boolean().default(true),
  /** Only people whose verified address is in one of these. */
  domains: z.array(domain).min(1).optional(),
})

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
    const clients = providers.map(({ issuer, clientId }) => `${issuer} ${clientId}`)
    if (new Set(clients).size < clients.length)
      context.addIssue({ code: 'custom', path: ['providers'], message: 'has the same client of the same issuer twice' })
  })

type Entry = z.infer<typeof ProviderEntry>
export type IdentityProvider = Omit<Entry, 'clientSecretEnv' | 'scopes' | 'groupsClaim'> & {
  clientSecret: string | undefined
  scopes: string[]
  groupsClaim: string
}
/** Who says here who somebody is. `only`: passwords are for those of `breakGlass`, or without any for administrators. */
export type IdentityTable = { providers: IdentityProvider[]; only: boolean; breakGlass: string[] }

const usual = { scopes: ['openid', 'email', 'profile'], groupsClaim: 'groups' }
/** Which one OIDC_… makes; a file has none of this name. */
export const ownProviderId = 'oidc'

export const providerOfSettings = ({ scopes = usual.scopes, groupsClaim = usual.groupsClaim, ...own }: OidcSettings): IdentityProvider => ({
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
  const faults = parsed.data.providers.flatMap(({ id, clientSecretEnv: name }) => [
    ...(name !== undefined && !valueOf(name) ? [`the secret of the provider "${id}" is not set: set ${name}.`] : []),
    ...(id === ownProviderId ? [`names a provider "${id}": that is the one of OIDC_…`] : []),
  ])
  if (faults.length > 0) throw new Error(faults.join('\n'))
  const { providers, only, breakGlass } = parsed.data
  return {
    only,
    breakGlass: breakGlass.map((email) => email.toLowerCase()),
    providers: providers.map(({ clientSecretEnv, scopes = usual.scopes, groupsClaim = usual.groupsClaim, ...entry }) => ({
      ...entry,
      scopes,
      groupsClaim,
      clientSecret: clientSecretEnv === undefined ? undefined : valueOf(clientSecretEnv),
    })),
  }
}
