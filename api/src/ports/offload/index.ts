import { Worker } from 'node:worker_threads'
import { AppError } from '#lib/app-error.ts'

/** Work that must not hold up this process, in a thread that can be killed. What goes in and comes out is plain data. */
export type Offload<Input, Output> = {
  /** @throws overloaded when too much waits, or when the work takes too long or too much memory; AppErrors of the work itself pass */
  run(input: Input, signal?: AbortSignal): Promise<Output>
} & AsyncDisposable

export type OffloadOptions = {
  /** What is being done, for the sentence when it takes too long: "This page could not be read". */
  failure: string
  deadlineMs: number
  heapMegabytesMax?: number
  /** Buffers and the like, which no limit of the engine counts. */
  externalMegabytesMax?: number
  waitingMax?: number
  /** How long a thread is kept that has nothing to do. */
  idleMs?: number
}

export type Reply = { output: unknown } | { code: AppError['code'] | null; message: string }

type Item = { input: unknown; signal: AbortSignal | undefined; resolve(output: never): void; reject(error: unknown): void }

const lookMs = 200

/**
 * A thread that runs `program` (see `answerWork`), one piece of work at a time in the order they came. It starts with the first, is killed
 * when a piece takes too long, and when nothing comes for a while; the next piece gets another one. It keeps no process alive that has no
 * work for it.
 */
export function openOffload<Input, Output>(program: URL, options: OffloadOptions): Offload<Input, Output> {
  const { failure, deadlineMs, heapMegabytesMax = 256, externalMegabytesMax = 256, waitingMax = 32, idleMs = 300_000 } = options
  const waiting: Item[] = []
  let worker: Worker | undefined
  let current: Item | undefined
  let deadline: NodeJS.Timeout | undefined
  let looking: NodeJS.Timeout | undefined
  let idle: NodeJS.Timeout | undefined

  function start(): Worker {
    const resourceLimits = { maxOldGenerationSizeMb: heapMegabytesMax, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 }
    const started = new Worker(program, { execArgv: [], resourceLimits })
    started.on('message', (reply: Reply) => {
      if (worker !== started) return
      settle((item) => {
        if ('output' in reply) item.resolve(reply.output as never)
        else item.reject(reply.code === null ? new Error(reply.message) : new AppError(reply.code, reply.message))
      })
    })
    started.on('error', (cause) => lose(started, cause))
    started.on('exit', () => lose(started, new Error('the thread ended')))
    return started
  }

  function settle(end: (item: Item) => void): void {
    const item = current
    clearTimeout(deadline)
    clearInterval(looking)
    current = undefined
    if (item) end(item)
    next()
  }

  /** The thread is gone, or has to go: what it was at work on fails, and nothing else. */
  function lose(lost: Worker, cause: unknown): void {
    if (worker !== lost) return
    worker = undefined
    void lost.terminate()
    settle((item) => item.reject(new AppError('overloaded', failure, { cause })))
  }

  function next(): void {
    if (current) return
    const item = waiting.shift()
    if (!item) return rest()
    if (item.signal?.aborted) {
      item.reject(item.signal.reason)
      return next()
    }
    current = item
    const at = (worker ??= start())
    at.ref()
    deadline = setTimeout(() => lose(at, new Error(`took longer than ${deadlineMs} ms`)), deadlineMs)
    looking = setInterval(() => void look(at), lookMs)
    at.postMessage(item.input, [])
  }

  /** What a thread holds goes with it. */
  function rest(): void {
    const resting = worker
    clearTimeout(idle)
    if (!resting) return
    resting.unref()
    idle = setTimeout(() => current || lose(resting, new Error('it had nothing to do')), idleMs).unref()
  }

  async function look(at: Worker): Promise<void> {
    const { external_memory: bytes } = await at.getHeapStatistics().catch(() => ({ external_memory: 0 }))
    if (bytes > externalMegabytesMax * 1024 * 1024) lose(at, new Error(`held ${bytes} bytes outside of its heap`))
  }

  return {
    async run(input, signal) {
      signal?.throwIfAborted()
      if (waiting.length >= waitingMax) throw new AppError('overloaded', failure, { retryAfterSeconds: 2 })
      const { promise, resolve, reject } = Promise.withResolvers<Output>()
      const item: Item = { input, signal, resolve, reject }
      waiting.push(item)
      next()
      const onAbort = () => {
        reject(signal!.reason)
        if (current === item && worker) lose(worker, signal!.reason)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      return await promise.finally(() => signal?.removeEventListener('abort', onAbort))
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(idle)
      const ending = worker
      for (const item of waiting.splice(0)) item.reject(new AppError('unavailable', 'Jarvis is stopping.'))
      if (ending) lose(ending, new Error('the process is stopping'))
      await ending?.terminate()
    },
  }
}
