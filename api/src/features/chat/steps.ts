import { asc, eq, sql } from 'drizzle-orm'
import type { RunStep } from '#lib/run-step.ts'
import { storableJson } from '#lib/storable.ts'
import type { Database } from '#ports/database/index.ts'
import { runSteps } from '#ports/database/tables.ts'
import { LeaseLost, type RunRow } from './lease.ts'

/** The finished steps of one run, in order; only the newest attempt adds to them. */
export async function openSteps({ db }: Pick<Database, 'db'>, run: Pick<RunRow, 'id' | 'attempt'>) {
  // A first attempt has none: most runs never ask.
  const kept = run.attempt > 1 ? await db.select().from(runSteps).where(eq(runSteps.runId, run.id)).orderBy(asc(runSteps.position)) : []
  // Not their number: of two results that were written at once only the second may have been kept.
  let position = kept.at(-1)?.position ?? 0

  return {
    steps: kept.map(({ step }) => step),
    /** @throws LeaseLost when another attempt has taken over */
    async record(step: RunStep): Promise<void> {
      const { rowCount } = await db.execute(sql`
        insert into run_steps (run_id, position, step)
        select ${run.id}, ${++position}, ${storableJson(step)}::jsonb
        from runs where id = ${run.id} and attempt = ${run.attempt} and status = 'running' for share`)
      if (rowCount === 0) throw new LeaseLost()
    },
  }
}
