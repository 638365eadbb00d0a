import { type PlanId, planLimits } from '@jarvis/contracts/plans.ts'
import type { UsageQuery, UsageReport } from '@jarvis/contracts/usage.ts'
import { and, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { billingCycle } from '#lib/money.ts'
import type { Database } from '#ports/database/index.ts'
import { budgets, ledger, reservations } from '#ports/database/tables.ts'

export { billingRoutes } from './routes.ts'

export type Charge = { model: string; kind: 'answer' | 'embedding'; inputTokens: number; outputTokens: number; costMicroUsd: number }
export type Reserved = { budgetLeft: number }
export type Billing = ReturnType<typeof createBilling>
/** Longer than any transaction that is about to settle. */
const orphanSecondsMin = 60
type Tx = Parameters<Parameters<Database['db']['transaction']>[0]>[0]

/**
 * What may still be spent, and what was. Tokens are reserved before a model is called, by one conditional statement, and settled
 * for what they really were; the ledger only grows, and every total is a sum over it.
 */
export function createBilling({ db }: Pick<Database, 'db'>) {
  /** Idempotent by run: a recovered run finds its reservation. @throws budget_exhausted */
  async function reserve(caller: Pick<Caller, 'userId' | 'plan'>, runId: string, tokens: number): Promise<Reserved> {
    const cycle = billingCycle(new Date())
    const tokensMax = planLimits[caller.plan].tokensPerCycle
    const key = { userId: caller.userId, cycleStartsAt: cycle.startsAt }
    return await db.transaction(async (tx) => {
      await tx.insert(budgets).values(key).onConflictDoNothing()
      const fresh = await tx
        .insert(reservations)
        .values({ runId, tokens, ...key })
        .onConflictDoNothing()
        .returning({ runId: reservations.runId })
      const wanted = fresh.length > 0 ? tokens : 0
      const [budget] = await tx
        .update(budgets)
        .set({ tokensReserved: sql`${budgets.tokensReserved} + ${wanted}` })
        .where(and(ofCycle(key), sql`(${wanted} = 0 or ${budgets.tokensUsed} + ${budgets.tokensReserved} + ${wanted} <= ${tokensMax})`))
        .returning()
      if (!budget) throw exhausted(caller.plan, cycle.endsAt)
      const free = tokensMax - budget.tokensUsed - budget.tokensReserved + (wanted || tokens)
      return { budgetLeft: Math.max(0, free) / tokensMax }
    })
  }

  /** Inside the caller's transaction: gives back what was reserved and books what was really used. */
  async function settle(tx: Tx, run: { runId: string; userId: string; conversationId: string }, charges: Charge[]): Promise<void> {
    const [reservation] = await tx.delete(reservations).where(eq(reservations.runId, run.runId)).returning()
    const cycleStartsAt = reservation?.cycleStartsAt ?? billingCycle(new Date()).startsAt
    await book(tx, { ...run, cycleStartsAt }, charges, reservation?.tokens ?? 0)
  }

  async function book(
    tx: Tx,
    to: { userId: string; cycleStartsAt: Date; runId?: string; conversationId?: string },
    charges: Charge[],
    release: number,
  ) {
    const sum = (field: 'inputTokens' | 'outputTokens' | 'costMicroUsd') => charges.reduce((total, charge) => total + charge[field], 0)
    const used = sum('inputTokens') + sum('outputTokens')
    const key = { userId: to.userId, cycleStartsAt: to.cycleStartsAt }
    await tx.insert(budgets).values(key).onConflictDoNothing()
    await tx
      .update(budgets)
      .set({
        tokensReserved: sql`${budgets.tokensReserved} - ${release}`,
        tokensUsed: sql`${budgets.tokensUsed} + ${used}`,
        costMicroUsd: sql`${budgets.costMicroUsd} + ${sum('costMicroUsd')}`,
      })
      .where(ofCycle(key))
    if (charges.length > 0) await tx.insert(ledger).values(charges.map((charge) => ({ ...to, ...charge })))
  }

  return {
    reserve,
    settle,

    /** Gives back what is still reserved for runs that are over or gone: their process died before it could. */
    async releaseOrphans(): Promise<void> {
      await db.execute(sql`
        with orphans as (
          delete from reservations r
          where r.created_at < now() - make_interval(secs => ${orphanSecondsMin})
            and not exists (select 1 from runs where runs.id = r.run_id and runs.status in ('queued', 'running'))
          returning r.user_id, r.cycle_starts_at, r.tokens),
        sums as (select user_id, cycle_starts_at, sum(tokens) as tokens from orphans group by user_id, cycle_starts_at)
        update budgets b set tokens_reserved = b.tokens_reserved - s.tokens
        from sums s where b.user_id = s.user_id and b.cycle_starts_at = s.cycle_starts_at`)
    },

    /** Books work that belongs to no run, such as embedding a memory that a person wrote. */
    async charge(userId: string, charges: Charge[]): Promise<void> {
      if (charges.every(({ inputTokens, outputTokens }) => inputTokens + outputTokens === 0)) return
      await db.transaction((tx) => book(tx, { userId, cycleStartsAt: billingCycle(new Date()).startsAt }, charges, 0))
    },

    async usage(caller: Caller, query: z.infer<typeof UsageQuery>): Promise<UsageReport> {
      const cycle = billingCycle(new Date())
      const from = query.from ? new Date(query.from) : cycle.startsAt
      const to = query.to ? new Date(query.to) : cycle.endsAt
      const key = groupKeys[query.group]
      const rows = await db
        .select({
          key,
          inputTokens: sql<number>`sum(${ledger.inputTokens})`.mapWith(Number),
          outputTokens: sql<number>`sum(${ledger.outputTokens})`.mapWith(Number),
          costMicroUsd: sql<number>`sum(${ledger.costMicroUsd})`.mapWith(Number),
          calls: sql<number>`count(*)`.mapWith(Number),
        })
        .from(ledger)
        .where(and(eq(ledger.userId, caller.userId), gte(ledger.createdAt, from), lt(ledger.createdAt, to)))
        .groupBy(sql`1`)
        .orderBy(sql`1`)
      const [budget] = await db
        .select()
        .from(budgets)
        .where(ofCycle({ userId: caller.userId, cycleStartsAt: cycle.startsAt }))
      return {
        items: rows,
        nextCursor: null,
        totals: rows.reduce(
          (total, row) => ({
            inputTokens: total.inputTokens + row.inputTokens,
            outputTokens: total.outputTokens + row.outputTokens,
            costMicroUsd: total.costMicroUsd + row.costMicroUsd,
            calls: total.calls + row.calls,
          }),
          { inputTokens: 0, outputTokens: 0, costMicroUsd: 0, calls: 0 },
        ),
        cycle: {
          startsAt: cycle.startsAt.toISOString(),
          endsAt: cycle.endsAt.toISOString(),
          tokensUsed: budget?.tokensUsed ?? 0,
          tokensReserved: budget?.tokensReserved ?? 0,
          tokensMax: planLimits[caller.plan].tokensPerCycle,
        },
      }
    },
  }
}

const groupKeys: Record<z.infer<typeof UsageQuery>['group'], SQL<string>> = {
  day: sql<string>`to_char(${ledger.createdAt} at time zone 'UTC', 'YYYY-MM-DD')`,
  model: sql<string>`${ledger.model}`,
  conversation: sql<string>`coalesce(${ledger.conversationId}::text, '')`,
}

const ofCycle = (key: { userId: string; cycleStartsAt: Date }) => and(eq(budgets.userId, key.userId), eq(budgets.cycleStartsAt, key.cycleStartsAt))

function exhausted(plan: PlanId, resetsAt: Date): AppError {
  const day = resetsAt.toISOString().slice(0, 10)
  const retryAfterSeconds = Math.ceil((resetsAt.getTime() - Date.now()) / 1000)
  return new AppError('budget_exhausted', `This month’s tokens of the ${plan} plan are used up. They start again on ${day} (UTC).`, {
    retryAfterSeconds,
  })
}
