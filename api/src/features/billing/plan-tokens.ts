import { type PlanId, planLimits } from '@jarvis/contracts/plans.ts'
import { type SQL, sql } from 'drizzle-orm'
import type { Transaction } from '#ports/database/index.ts'
import { budgetScopes, installationChoices, organisations } from '#ports/database/tables.ts'

const builtIn = JSON.stringify(Object.fromEntries(Object.entries(planLimits).map(([plan, { tokensPerCycle }]) => [plan, tokensPerCycle])))

/** The tokens of a billing cycle that a plan allows: what an administrator chose, or what is built in. */
export const tokensOfPlan = (plan: SQL): SQL<number> => sql`coalesce(
  (select (c.value ->> (${plan} || '.tokensPerCycle'))::bigint from ${installationChoices} c where c.name = 'plans'),
  (${builtIn}::jsonb ->> ${plan})::bigint)`

/** They stay so until the transaction has ended. */
export async function planTokens(tx: Transaction, plan: PlanId): Promise<number> {
  await tx.execute(sql`select from ${installationChoices} where name = 'plans' for share`)
  const { rows } = await tx.execute<{ tokens: string }>(sql`select ${tokensOfPlan(sql`${plan}::text`)} as tokens`)
  return Number(rows[0]!.tokens)
}

/** After a change of the plan: what its seats give to their organisations. */
export async function applyPlanTokens(tx: Transaction, plan: PlanId): Promise<void> {
  await tx.execute(sql`
    update ${budgetScopes} s set tokens_per_cycle = o.seats * ${tokensOfPlan(sql`o.plan`)}
    from ${organisations} o where o.id = s.id and s.kind = 'organisation' and o.plan = ${plan}`)
}
