import { asc, eq, sql } from 'drizzle-orm'
import type { RunStep } from '#lib/run-step.ts'
import { storableJson } from '#lib/storable.ts'
import type { Database } from '#ports/database/index.ts'
import { runSteps } from '#ports/database/tables.ts'
import type { Billing, Booking } from '#features/billing/index.ts'
import { LeaseLost, payerOf, type RunRow } from './lease.ts'

export type StepsDeps = Pick<Database, 'db'> & Pick<Billing, 'settlement'>

/** The finished steps of one run, in order; only the newest attempt adds to them. */
export async function openSteps({ db, settlement }: StepsDeps, run: RunRow) {
  // A first attempt has none, but for those of the run that it goes on from: most runs never ask.
  const kept =
    run.attempt > 1 || run.resumes !== null ? await db.select().from(runSteps).where(eq(runSteps.runId, run.id)).orderBy(asc(runSteps.position)) : []
  // Not their number: of two results that were written at once only the second may have been kept.
  let position = kept.at(-1)?.position ?? 0

  return {
    steps: kept.map(({ step }) => step),
    /** Keeps a step and settles what it cost, both or neither. @throws LeaseLost when another attempt has taken over */
    async record(step: RunStep, bookings: readonly Booking[]): Promise<void> {
      const kept = sql`
        insert into run_steps (run_id, position, step)
        select ${run.id}, ${++position}, ${storableJson(step)}::jsonb
        from runs where id = ${run.id} and attempt = ${run.attempt} and status = 'running' for share`
      const { rowCount } = await db.execute(
        bookings.length === 0 ? kept : sql`with first as (${kept} returning run_id), ${settlement(payerOf(run), bookings)}`,
      )
      if (rowCount === 0) throw new LeaseLost()
    },
  }
}
