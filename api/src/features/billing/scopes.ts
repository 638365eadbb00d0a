import type { PlanId } from '@jarvis/contracts/plans.ts'
import { type SQL, sql } from 'drizzle-orm'
import type { Payer } from '#lib/money.ts'
import { installationScope, type ScopeKind } from '#ports/database/tables.ts'
import { tokensOfPlan } from './plan-tokens.ts'

/** A budget with its limits, as they are at this moment. */
export type Scope = {
  kind: ScopeKind
  plan: PlanId | null
  tokensMax: number | null
  tokensUsed: number
  tokensSet: number
  ceilingMicroUsd: number | null
  microUsdUsed: number
  microUsdSet: number
}

/** The order in which counters are locked, everywhere: those that more people share come later. */
export const lockOrder = sql`array_position(array['key', 'member', 'person', 'organisation', 'installation'], b.kind), b.user_id, b.cycle_starts_at`

/** Every budget that bounds a payer, with its limits: a person's from their plan, a key's from its row and for what it has under way also when that is gone, an organisation's and a member's from their row, where a ceiling of the person's own holds for the member too, the installation's while it has any. */
export function limits(payer: Payer): SQL {
  const scopes = scopesOf(payer)
  return sql`
  select u.id as scope_id, 'person' as kind, u.plan, ${tokensOfPlan(sql`u.plan`)} as tokens_max, u.ceiling_micro_usd as ceiling
  from users u where u.id = any(${scopes})
  union all select key.id, 'key', null, null, (select budget_micro_usd from api_keys k where k.id = key.id)
    from (select ${payer.keyId ?? null}::uuid as id) as key where key.id is not null
  union all select s.id, kind, null, tokens_per_cycle, least(s.ceiling_micro_usd, u.ceiling_micro_usd)
    from budget_scopes s left join members m on m.id = s.id left join users u on u.id = m.user_id where s.id = any(${scopes})
  union all select ${installationScope}::uuid, 'installation', null, null, ceiling_micro_usd from installation where ceiling_micro_usd is not null`
}

/** As an array of PostgreSQL's. */
export const scopesOf = ({ id, scopes = [id] }: Payer): SQL => sql`${`{${scopes.join(',')}}`}::uuid[]`
