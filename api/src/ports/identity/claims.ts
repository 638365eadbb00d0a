import type { IDToken, UserInfoResponse } from 'openid-client'
import { z } from 'zod'
import type { OidcProvider } from './identity-file.ts'
import type { IssuedIdentity } from './index.ts'

/** A clock that is so far ahead is wrong, or the token is. */
const aheadSeconds = 300
const groupsMax = 2000

type Said = Record<string, unknown>
type Told = { issuer: string; claims: IDToken; info: Partial<UserInfoResponse>; idToken: string }

/** What the library leaves open: a token for another client that names us as a further reader, and one of the future. @throws Error */
export function requireOwnParty({ azp, iat }: IDToken, clientId: string, nowMs: number): void {
  if (azp !== undefined && azp !== clientId) throw new Error('the id_token was made for another client')
  if (iat > nowMs / 1000 + aheadSeconds) throw new Error('the id_token is of the future')
}

/** An address and its proof are taken from one place: those of two would make up a third. */
export function identityOfClaims(
  { groupsClaim, emails }: Pick<OidcProvider, 'groupsClaim' | 'emails'>,
  { issuer, claims, info, idToken }: Told,
): IssuedIdentity {
  const [first, second] = [claims as Said, info as Said]
  const said = first['email'] === undefined ? second : first
  const email = z.email().max(254).safeParse(said['email'])
  const isVerified = said['email_verified'] === true || said['email_verified'] === 'true'
  return {
    issuer,
    subject: claims.sub,
    sid: textOf(first['sid']),
    email: email.success ? email.data.toLowerCase() : null,
    emailVerified: email.success && (isVerified || emails === 'trusted'),
    name: nameOf(first) ?? nameOf(second),
    groups: groupsOf(first, groupsClaim) ?? groupsOf(second, groupsClaim),
    idToken,
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value.trim() : null)

function nameOf(said: Said): string | null {
  const whole = [textOf(said['given_name']), textOf(said['family_name'])].filter(Boolean).join(' ')
  return textOf(said['name'])?.slice(0, 100) ?? (whole.slice(0, 100) || null)
}

/** `realm_access.roles` leads into an object where no claim has that name. */
function groupsOf(said: Said, claim: string): string[] | null {
  const value = claim in said ? said[claim] : claim.split('.').reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), said)
  const list = typeof value === 'string' ? [value] : value
  return Array.isArray(list) ? list.filter((group) => typeof group === 'string').slice(0, groupsMax) : null
}

const isObject = (value: unknown): value is Said => typeof value === 'object' && value !== null && !Array.isArray(value)
