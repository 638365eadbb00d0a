import { PlanId } from '@jarvis/contracts/plans.ts'
import { eq, sql } from 'drizzle-orm'
import type { Statements } from '#lib/audit-event.ts'
import type { Transaction } from '#ports/database/index.ts'
import { users } from '#ports/database/tables.ts'

const rank = (plan: PlanId) => PlanId.options.indexOf(plan)

/** The better of a person's own plan and of what a seat gives. */
export const planOf = ({ plan, seatPlan }: { plan: PlanId; seatPlan: PlanId | null }): PlanId =>
  seatPlan && rank(seatPlan) > rank(plan) ? seatPlan : plan

/** Gives each member of an organisation what their seat gives now, and nobody anything who has none. Returns those for whom it changed. */
export async function applySeatPlans(tx: Statements, organisationId: string): Promise<string[]> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    update users u set seat_plan = given.plan
    from (select m.user_id, case m.seat when 'held' then o.plan end as plan
      from members m join organisations o on o.id = m.organisation_id where o.id = ${organisationId}) as given
    where u.id = given.user_id and u.seat_plan is distinct from given.plan returning u.id`)
  return rows.map(({ id }) => id)
}

/** For who leaves. */
export async function takeSeatPlan(tx: Pick<Transaction, 'update'>, userId: string): Promise<void> {
  await tx.update(users).set({ seatPlan: null }).where(eq(users.id, userId))
}
