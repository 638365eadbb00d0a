import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from './lock.ts'
import { startTime } from './process-id.ts'

/** A server that runs as a child process and keeps its data in `folder`. */
export type Engine = {
  name: string
  folder: string
  isRunning(): boolean
  /** Whether it runs and serves; waits for one that is on its way up. */
  answers(): Promise<boolean>
  /** Resolves when the server answers. Ends one that runs but does not answer. */
  start(): Promise<void>
  stop(): Promise<void>
}

const watchEveryMs = 500
const backoffMaxMs = 30_000
let leases = 0

/**
 * Starts the engine, or adopts one that a killed process left running; brings it back when it dies; stops it on
 * dispose. Several processes may share one engine: each holds a lease, and the last one to leave stops it.
 */
export async function shareEngine(engine: Engine, onProgress: (line: string) => void): Promise<AsyncDisposable> {
  const leaseFolder = join(engine.folder, 'leases')
  const lease = join(leaseFolder, `${process.pid}-${++leases}`)

  await withLock(engine.folder, async () => {
    await mkdir(leaseFolder, { recursive: true, mode: 0o700 })
    if (!(await engine.answers())) await engine.start()
    await writeFile(lease, startTime(process.pid) ?? '')
  })
  const stopWatching = watch(engine, onProgress)

  return {
    async [Symbol.asyncDispose]() {
      await stopWatching()
      await withLock(engine.folder, async () => {
        await rm(lease, { force: true })
        if (!(await isLeased(leaseFolder))) await engine.stop()
      })
    },
  }
}

async function isLeased(leaseFolder: string): Promise<boolean> {
  for (const lease of await readdir(leaseFolder)) {
    const holder = Number.parseInt(lease, 10)
    if ((await readFile(join(leaseFolder, lease), 'utf8')) === startTime(holder)) return true
    await rm(join(leaseFolder, lease), { force: true })
  }
  return false
}

function watch(engine: Engine, onProgress: (line: string) => void): () => Promise<void> {
  let backoffMs = watchEveryMs
  let restart = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const schedule = (delayMs: number) => {
    if (!stopped) timer = setTimeout(check, delayMs).unref()
  }
  const check = () => {
    if (engine.isRunning()) {
      backoffMs = watchEveryMs
      return schedule(watchEveryMs)
    }
    onProgress(`${engine.name} stopped; starting it again`)
    restart = withLock(engine.folder, async () => {
      if (!stopped && !engine.isRunning()) await engine.start()
    }).then(
      () => schedule(backoffMs),
      (error: unknown) => {
        onProgress(`${engine.name} does not start: ${String(error)}`)
        schedule(backoffMs)
      },
    )
    backoffMs = Math.min(backoffMs * 2, backoffMaxMs)
  }
  schedule(watchEveryMs)

  return async () => {
    stopped = true
    clearTimeout(timer)
    await restart
  }
}
