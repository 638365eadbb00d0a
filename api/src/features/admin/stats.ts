import type { AdminStats } from '@jarvis/contracts/admin.ts'
import { PlanId } from '@jarvis/contracts/plans.ts'
import { sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { apiKeys, audit, auditOutbox, runs, sessions, users } from '#ports/database/tables.ts'

type UserCounts = { plan: PlanId; total: number; disabled: number; active: number }

export async function userStats(db: Database['db']): Promise<AdminStats['users']> {
  const { rows } = await db.execute<UserCounts>(sql`
    with seen as (
      select ${sessions.userId} as id from ${sessions} where ${sessions.lastSeenAt} > now() - interval '30 days'
      union
      select ${apiKeys.userId} from ${apiKeys} where ${apiKeys.lastUsedAt} > now() - interval '30 days')
    select ${users.plan} as plan, count(*)::int as total,
           count(*) filter (where ${users.disabledAt} is not null)::int as disabled,
           count(*) filter (where ${users.id} in (select id from seen))::int as active
    from ${users} group by ${users.plan}`)
  const sum = (count: 'total' | 'disabled' | 'active') => rows.reduce((total, row) => total + row[count], 0)
  const countOf = (plan: PlanId) => rows.find((row) => row.plan === plan)?.total ?? 0
  const byPlan = Object.fromEntries(PlanId.options.map((plan) => [plan, countOf(plan)])) as Record<PlanId, number>
  return { total: sum('total'), disabled: sum('disabled'), active30Days: sum('active'), byPlan }
}

export async function runStats(db: Database['db']): Promise<AdminStats['runs']> {
  const { rows } = await db.execute<AdminStats['runs']>(sql`
    select (select count(*)::int from ${runs} where ${runs.status} = 'running') as "active",
           (select count(*)::int from ${runs} where ${runs.status} = 'queued') as "waiting",
           (select count(*)::int from ${runs} where ${runs.status} = 'failed' and ${runs.finishedAt} > now() - interval '1 day') as "failedLastDay"`)
  return rows[0]!
}

/** A dispute is opened and closed, and a charge refunded in parts: what counts is the charge. */
export async function paymentStats(db: Database['db']): Promise<AdminStats['payments']> {
  const noticesOf = (table: typeof audit | typeof auditOutbox) =>
    sql`select action, details from ${table} where action in ('payment.refund', 'payment.dispute') and at > now() - interval '30 days'`
  const { rows } = await db.execute<AdminStats['payments']>(sql`
    select count(distinct details->>'charge') filter (where action = 'payment.refund')::int as "refunds30Days",
           count(distinct details->>'charge') filter (where action = 'payment.dispute')::int as "disputes30Days"
    from (${noticesOf(audit)} union all ${noticesOf(auditOutbox)}) notices`)
  return rows[0]!
}
