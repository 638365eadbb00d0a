import cluster, { type Worker } from 'node:cluster'
import type { Config } from './config.ts'

const restartMs = { first: 200, max: 10_000 }
/** A process that has lived this long has started well; the next restart waits only briefly again. */
const settledMs = 30_000

/** WEB_CONCURRENCY processes that share one port. One that dies is replaced; its runs are taken over by the others. */
export function superviseProcesses({ processes }: Config): void {
  let stopping = false
  let waitMs = restartMs.first
  let exitCode = 0
  const living = new Set<Worker>()

  function fork(): void {
    if (stopping) return
    const worker = cluster.fork()
    const since = performance.now()
    let wasReady = false
    living.add(worker)
    worker.on('listening', () => (wasReady = true))
    worker.on('exit', (code) => {
      living.delete(worker)
      // What stops the very first start, a bad setting above all, would stop every other as well.
      if (!wasReady && !stopping) {
        exitCode = code || 1
        stop()
      }
      if (stopping) return living.size === 0 ? process.exit(exitCode) : undefined
      waitMs = performance.now() - since > settledMs ? restartMs.first : Math.min(waitMs * 2, restartMs.max)
      setTimeout(fork, waitMs)
    })
  }

  function stop(): void {
    stopping = true
    if (living.size === 0) process.exit(exitCode)
    for (const worker of living) worker.process.kill('SIGTERM')
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  process.on('disconnect', stop)
  for (let index = 0; index < processes; index++) fork()
}
