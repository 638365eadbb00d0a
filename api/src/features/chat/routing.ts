import type { AdminStats } from '@jarvis/contracts/admin.ts'
import { and, between, sql } from 'drizzle-orm'
import { firstIdOf } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { messages } from '#ports/database/tables.ts'

const days = 30
const dayMs = 86_400_000

/** By the model that answered, over 30 days: what its answers were expected to cost, what they cost, and what the other choice would have cost. */
export async function routingTotals({ db }: Pick<Database, 'db'>, now = Date.now()): Promise<AdminStats['routing']> {
  const other = sql`(${messages.route}->'alternatives'->0->>'costMicroUsd')::bigint`
  const sum = (value: ReturnType<typeof sql>) => sql<number>`coalesce(sum(${value}), 0)`.mapWith(Number)
  return await db
    .select({
      model: sql<string>`coalesce(${messages.model}, '')`,
      answers: sql<number>`count(*)::int`,
      estimatedMicroUsd: sum(sql`(${messages.route}->>'estimatedCostMicroUsd')::bigint`),
      costMicroUsd: sum(sql`(${messages.usage}->>'costMicroUsd')::bigint`),
      otherMicroUsd: sum(other),
    })
    .from(messages)
    // An answer's id sorts by time, so that this reads the newest rows and no more.
    .where(and(between(messages.id, firstIdOf(now - days * dayMs), firstIdOf(now + dayMs)), sql`${other} is not null`))
    .groupBy(messages.model)
    .orderBy(sql`count(*) desc`)
    .limit(100)
}
