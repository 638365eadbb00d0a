import { eq, sql } from 'drizzle-orm'
import type { Statements } from '#lib/audit-event.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { budgets, installation, installationScope } from '#ports/database/tables.ts'

/** What may be spent in a calendar month, by one person and by all together; null is no ceiling. Each acts at the next model call. */
export function createCeilings({ db }: Pick<Database, 'db'>) {
  return {
    async installationCeiling(): Promise<number | null> {
      const [row] = await db.select().from(installation)
      return row?.ceilingMicroUsd ?? null
    },

    /** `within` is the transaction of the act that it is part of. */
    async setInstallationCeiling(ceilingMicroUsd: number | null, within: Pick<Transaction, 'transaction'> = db): Promise<void> {
      await within.transaction(async (tx) => {
        // A statement that reserves or settles waits, and then sees the ceiling and counters that hold all that came before.
        await tx.execute(sql`lock table ${budgets} in share row exclusive mode`)
        await tx.update(installation).set({ ceilingMicroUsd })
        await tx.delete(budgets).where(eq(budgets.kind, 'installation'))
        if (ceilingMicroUsd === null) return
        // Each charge stands once in the row of its payer.
        await tx.execute(sql`
          insert into budgets (user_id, kind, cycle_starts_at, cost_micro_usd, reserved_micro_usd)
          select ${installationScope}, 'installation', cycle_starts_at, sum(cost_micro_usd), sum(reserved_micro_usd)
          from budgets where kind in ('person', 'organisation') group by cycle_starts_at`)
      })
    },

    /** Returns the ceiling before. Nothing happens where there is no such person. */
    async setUserCeiling(userId: string, ceilingMicroUsd: number | null, tx: Statements = db): Promise<number | null> {
      const { rows } = await tx.execute<{ ceiling: string | null }>(sql`
        with before as (select id, ceiling_micro_usd as ceiling from users where id = ${userId} for update)
        update users u set ceiling_micro_usd = ${ceilingMicroUsd} from before where u.id = before.id returning before.ceiling`)
      const before = rows[0]?.ceiling ?? null
      return before === null ? null : Number(before)
    },
  }
}
