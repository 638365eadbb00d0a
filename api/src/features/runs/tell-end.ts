import type { RunEvent } from '@jarvis/contracts/run.ts'
import type { RunLog } from '#ports/run-log/index.ts'
import { countEnd } from './count-end.ts'
import type { RunRow } from './run.ts'
import { eventsSoFar } from './take-over.ts'

/**
 * Ends the log of a run that this attempt does not work on any more: `missing` says what comes after what it holds. Returns the number of the
 * last event.
 */
export async function tellEnd(runLog: RunLog, run: RunRow, missing: (told: RunEvent[]) => Promise<RunEvent[]>): Promise<number> {
  const { id, attempt } = run
  let lastSeq = await runLog.open(id, attempt)
  const told = await eventsSoFar(runLog, id, lastSeq)
  const isTold = told.some(({ type }) => type === 'RUN_FINISHED' || type === 'RUN_ERROR')
  const events = isTold ? [] : await missing(told)
  const texts = events.map((event) => JSON.stringify(event))
  if (texts.length > 0 && (await runLog.append(id, attempt, texts))) {
    lastSeq += texts.length
    for (const event of events) countEnd(run, event)
  }
  await runLog.end(id, attempt)
  return lastSeq
}
