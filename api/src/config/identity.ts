import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import type { Environment } from './environment.ts'

/** The provider of OIDC_…, as an entry of IDENTITY_FILE has it. */
export type OidcSettings = {
  issuer: string
  clientId: string
  clientSecret: string | undefined
  name: string
  scopes: string[] | undefined
  groupsClaim: string | undefined
  roles: Record<string, Role>
  plans: Record<string, PlanId>
}

export type IdentityConfig = {
  file: string | undefined
  oidc: OidcSettings | undefined
  /** Passwords are for the administrator of ADMIN_EMAIL alone. */
  only: boolean
}

const roles = ['user', 'enterprise', 'admin'] as const
const plans = ['free', 'pro', 'enterprise'] as const

/** `jarvis-admins=admin,staff=user`. @throws Error with a sentence */
const mapOf =
  <Value extends string>(known: readonly Value[], example: string) =>
  (text: string): Record<string, Value> =>
    Object.fromEntries(
      text.split(',').map((pair) => {
        const at = pair.lastIndexOf('=')
        const [group, value] = [pair.slice(0, Math.max(at, 0)).trim(), pair.slice(at + 1).trim()]
        const found = known.find((one) => one === value)
        if (group === '' || found === undefined) throw new Error(`must be groups with one of ${known.join(', ')} each, such as ${example}`)
        return [group, found]
      }),
    )

export const rolesOf = mapOf(roles, 'jarvis-admins=admin,staff=user')
export const plansOf = mapOf(plans, 'staff=pro')

const loopback = /^(localhost|[^.]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** Exactly as the issuer names itself. Without TLS only on this machine. @throws Error with a sentence */
export function issuerOf(value: string): string {
  const url = URL.parse(value)
  const isUrl = url !== null && ['http:', 'https:'].includes(url.protocol) && [url.search, url.hash, url.username, url.password].join('') === ''
  if (!isUrl) throw new Error('must be the issuer’s address, such as https://login.example.org/realms/staff')
  if (url.protocol === 'http:' && !loopback.test(url.hostname)) throw new Error('must begin with https://, unless the issuer is this machine')
  return value
}

export const scopesOf = (value: string): string[] => {
  const scopes = value.split(/[\s,]+/).filter(Boolean)
  if (!scopes.includes('openid')) throw new Error('must have openid among them, such as "openid email profile groups"')
  return scopes
}

export function identityFaults(env: Environment): string[] {
  const further = ['OIDC_CLIENT_SECRET', 'OIDC_NAME', 'OIDC_SCOPES', 'OIDC_GROUPS_CLAIM', 'OIDC_ROLES', 'OIDC_PLANS'] as const
  const faults: string[] = []
  if (env.OIDC_ISSUER && !env.OIDC_CLIENT_ID) faults.push('OIDC_CLIENT_ID: is needed with OIDC_ISSUER')
  for (const name of ['OIDC_CLIENT_ID', ...further] as const)
    if (env[name] !== undefined && !env.OIDC_ISSUER) faults.push(`${name}: does nothing without OIDC_ISSUER`)
  if (env.OIDC_ONLY && !env.OIDC_ISSUER && !env.IDENTITY_FILE) faults.push('OIDC_ONLY: needs OIDC_ISSUER or IDENTITY_FILE, for nobody could sign in')
  return faults
}

export const identityOf = (env: Environment, file: string | undefined): IdentityConfig => ({
  file,
  only: env.OIDC_ONLY,
  oidc:
    env.OIDC_ISSUER && env.OIDC_CLIENT_ID
      ? {
          issuer: env.OIDC_ISSUER,
          clientId: env.OIDC_CLIENT_ID,
          clientSecret: env.OIDC_CLIENT_SECRET,
          name: env.OIDC_NAME ?? new URL(env.OIDC_ISSUER).hostname,
          scopes: env.OIDC_SCOPES,
          groupsClaim: env.OIDC_GROUPS_CLAIM,
          roles: env.OIDC_ROLES ?? {},
          plans: env.OIDC_PLANS ?? {},
        }
      : undefined,
})
