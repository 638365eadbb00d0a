import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Below the kernel's own range, from which each connection that goes out takes one. */
const [first, last] = [20_000, 32_000]
/** One for each port that this process has given out: their names hold the ports until it ends. */
const claims: Server[] = []

/** A port that nobody listens on, and that no other test process is given while this one lives. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * (last - first))
    // A name of the abstract namespace belongs to one process, and goes with it.
    const claim = await listening(`\0jarvis-test-port-${port}`)
    if (!claim) continue
    claims.push(claim.unref())
    const free = await listening({ port })
    if (!free) continue
    free.close()
    await once(free, 'close')
    return port
  }
}

async function listening(where: string | { port: number }): Promise<Server | undefined> {
  const server = createServer()
  const opened = once(server, 'listening')
  server.listen(where)
  return await opened.then(
    () => server,
    () => undefined,
  )
}
