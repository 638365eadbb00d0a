import { eq } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { runs } from '#ports/database/tables.ts'

export type RunRow = typeof runs.$inferSelect

/** Whom a run's calls are charged to, and what for. */
export const payerOf = ({ id, attempt, userId, assistantMessageId, conversationId }: RunRow) => ({
  runId: id,
  attempt,
  userId,
  messageId: assistantMessageId,
  conversationId,
})

/** Runs in line, over all processes. */
export const waitingRuns = async (db: Database['db']): Promise<number> => db.$count(runs, eq(runs.status, 'queued'))

/** Topics of the signals that wake workers and stop runs; the payload is the run's id. */
export const runQueued = 'run.queued'
export const runCancelled = 'run.cancelled'
/** A task that waited for a person goes on no more: what its tools keep can go. */
export const taskEnded = 'task.ended'

/** Another attempt has taken the run over: whatever this one still wants to write is refused. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}
