import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '#lib/app-error.ts'
import type { HostDeath, HostOptions, HostReply, HostWork } from './protocol.ts'

const program = fileURLToPath(new URL('./host.ts', import.meta.url))
const heapMegabytesMax = 512
/** Beyond the work's own time: then the process itself hangs. */
const graceMs = 6000

type Pending = { resolve: (reply: HostReply) => void; reject: (reason: Error) => void }
type Running = { child: ChildProcess; pending: Map<number, Pending> }

/** The driving process: started for the first call, killed when it hangs, started again for the next call when it is gone. */
export function createHostProcess(options: HostOptions) {
  let running: Running | undefined
  let ids = 0

  function start(): Running {
    const folder = mkdtempSync(join(tmpdir(), 'jarvis-browser-'))
    const child = fork(program, [JSON.stringify(options)], {
      // Nothing of our environment: it holds secrets, and this process meets the web.
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8' },
      execArgv: [`--max-old-space-size=${heapMegabytesMax}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const started: Running = { child, pending: new Map() }
    let diedOf: Error | undefined
    child.on('message', (reply: HostReply | HostDeath) => {
      if ('died' in reply) return void (diedOf = reply.died)
      started.pending.get(reply.id)?.resolve(reply)
      started.pending.delete(reply.id)
    })
    child.once('error', () => child.kill('SIGKILL'))
    child.once('exit', (code, signal) => {
      const cause = diedOf ?? new Error(`the process ended: ${signal ?? code}`)
      if (running === started) running = undefined
      for (const { reject } of started.pending.values()) reject(new AppError('unavailable', 'The browser stopped. Open the page again.', { cause }))
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    })
    child.unref()
    child.channel?.unref()
    return started
  }

  return {
    /** @throws AppError of the work; `unavailable` when the process died; the signal's reason */
    async run(taskId: string, work: HostWork, timeoutMs: number, signal?: AbortSignal): Promise<HostReply & { result: unknown }> {
      signal?.throwIfAborted()
      running ??= start()
      const { child, pending } = running
      const id = ++ids
      const hung = setTimeout(() => child.kill('SIGKILL'), timeoutMs + graceMs).unref()
      const cancel = () => {
        child.send({ kind: 'cancel', id }, () => undefined)
        setTimeout(() => pending.has(id) && child.kill('SIGKILL'), graceMs).unref()
      }
      signal?.addEventListener('abort', cancel, { once: true })
      try {
        const reply = await new Promise<HostReply>((resolve, reject) => {
          pending.set(id, { resolve, reject })
          child.send({ kind: 'do', id, taskId, timeoutMs, work }, (error) => error && reject(unavailable(error)))
        })
        signal?.throwIfAborted()
        if ('error' in reply) throw new AppError(reply.error.code, reply.error.message, { cause: reply.error.cause })
        return reply
      } finally {
        clearTimeout(hung)
        signal?.removeEventListener('abort', cancel)
      }
    },
    isRunning: () => running !== undefined,
    async [Symbol.asyncDispose]() {
      if (!running) return
      const { child } = running
      child.ref()
      const ended = once(child, 'exit')
      if (child.connected) child.disconnect()
      const deadline = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await ended
      clearTimeout(deadline)
    },
  }
}

const unavailable = (cause: unknown) => new AppError('unavailable', 'The browser does not answer. Try again.', { cause })
