import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/**
 * Clients open connections ahead of their requests. Node takes one that has said nothing for busy, so that a stop would wait for it until its
 * headers are overdue, a minute and more.
 */
export function closeSilentConnections(app: Pick<FastifyInstance, 'server' | 'addHook'>): void {
  const open = new Set<Socket>()
  app.server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  app.addHook('preClose', async () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
  })
}
