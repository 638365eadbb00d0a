import { sayError } from '#lib/describe-error.ts'
import type { IdentityProvider } from '#ports/identity/identity-file.ts'
import { createOidcIssuer } from '#ports/identity/oidc.ts'
import { openOutward } from '#ports/proxy/index.ts'
import type { Proxies } from './config/proxies.ts'

/** Finds an issuer's settings and its keys, as a sign-in will. @throws Error that says why not */
export async function tryIssuer(provider: IdentityProvider, proxies: Proxies): Promise<string> {
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
