import type { RunEvent } from '@jarvis/contracts/run.ts'
import { inArray } from 'drizzle-orm'
import { runs } from '#ports/database/tables.ts'

export type RunRow = typeof runs.$inferSelect

/** What the feature that a run is for does with it. A run with an `assistantMessageId` fills that message. */
export type RunKind = {
  /** The work, as events from RUN_STARTED to the end. Stores the end itself, fenced by the attempt. */
  execute(run: RunRow, attempt: Attempt): AsyncGenerator<RunEvent, void>
  /**
   * Stores that a run ended before it had a result, and returns the events that are missing in its log, where `told` are, to the last one.
   * `stoppedByPerson` is no failure. @throws LeaseLost
   */
  fail(run: RunRow, error: unknown, told: RunEvent[]): Promise<RunEvent[]>
  /** The events of a run that has ended, from its start to its end, as it is stored; none when what it was for is gone. */
  retell(run: RunRow): Promise<RunEvent[]>
  /** Ends the wait of a run that paused for a person; one that was answered meanwhile stays as it is. */
  endWait(run: RunRow): Promise<RunRow>
  /** Lets go of what is kept for a task in this process. Never rejects. */
  release(taskId: string): Promise<void>
}

/** One process's try at a run, and the only thing that may write for it. */
export type Attempt = {
  /** Aborts with what `isToEnd` takes, or for another reason when the run goes to another attempt. */
  signal: AbortSignal
  /** Resolves while this is the newest attempt; to be asked before what cannot be undone. @throws LeaseLost */
  assure(): Promise<void>
  /** What the run's log holds of earlier attempts, as far as it was not lost with them. */
  told: readonly RunEvent[]
  /** Gives the run up to another attempt, for this reason. */
  abandon(reason: unknown): void
}

/** Topics of the signals that wake workers and stop runs; the payload is the run's id. */
export const runQueued = 'run.queued'
export const runCancelled = 'run.cancelled'
/** A task that waited for a person goes on no more: what its tools keep can go. */
export const taskEnded = 'task.ended'

/** Another attempt has taken the run over: whatever this one still wants to write is refused. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

/** A run is queued, working, waiting (for a person) or ended. The published status also says how it ended. */
export type RunState = 'queued' | 'working' | 'waiting' | 'ended'

export const stateOf = ({ status }: Pick<RunRow, 'status'>): RunState => states[status]
const states: Record<RunRow['status'], RunState> = {
  queued: 'queued',
  running: 'working',
  interrupted: 'waiting',
  succeeded: 'ended',
  cancelled: 'ended',
  failed: 'ended',
}

export const isQueuedOrWorking = inArray(runs.status, ['queued', 'running'])
