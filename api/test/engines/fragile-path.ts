import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'

export interface FragilePath extends AsyncDisposable {
  readonly port: number
  /** From now on what is sent arrives nowhere, and the kernel drops what wants to connect, as on the way to a machine that is gone. */
  die(): Promise<void>
  /** What was held back arrives. */
  heal(): void
}

/** Stands in the path to a server on loopback, as a process of its own: only a kernel can leave a connection unanswered. */
export async function startFragilePath(target: number): Promise<FragilePath> {
  const relay = fork(fileURLToPath(new URL('relay.ts', import.meta.url)), [String(target)])
  const [port] = (await once(relay, 'message')) as [number]
  let stack = new DisposableStack()
  return {
    port,
    async die() {
      relay.kill('SIGSTOP')
      // More than its queue takes. Who comes after them has no answer.
      const fillers = Array.from({ length: 4 }, () => stack.adopt(connect(port, '127.0.0.1'), (socket) => void socket.destroy()))
      for (const filler of fillers) filler.on('error', () => {})
      await once(fillers[0]!, 'connect')
    },
    heal() {
      relay.kill('SIGCONT')
      stack.dispose()
      stack = new DisposableStack()
    },
    async [Symbol.asyncDispose]() {
      stack.dispose()
      const gone = once(relay, 'exit')
      relay.kill('SIGKILL')
      await gone
    },
  }
}
