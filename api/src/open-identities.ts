import type { Dispatcher } from 'undici'
import type { LdapProvider, OidcProvider, SamlProvider } from '#ports/identity/identity-file.ts'
import type { Directory, Issuer } from '#ports/identity/index.ts'

// The libraries of a kind are read where one of it is set: most installations have none.

export async function openIssuer(
  provider: OidcProvider | SamlProvider,
  { publicUrl, outward }: { publicUrl: string; outward: Dispatcher | undefined },
): Promise<Issuer & { metadata?(): string }> {
  if (provider.kind === 'saml') {
    const { createSamlIssuer } = await import('#ports/identity/saml.ts')
    return createSamlIssuer(provider, publicUrl)
  }
  const { createOidcIssuer } = await import('#ports/identity/oidc.ts')
  return createOidcIssuer(provider, outward)
}

export async function openDirectory(provider: LdapProvider): Promise<Directory> {
  const { createLdapDirectory } = await import('#ports/identity/ldap.ts')
  return createLdapDirectory(provider)
}
