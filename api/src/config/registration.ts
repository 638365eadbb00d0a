import { z } from 'zod'
import type { Environment } from './environment.ts'

/** Who may make an account of their own. The first person may in any case. */
export type Registration = { kind: 'open' | 'closed' | 'invitation' } | { kind: 'domains'; domains: string[] }
export type FirstAdmin = { email: string; password: string }

const Domain = z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/)

/** @throws Error with a sentence */
export function registrationOf(value: string): Registration {
  if (value === 'open' || value === 'closed' || value === 'invitation') return { kind: value }
  const domains = value
    .replace(/^domains:/, '')
    .toLowerCase()
    .split(',')
    .map((domain) => domain.trim())
  if (!value.startsWith('domains:') || !domains.every((domain) => Domain.safeParse(domain).success))
    throw new Error('must be open, closed, invitation, or domains:example.org,example.net')
  return { kind: 'domains', domains }
}

export function registrationFaults(env: Environment): string[] {
  const faults: string[] = []
  if (env.REGISTER_BY_LETTER === 'on' && !env.SMTP_URL) faults.push('REGISTER_BY_LETTER: needs SMTP_URL, for a letter has to arrive')
  if (env.ADMIN_EMAIL && !env.ADMIN_PASSWORD) faults.push('ADMIN_PASSWORD: is needed with ADMIN_EMAIL')
  if (env.ADMIN_PASSWORD && !env.ADMIN_EMAIL) faults.push('ADMIN_EMAIL: is needed with ADMIN_PASSWORD')
  return faults
}

/** Of a domain everybody can say that they are, until a letter arrives there. */
export function byLetterOf({ REGISTER_BY_LETTER: wish, REGISTRATION, SMTP_URL: smtp }: Environment): boolean {
  const isMeant = wish === undefined ? REGISTRATION.kind === 'domains' : wish !== 'off'
  return isMeant && smtp !== undefined
}

export const firstAdminOf = ({ ADMIN_EMAIL: email, ADMIN_PASSWORD: password }: Environment): FirstAdmin | undefined =>
  email && password ? { email, password } : undefined
