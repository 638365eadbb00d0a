import { sayError } from '#lib/describe-error.ts'
import type { IdentityProvider } from '#ports/identity/identity-file.ts'
import { createLdapDirectory } from '#ports/identity/ldap.ts'
import { createOidcIssuer } from '#ports/identity/oidc.ts'
import { createSamlIssuer } from '#ports/identity/saml.ts'
import { openOutward } from '#ports/proxy/index.ts'
import type { Proxies } from './config/proxies.ts'

/** Finds an issuer's settings and its keys, or asks a directory, as a sign-in will. @throws Error that says why not */
export async function tryIssuer(provider: IdentityProvider, { proxies, publicUrl }: { proxies: Proxies; publicUrl: string }): Promise<string> {
  if (provider.kind === 'saml') return `${await createSamlIssuer(provider, publicUrl).check()} is checked at a sign-in`
  if (provider.kind === 'ldap') return `${await createLdapDirectory(provider).check()} answers`
  const outward = openOutward(proxies)
  try {
    return `${await createOidcIssuer(provider, outward).check()} answers`
  } catch (error) {
    // The sentence is for who signs in; what is wrong is behind it.
    const { cause } = error as Error
    throw cause instanceof Error ? new Error(sayError(cause), { cause }) : error
  } finally {
    await outward?.close()
  }
}
