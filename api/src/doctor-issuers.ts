import { sayError } from '#lib/describe-error.ts'
import type { IdentityProvider } from '#ports/identity/identity-file.ts'
import { openOutward } from '#ports/proxy/index.ts'
import type { Proxies } from './config/proxies.ts'
import { openDirectory, openIssuer } from './open-identities.ts'

/** Finds an issuer's settings and its keys, or asks a directory, as a sign-in will. @throws Error that says why not */
export async function tryIssuer(provider: IdentityProvider, { proxies, publicUrl }: { proxies: Proxies; publicUrl: string }): Promise<string> {
  if (provider.kind === 'ldap') return `${await (await openDirectory(provider)).check()} answers`
  const outward = openOutward(proxies)
  try {
    const issuer = await openIssuer(provider, { publicUrl, outward })
    return `${await issuer.check()} ${provider.kind === 'saml' ? 'is checked at a sign-in' : 'answers'}`
  } catch (error) {
    // The sentence is for who signs in; what is wrong is behind it.
    const { cause } = error as Error
    throw cause instanceof Error ? new Error(sayError(cause), { cause }) : error
  } finally {
    await outward?.close()
  }
}
