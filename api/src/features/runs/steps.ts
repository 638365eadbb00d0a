import { asc, eq, type SQL, sql } from 'drizzle-orm'
import type { RunStep } from '#lib/run-step.ts'
import { storableJson } from '#lib/storable.ts'
import type { Database } from '#ports/database/index.ts'
import { runSteps } from '#ports/database/tables.ts'
import { LeaseLost, type RunRow } from './run.ts'

/** The finished steps of one run, in order; only the newest attempt adds to them. */
export async function openSteps({ db }: Pick<Database, 'db'>, run: RunRow) {
  // A first attempt has none, but for those of the run that it goes on from: most runs never ask.
  const kept = run.attempt > 1 || run.resumes !== null ? await stepRows(db, run.id) : []
  // Not their number: of two results that were written at once only the second may have been kept.
  let position = kept.at(-1)?.position ?? 0

  return {
    steps: kept.map(({ step }) => step),
    /**
     * Keeps a step, and with it what `alongside` does, all or nothing: further CTEs and a last statement, which act only when there is a row
     * in `first`. @throws LeaseLost when another attempt has taken over
     */
    async record(step: RunStep, alongside: SQL | null): Promise<void> {
      const kept = sql`
        insert into run_steps (run_id, position, step)
        select ${run.id}, ${++position}, ${storableJson(step)}::jsonb
        from runs where id = ${run.id} and attempt = ${run.attempt} and status = 'running' for share`
      const { rowCount } = await db.execute(alongside === null ? kept : sql`with first as (${kept} returning run_id), ${alongside}`)
      if (rowCount === 0) throw new LeaseLost()
    },
  }
}

/** What a run has finished, in order. */
export async function stepsOf(db: Pick<Database['db'], 'select'>, runId: string): Promise<RunStep[]> {
  return (await stepRows(db, runId)).map(({ step }) => step)
}

const stepRows = (db: Pick<Database['db'], 'select'>, runId: string) =>
  db.select().from(runSteps).where(eq(runSteps.runId, runId)).orderBy(asc(runSteps.position))
