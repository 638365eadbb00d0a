import { type PlanId, planLimits } from '@jarvis/contracts/plans.ts'
import type { UsageQuery, UsageReport } from '@jarvis/contracts/usage.ts'
import { and, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { billingCycle, totalOf } from '#lib/money.ts'
import type { Database } from '#ports/database/index.ts'
import { budgets, ledger, reservations } from '#ports/database/tables.ts'

export { billingRoutes } from './routes.ts'

export type Charge = { model: string; kind: 'answer' | 'embedding'; inputTokens: number; outputTokens: number; costMicroUsd: number }
export type Reserved = { budgetLeft: number }
export type Billing = ReturnType<typeof createBilling>
/** Longer than any transaction that is about to settle. */
const orphanSecondsMin = 60

/**
 * What may still be spent, and what was. Tokens are reserved before a model is called, by one conditional statement, and settled
 * for what they really were; the ledger only grows, and every total is a sum over it.
 */
export function createBilling({ db }: Pick<Database, 'db'>) {
  /** One statement, so that no two runs can spend the same tokens. Idempotent by run: a recovered run finds its reservation. @throws budget_exhausted */
  async function reserve(caller: Pick<Caller, 'userId' | 'plan'>, runId: string, tokens: number): Promise<Reserved> {
    const cycle = billingCycle(new Date())
    const tokensMax = planLimits[caller.plan].tokensPerCycle
    const { rows } = await db.execute<{ tokens_used: string; tokens_reserved: string }>(sql`
      with fresh as (
        insert into reservations (run_id, user_id, cycle_starts_at, tokens)
        values (${runId}, ${caller.userId}, ${cycle.startsAt}, ${tokens}) on conflict do nothing returning tokens)
      insert into budgets as b (user_id, cycle_starts_at, tokens_reserved)
      select ${caller.userId}, ${cycle.startsAt}, coalesce((select tokens from fresh), 0) where ${tokens} <= ${tokensMax}::bigint
      on conflict (user_id, cycle_starts_at) do update set tokens_reserved = b.tokens_reserved + excluded.tokens_reserved
      where excluded.tokens_reserved = 0 or b.tokens_used + b.tokens_reserved + excluded.tokens_reserved <= ${tokensMax}
      returning tokens_used, tokens_reserved`)
    const [budget] = rows
    if (!budget) {
      await db.delete(reservations).where(eq(reservations.runId, runId))
      throw exhausted(caller.plan, cycle.endsAt)
    }
    const free = tokensMax - Number(budget.tokens_used) - Number(budget.tokens_reserved) + tokens
    return { budgetLeft: Math.max(0, free) / tokensMax }
  }

  /**
   * The end of a statement that begins `with first as (…)`: gives back what was reserved for a run and books what was really used, if
   * `first` has a row. Part of the caller's own statement, so that it happens with it or not at all.
   */
  function settlement(to: { userId: string; runId?: string; conversationId?: string }, charges: Charge[]): SQL {
    const { inputTokens, outputTokens, costMicroUsd } = totalOf(charges)
    const { userId, runId = null, conversationId = null } = to
    return sql`
      released as (delete from reservations where run_id = ${runId} and exists (select from first) returning cycle_starts_at, tokens),
      cycle as (
        select coalesce((select cycle_starts_at from released), ${billingCycle(new Date()).startsAt}) as starts_at,
               coalesce((select tokens from released), 0) as released
        where exists (select from first)),
      booked as (
        insert into budgets as b (user_id, cycle_starts_at, tokens_used, cost_micro_usd)
        select ${userId}, starts_at, ${inputTokens + outputTokens}, ${costMicroUsd} from cycle
        on conflict (user_id, cycle_starts_at) do update set
          tokens_reserved = b.tokens_reserved - (select released from cycle),
          tokens_used = b.tokens_used + excluded.tokens_used,
          cost_micro_usd = b.cost_micro_usd + excluded.cost_micro_usd),
      entered as (
        insert into ledger (user_id, cycle_starts_at, run_id, conversation_id, kind, model, input_tokens, output_tokens, cost_micro_usd)
        select ${userId}, starts_at, ${runId}, ${conversationId}, c."kind", c."model", c."inputTokens", c."outputTokens", c."costMicroUsd"
        from cycle, jsonb_to_recordset(${JSON.stringify(charges)}::jsonb)
          as c("kind" text, "model" text, "inputTokens" bigint, "outputTokens" bigint, "costMicroUsd" bigint))
      select from first`
  }

  return {
    reserve,
    settlement,

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
      await db.execute(sql`with first as (select 1), ${settlement({ userId }, charges)}`)
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
