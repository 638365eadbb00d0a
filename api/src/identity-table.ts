import { type IdentityTable, providerOfSettings, readIdentityFile } from '#ports/identity/identity-file.ts'
import type { Config } from './config.ts'
import { readOperatorFile } from './operator-file.ts'

/** Who says here who somebody is: the provider of OIDC_…, and those of IDENTITY_FILE. @throws ConfigError for a fault in the file */
export function identityTable({ identity, firstAdmin, keyOf }: Pick<Config, 'identity' | 'firstAdmin' | 'keyOf'>): IdentityTable {
  const file = identity.file ? readOperatorFile('IDENTITY_FILE', identity.file, (path) => readIdentityFile(path, keyOf)) : undefined
  const own = identity.oidc ? [providerOfSettings(identity.oidc)] : []
  const breakGlass = file && file.breakGlass.length > 0 ? file.breakGlass : firstAdmin ? [firstAdmin.email.toLowerCase()] : []
  return { providers: [...own, ...(file?.providers ?? [])], only: identity.only || (file?.only ?? false), breakGlass }
}

/** What groups of a directory give: what those of any provider here do, by their names. */
export const groupMapping = ({ providers }: IdentityTable) => ({
  roles: Object.assign({}, ...providers.map(({ roles }) => roles)) as IdentityTable['providers'][number]['roles'],
  plans: Object.assign({}, ...providers.map(({ plans }) => plans)) as IdentityTable['providers'][number]['plans'],
})
