import { sql } from 'drizzle-orm'
import type { Statements } from '#lib/audit-event.ts'

/** What one person may cost in a calendar month; null is no ceiling. Returns the ceiling before. Nothing happens where there is no such person. */
export async function setUserCeiling(tx: Statements, userId: string, ceilingMicroUsd: number | null): Promise<number | null> {
  const { rows } = await tx.execute<{ ceiling: string | null }>(sql`
    with before as (select id, ceiling_micro_usd as ceiling from users where id = ${userId} for update)
    update users u set ceiling_micro_usd = ${ceilingMicroUsd} from before where u.id = before.id returning before.ceiling`)
  const before = rows[0]?.ceiling ?? null
  return before === null ? null : Number(before)
}
