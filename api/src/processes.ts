import cluster, { type Worker } from 'node:cluster'
import type { Config } from './config.ts'
import { addUpMetrics } from './process-metrics.ts'

const restartMs = { first: 200, max: 10_000 }
/** A process that has lived this long has started well; its next restart waits only briefly again. */
const settledMs = 30_000

/** WEB_CONCURRENCY processes that share one port. One that dies is replaced; its runs are taken over by the others. */
export function superviseProcesses({ processes }: Config): void {
  let stopping = false
  let hasServed = false
  let exitCode = 0
  const living = new Set<Worker>()

  // Each process takes its connections itself: what the first one hands to a process that was just killed is lost without an end.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  // Unlike JSON it has infinities.
  cluster.setupPrimary({ serialization: 'advanced' })
  addUpMetrics(living)

  function fork(waitMs: number): void {
    if (stopping) return
    const worker = cluster.fork()
    const since = performance.now()
    living.add(worker)
    worker.on('listening', () => (hasServed = true))
    worker.on('exit', (code) => {
      living.delete(worker)
      // What stops the very first start, a bad setting above all, would stop every other as well. Later it is an outage, which passes.
      if (!hasServed && !stopping) {
        exitCode = code || 1
        stop()
      }
      if (stopping) return living.size === 0 ? process.exit(exitCode) : undefined
      const isSettled = performance.now() - since > settledMs
      setTimeout(fork, waitMs, isSettled ? restartMs.first : Math.min(waitMs * 2, restartMs.max))
    })
  }

  function stop(): void {
    stopping = true
    if (living.size === 0) process.exit(exitCode)
    for (const worker of living) worker.process.kill('SIGTERM')
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  process.on('disconnect', stop)
  for (let index = 0; index < processes; index++) fork(restartMs.first)
}
