import type { AdminUsageQuery, AdminUsageReport } from '@jarvis/contracts/admin.ts'
import type { Usage } from '@jarvis/contracts/chat.ts'
import type { UsageQuery, UsageReport } from '@jarvis/contracts/usage.ts'
import { and, eq, gte, inArray, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { Caller } from '#lib/caller.ts'
import { billingCycle, totalOf } from '#lib/money.ts'
import type { Database } from '#ports/database/index.ts'
import { budgets, budgetScopes, installation, ledger, members, organisations, reservations, users } from '#ports/database/tables.ts'
import { tokensOfPlan } from './plan-tokens.ts'

type Span = { from?: string | undefined; to?: string | undefined }
type Group = z.infer<typeof AdminUsageQuery>['group']

/** Sums over the ledger: what was paid for, by whom and for what. */
export function createUsage({ db }: Pick<Database, 'db'>) {
  async function report(group: Group, span: Span, userId: string | undefined): Promise<AdminUsageReport> {
    const cycle = billingCycle(new Date())
    const within = and(
      isSpent,
      gte(ledger.createdAt, span.from ? new Date(span.from) : cycle.startsAt),
      lt(ledger.createdAt, span.to ? new Date(span.to) : cycle.endsAt),
      userId === undefined ? undefined : or(eq(ledger.actorId, userId), and(eq(ledger.payerId, userId), isNull(ledger.actorId))),
    )
    const sums = db
      .select({ key: groupKeys[group], ...sumColumns })
      .from(ledger)
      .$dynamic()
    const grouped = group === 'plan' ? sums.leftJoin(users, sql`${users.id} = ${actor}`) : sums
    const items = await grouped
      .where(within)
      .groupBy(sql`1`)
      .orderBy(sql`1`)
    const sum = (key: 'calls' | 'estimatedCalls' | 'estimatedCostMicroUsd') => items.reduce((total, item) => total + item[key], 0)
    const totals = {
      ...totalOf(items),
      calls: sum('calls'),
      estimatedCalls: sum('estimatedCalls'),
      estimatedCostMicroUsd: sum('estimatedCostMicroUsd'),
    }
    return { items, nextCursor: null, totals }
  }

  return {
    async usage(caller: Pick<Caller, 'userId' | 'plan'>, { group, ...span }: z.infer<typeof UsageQuery>): Promise<UsageReport> {
      const cycle = billingCycle(new Date())
      const [sums, [now]] = await Promise.all([
        report(group, span, caller.userId),
        db
          .select({
            budget: budgets,
            ceilingMicroUsd: sql<number | null>`least(${users.ceilingMicroUsd}, ${budgetScopes.ceilingMicroUsd})`.mapWith(toNumber),
            share: budgetScopes.tokensPerCycle,
            ofPlan: tokensOfPlan(sql`${caller.plan}::text`).mapWith(Number),
            paidBy: { id: organisations.id, name: organisations.name, tokensMax: sql<number>`(${tokensOf(organisations.id)})`.mapWith(Number) },
          })
          .from(users)
          .leftJoin(members, and(eq(members.userId, users.id), eq(members.seat, 'held')))
          .leftJoin(organisations, eq(organisations.id, members.organisationId))
          .leftJoin(budgetScopes, eq(budgetScopes.id, members.id))
          .leftJoin(budgets, and(sql`${budgets.scopeId} = coalesce(${members.id}, ${users.id})`, eq(budgets.cycleStartsAt, cycle.startsAt)))
          .where(eq(users.id, caller.userId)),
      ])
      return {
        ...sums,
        cycle: {
          startsAt: cycle.startsAt.toISOString(),
          endsAt: cycle.endsAt.toISOString(),
          tokensUsed: now?.budget?.tokensUsed ?? 0,
          tokensReserved: now?.budget?.tokensReserved ?? 0,
          tokensMax: now?.paidBy ? (now.share ?? now.paidBy.tokensMax) : (now?.ofPlan ?? 0),
          costMicroUsd: now?.budget?.costMicroUsd ?? 0,
          reservedMicroUsd: now?.budget?.reservedMicroUsd ?? 0,
          ceilingMicroUsd: now?.ceilingMicroUsd ?? null,
          paidBy: now?.paidBy ? { id: now.paidBy.id, name: now.paidBy.name } : null,
        },
      }
    },

    /** Everybody's usage, or one person's. Who was erased is in the sums, under a key that names nobody. */
    usageOfAll: ({ group, userId, ...span }: z.infer<typeof AdminUsageQuery>): Promise<AdminUsageReport> => report(group, span, userId),

    /** What these people have used in the current cycle; nobody who has used nothing. */
    async totalsOf(userIds: string[]): Promise<Map<string, { tokensUsed: number; costMicroUsd: number }>> {
      if (userIds.length === 0) return new Map()
      const rows = await db
        .select({
          userId: users.id,
          tokensUsed: sql<number>`sum(${budgets.tokensUsed})`.mapWith(Number),
          costMicroUsd: sql<number>`sum(${budgets.costMicroUsd})`.mapWith(Number),
        })
        .from(users)
        .leftJoin(members, eq(members.userId, users.id))
        .innerJoin(budgets, sql`${budgets.scopeId} in (${users.id}, ${members.id})`)
        .where(and(inArray(users.id, userIds), eq(budgets.cycleStartsAt, billingCycle(new Date()).startsAt)))
        .groupBy(users.id)
      return new Map(rows.map(({ userId, ...totals }) => [userId, totals]))
    },

    /** What the answer of a run has been charged so far. */
    async spentOn(run: { id: string; createdAt: Date }): Promise<Usage> {
      const { inputTokens, outputTokens, costMicroUsd } = sumColumns
      const [spent] = await db
        .select({ inputTokens, outputTokens, costMicroUsd })
        .from(ledger)
        .where(and(isSpent, eq(ledger.runId, run.id), inArray(ledger.kind, ['answer', 'picture']), gte(ledger.createdAt, run.createdAt)))
      return spent!
    },

    /** The current cycle of the whole installation. */
    async monthFigures() {
      const { startsAt } = billingCycle(new Date())
      const reserved = db
        .select({ sum: sql`coalesce(sum(${reservations.costMicroUsd}), 0)` })
        .from(reservations)
        .where(eq(reservations.cycleStartsAt, startsAt))
      const [figures] = await db
        .select({
          costMicroUsd: sumColumns.costMicroUsd,
          tokens: sql<number>`coalesce(sum(${ledger.inputTokens} + ${ledger.outputTokens}), 0)`.mapWith(Number),
          runs: sql<number>`count(distinct ${ledger.runId})`.mapWith(Number),
          reservedMicroUsd: sql<number>`(${reserved})`.mapWith(Number),
          ceilingMicroUsd: sql<number | null>`(select ${installation.ceilingMicroUsd} from ${installation})`.mapWith(toNumber),
        })
        .from(ledger)
        .where(and(isSpent, eq(ledger.cycleStartsAt, startsAt), gte(ledger.createdAt, startsAt)))
      return { startsAt: startsAt.toISOString(), ...figures! }
    },
  }
}

const tokensOf = (id: typeof organisations.id) => sql`select s.tokens_per_cycle from ${budgetScopes} s where s.id = ${id}`
const toNumber = (value: string | null) => (value === null ? null : Number(value))
/** Whose doing it was. */
const actor = sql`coalesce(${ledger.actorId}, ${ledger.payerId})`
const isSpent = eq(ledger.creditAccount, 'spent')

const sumColumns = {
  inputTokens: sql<number>`coalesce(sum(${ledger.inputTokens}), 0)`.mapWith(Number),
  outputTokens: sql<number>`coalesce(sum(${ledger.outputTokens}), 0)`.mapWith(Number),
  costMicroUsd: sql<number>`coalesce(sum(${ledger.costMicroUsd}), 0)`.mapWith(Number),
  calls: sql<number>`count(*) filter (where ${ledger.entry} in ('settlement', 'estimate'))`.mapWith(Number),
  estimatedCalls: sql<number>`count(*) filter (where ${ledger.entry} = 'estimate')`.mapWith(Number),
  estimatedCostMicroUsd: sql<number>`coalesce(sum(${ledger.costMicroUsd}) filter (where ${ledger.entry} = 'estimate'), 0)`.mapWith(Number),
}

const groupKeys: Record<Group, SQL<string>> = {
  day: sql<string>`to_char(${ledger.createdAt} at time zone 'UTC', 'YYYY-MM-DD')`,
  model: sql<string>`${ledger.model}`,
  conversation: sql<string>`coalesce(${ledger.conversationId}::text, '')`,
  key: sql<string>`coalesce((
    select b.user_id::text from ${budgets} b where b.kind = 'key' and b.user_id = any(${ledger.scopes}) and b.cycle_starts_at = ${ledger.cycleStartsAt}), '')`,
  user: sql<string>`${actor}::text`,
  plan: sql<string>`coalesce(${users.plan}, 'erased')`,
}
