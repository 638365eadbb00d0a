import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net'

export interface SilentProxy extends AsyncDisposable {
  readonly host: '127.0.0.1'
  readonly port: number
  /** From now on packets are lost, on old connections as on new ones: nobody is refused, nobody is answered. */
  swallow(): void
  /** The path is whole again: what was lost is sent again, as TCP does. */
  heal(): void
  /** The connections of this moment are half open for ever; new ones work. */
  halfOpen(): void
  /** How many connections there were. */
  connections(): number
}

/** Stands in the path to an engine, on loopback. */
export async function startSilentProxy(target: NetConnectOpts): Promise<SilentProxy> {
  let silent = false
  let count = 0
  const pairs = new Set<{ ends: [Socket, Socket]; isLost: boolean }>()

  const server = createServer({ allowHalfOpen: true }, (near) => {
    count++
    const far = connect({ ...target, allowHalfOpen: true })
    const pair = { ends: [near, far] as [Socket, Socket], isLost: false }
    pairs.add(pair)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const held: (Buffer | null)[] = []
      const pass = (chunk: Buffer | null) => (chunk ? to.write(chunk) : to.end())
      const take = (chunk: Buffer | null) => (silent || pair.isLost ? held.push(chunk) : pass(chunk))
      from.on('data', take).on('end', () => take(null))
      from.on('error', () => {})
      from.on('close', () => {
        // A reset is a packet like any other.
        if (!silent && !pair.isLost) to.destroy()
        if (near.destroyed && far.destroyed) pairs.delete(pair)
      })
      server.on('heal', () => !pair.isLost && held.splice(0).forEach(pass))
    }
  })
  server.setMaxListeners(0)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    swallow: () => void (silent = true),
    heal: () => {
      silent = false
      server.emit('heal')
      for (const { ends, isLost } of pairs) if (!isLost && ends.some((end) => end.destroyed)) for (const end of ends) end.destroy()
    },
    halfOpen: () => pairs.forEach((pair) => (pair.isLost = true)),
    connections: () => count,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const { ends } of pairs) for (const end of ends) end.destroy()
      await closed
    },
  }
}
