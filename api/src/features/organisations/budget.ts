import type { OrganisationBudget } from '@jarvis/contracts/organisations.ts'
import { and, eq, sql } from 'drizzle-orm'
import { putScope } from '#features/billing/index.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import { changesOf } from '#lib/changes-of.ts'
import { billingCycle } from '#lib/money.ts'
import type { Database } from '#ports/database/index.ts'
import { budgets, budgetScopes, members, organisations } from '#ports/database/tables.ts'
import type { Actor } from './members.ts'
import { noOrganisation } from './shown.ts'

/** What an organisation has used this month, and may. */
export function createBudget({ db, audit }: Pick<Database, 'db'> & { audit: RecordAudit }) {
  async function read(id: string): Promise<OrganisationBudget> {
    const { startsAt, endsAt } = billingCycle(new Date())
    const ofMembers = db
      .select({
        tokens: sql<number>`coalesce(sum(${budgets.tokensUsed}), 0)`.as('tokens'),
        cost: sql<number>`coalesce(sum(${budgets.costMicroUsd}), 0)`.as('cost'),
      })
      .from(members)
      .innerJoin(budgets, and(eq(budgets.scopeId, members.id), eq(budgets.cycleStartsAt, startsAt)))
      .where(eq(members.organisationId, id))
      .as('of_members')
    const [found] = await db
      .select({
        budget: budgets,
        scope: budgetScopes,
        tokens: sql`${ofMembers.tokens}`.mapWith(Number),
        cost: sql`${ofMembers.cost}`.mapWith(Number),
      })
      .from(organisations)
      .leftJoin(budgetScopes, eq(budgetScopes.id, organisations.id))
      .leftJoin(budgets, and(eq(budgets.scopeId, organisations.id), eq(budgets.cycleStartsAt, startsAt)))
      .leftJoin(ofMembers, sql`true`)
      .where(eq(organisations.id, id))
    if (!found) throw noOrganisation()
    const { budget, scope, tokens, cost } = found
    const [tokensUsed, costMicroUsd] = [budget?.tokensUsed ?? 0, budget?.costMicroUsd ?? 0]
    return {
      startsAt: startsAt.toISOString(),
      endsAt: endsAt.toISOString(),
      tokensUsed,
      costMicroUsd,
      tokensReserved: budget?.tokensReserved ?? 0,
      reservedMicroUsd: budget?.reservedMicroUsd ?? 0,
      tokensMax: scope?.tokensPerCycle ?? 0,
      ceilingMicroUsd: scope?.ceilingMicroUsd ?? null,
      // A call may end between the two sums.
      former: { tokensUsed: Math.max(0, tokensUsed - tokens), costMicroUsd: Math.max(0, costMicroUsd - cost) },
    }
  }

  return {
    read,

    async change(id: string, ceilingMicroUsd: number | null, { userId: actorId, origin }: Actor): Promise<OrganisationBudget> {
      await db.transaction(async (tx) => {
        const [before] = await tx.select().from(budgetScopes).where(eq(budgetScopes.id, id)).for('update')
        await putScope(tx, 'organisation', id, { ceilingMicroUsd })
        const details = changesOf({ ceilingMicroUsd: before?.ceilingMicroUsd }, { ceilingMicroUsd })
        if (Object.keys(details).length > 0) await audit(tx, { action: 'organisation.budget_changed', actorId, target: id, details, ...origin })
      })
      return await read(id)
    },
  }
}
