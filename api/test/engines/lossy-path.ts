import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface LossyPath extends AsyncDisposable {
  readonly port: number
  /** From now on every packet of the connections of this moment is lost, both ways; new ones work. */
  lose(): void
}

const filter = (verb: '-I' | '-D', from: number, to: number) =>
  execFileSync('iptables', [verb, 'OUTPUT', '-o', 'lo', '-p', 'tcp', '--sport', String(from), '--dport', String(to), '-j', 'DROP'], { stdio: 'pipe' })

/** Whether packets can be dropped here: it takes a packet filter, and root. */
export function canLosePackets(): boolean {
  try {
    filter('-I', 1, 1)
    filter('-D', 1, 1)
    return true
  } catch (error) {
    process.stderr.write(`skipped: packets cannot be dropped here (${(error as Error).message.split('\n')[0]})\n`)
    return false
  }
}

/** Stands in the path to a server on loopback. What it loses the kernel loses: no proxy can leave a packet without its acknowledgement. */
export async function startLossyPath(target: number): Promise<LossyPath> {
  await using stack = new AsyncDisposableStack()
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const)
      from
        .on('error', () => {})
        .on('close', () => to.destroy())
        .pipe(to)
    open.add(near)
    near.on('close', () => open.delete(near))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  stack.defer(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  const { port } = server.address() as AddressInfo
  const resources = stack.move()
  return {
    port,
    lose() {
      for (const { remotePort } of open)
        for (const [from, to] of [
          [port, remotePort!],
          [remotePort!, port],
        ] as const) {
          filter('-I', from, to)
          resources.defer(() => void filter('-D', from, to))
        }
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
