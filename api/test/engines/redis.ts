import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'
import { startProgram } from './program.ts'

export interface RedisServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Ends it in good order. */
  stop(): Promise<void>
  /** Ends it as a crash would (SIGKILL); nothing it held survives. */
  kill(): Promise<void>
  /** Stops it as a machine that hangs would: connections stay, nothing is answered; `resume` goes on. */
  pause(): void
  resume(): void
  /** What an operator types into redis-cli. */
  command(words: string[]): Promise<unknown>
}

/** A real redis-server of its own, on loopback, without persistence. `port` reuses the port of one that was stopped. */
export async function startRedis(port?: number): Promise<RedisServer> {
  const chosen = port ?? (await freePort())
  const child = startProgram('redis-server', ['--port', String(chosen), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
  await ready(child)

  async function end(signal: NodeJS.Signals) {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }
  return {
    url: `redis://127.0.0.1:${chosen}`,
    port: chosen,
    pid: child.pid!,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async command([name, ...args]) {
      const redis = new Redis(chosen, '127.0.0.1')
      try {
        return await redis.call(name!, ...args)
      } finally {
        redis.disconnect()
      }
    },
    [Symbol.asyncDispose]: () => end('SIGTERM'),
  }
}

async function ready(child: ChildProcess): Promise<void> {
  let output = ''
  for await (const chunk of child.stdout!) {
    output += String(chunk)
    if (output.includes('Ready to accept connections')) break
  }
  if (!output.includes('Ready to accept connections')) throw new Error(`redis-server did not start:\n${output}`)
}
