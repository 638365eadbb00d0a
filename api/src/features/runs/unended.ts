import type { Database } from '#ports/database/index.ts'
import type { RunLog } from '#ports/run-log/index.ts'
import { claimUnended, endLeases } from './line.ts'
import type { RunKind, RunRow } from './run.ts'
import { takenOver } from './take-over.ts'
import { tellEnd } from './tell-end.ts'

const unendedMax = 16

/** A worker may die between storing an answer and writing its end into the log: its followers would wait for ever. */
export async function endUnended(
  { db, runLog, kindOf }: Pick<Database, 'db'> & { runLog: RunLog; kindOf(run: RunRow): RunKind },
  owner: string,
): Promise<void> {
  for (const run of await claimUnended(db, owner, unendedMax)) {
    const lastSeq = await tellEnd(runLog, run, async (told) =>
      Array.fromAsync(takenOver(await kindOf(run).retell(run), told, run.assistantMessageId)),
    )
    await endLeases(db, [{ id: run.id, attempt: run.attempt, lastSeq }])
  }
}
