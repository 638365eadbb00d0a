import { createFollow } from './follow.ts'
import { waitingRuns } from './line.ts'
import type { RunKind, RunRow } from './run.ts'
import { startWorker, type WorkerDeps } from './worker.ts'

export { continueRun, endPaused, endRun, queueRun } from './fragments.ts'
export { waitingRuns } from './line.ts'
export { type Attempt, LeaseLost, type RunKind, runQueued, type RunRow, taskEnded } from './run.ts'
export { openSteps, stepsOf } from './steps.ts'
export { takenOver } from './take-over.ts'

export type RunsDeps = Pick<WorkerDeps, 'db' | 'clientName' | 'access' | 'runLog' | 'signals' | 'tracing' | 'log'>
export type Runs = ReturnType<typeof createRuns>

/**
 * Durable work: a run waits in line in the table `runs`, one attempt at a time has it, its events go into a log that anyone may follow, and its
 * steps let another attempt go on. What a run does is its kind's concern, which a feature registers.
 */
export function createRuns(deps: RunsDeps) {
  const kinds = new Map<string, RunKind>()

  function kindOf({ kind }: RunRow): RunKind {
    const known = kinds.get(kind)
    if (!known) throw new Error(`Nothing here runs the kind ${kind}`)
    return known
  }

  return {
    ...createFollow({ ...deps, kindOf }),

    register(kind: string, its: RunKind): void {
      kinds.set(kind, its)
    },

    waitingRuns: () => waitingRuns(deps.db),

    /** Starts executing runs in this process. */
    startWorker: (options: { concurrency: number; alone: boolean }) => startWorker({ ...deps, ...options, kindOf, kinds: () => [...kinds.values()] }),
  }
}
