import type { KeyScope } from '@jarvis/contracts/api-keys.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import type { Caller } from './caller.ts'
import { type Payer, personPayer } from './money.ts'

/** How an actor came in. Whatever ends this access is published under `id`. */
export type Via =
  | { kind: 'session'; id: string }
  | { kind: 'key'; id: string; scopes: readonly KeyScope[]; models: readonly string[] | null; requestsPerMinute: number | null }

/** Who acts, whose thing it is, who pays, and how they came in: each with the authority read when the request came, never older. */
export type Principal = {
  actor: { id: string; role: Role; plan: PlanId }
  owner: { id: string }
  payer: Payer
  via: Via
}

/** What an access token or an API key gives: the principal, and the flat `Caller` for what does not tell the four apart yet. */
export type Access = Principal &
  Caller & {
    /** The person's role needs a second factor that they do not have: nothing is open to them but setting one up. */
    mustEnrol?: boolean
    /** Where they accept the terms that are in force, which they have not: little else is open to them. */
    termsUrl?: string
  }

/** A person who acts for themselves and pays for it. */
export function personAccess(actor: Principal['actor'], via: Via): Access {
  const { id, role, plan } = actor
  return {
    actor,
    owner: { id },
    payer: personPayer(id, via.kind === 'key' ? via.id : null),
    via,
    userId: id,
    sessionId: via.id,
    role,
    plan,
    ...(via.kind === 'key' && { apiKey: { id: via.id, models: via.models, requestsPerMinute: via.requestsPerMinute, scopes: via.scopes } }),
  }
}
