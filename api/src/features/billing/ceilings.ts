import { eq, sql } from 'drizzle-orm'
import type { Database, Transaction } from '#ports/database/index.ts'
import { budgets, installation, installationScope } from '#ports/database/tables.ts'

/** What all people together may spend in a calendar month; null is no ceiling. It acts at the next model call. */
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
  }
}
