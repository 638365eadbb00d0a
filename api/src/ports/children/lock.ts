import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'

/**
 * Runs `work` while no other process of this machine holds the same name. The lock is a socket in Linux's abstract
 * namespace: the kernel frees it with the process, so a kill -9 never leaves it behind.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (process.platform !== 'linux') return work()
  const address = addressOf(name)
  let release = await tryToHold(address)
  while (!release) {
    await released(address)
    release = await tryToHold(address)
  }
  try {
    return await work()
  } finally {
    await release()
  }
}

// An abstract socket: its name starts with NUL.
const addressOf = (name: string) => `\0jarvis-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`

/** Holds the name for as long as this process lives. False when another process holds it. */
export async function holdForLife(name: string): Promise<boolean> {
  return process.platform !== 'linux' || (await tryToHold(addressOf(name), true)) !== undefined
}

async function tryToHold(address: string, forLife = false): Promise<(() => Promise<void>) | undefined> {
  const waiting = new Set<{ destroy(): void }>()
  const server = createServer((socket) => {
    socket.on('error', () => {})
    waiting.add(socket)
  })
  try {
    // Processes of one cluster would share it.
    server.listen({ path: address, exclusive: true })
    await once(server, 'listening')
    if (forLife) server.unref()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw error
  }
  return () => close(server, waiting)
}

async function close(server: Server, waiting: Iterable<{ destroy(): void }>): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  for (const socket of waiting) socket.destroy()
  await closed
}

/** Resolves when the holder lets go or dies: its end of the connection closes. */
async function released(address: string): Promise<void> {
  await new Promise<void>((resolve) => {
    connect(address)
      .on('error', () => {})
      .on('close', () => resolve())
      .resume()
  })
}
