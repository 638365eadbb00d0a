import { Server as NetServer } from 'node:net'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/** For the requests of connections that came last to be read. */
const lastMs = 50

/**
 * Node stops listening and closes idle connections in one step: what a busy process has not taken over from the kernel, or has taken over and
 * not read, is reset. Here it is taken over first, then nothing new comes, then what came is read; it is answered with `Connection: close`.
 */
export function letGoInTurn(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    // The loop has just asked for connections then.
    await turn()
    if (app.server.listening) NetServer.prototype.close.call(app.server)
    await wait(lastMs)
    await turn()
  })
}
