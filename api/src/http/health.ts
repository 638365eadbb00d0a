import type { FastifyInstance } from 'fastify'
import { within } from '#lib/within.ts'

export type EngineCheck = { name: string; needed: boolean; ping(): Promise<void> }

const pingTimeoutMs = 2000

/** `/healthz`: the process lives. `/readyz`: each engine's state, and 503 while one that is needed is down or the process is stopping. */
export function registerHealth(app: FastifyInstance, engines: EngineCheck[], isStopping: () => boolean): void {
  // A proxy then holds no idle connection when the server goes; a request sent on one at that moment would be lost.
  app.addHook('onSend', async (_request, reply) => {
    if (isStopping()) void reply.header('connection', 'close')
  })
  app.get('/healthz', { config: { who: ['anyone'] }, schema: { hide: true } }, async () => ({ status: 'ok' }))
  app.get('/readyz', { config: { who: ['anyone'] }, schema: { hide: true } }, async (_request, reply) => {
    const states = await Promise.all(engines.map(checkEngine))
    const ready = !isStopping() && states.every(({ ok, needed }) => ok || !needed)
    const body = {
      status: ready ? 'ready' : isStopping() ? 'stopping' : 'unavailable',
      engines: Object.fromEntries(states.map(({ name, ok }) => [name, ok ? 'up' : 'down'])),
    }
    return reply.code(ready ? 200 : 503).send(body)
  })
}

export async function checkEngine({ name, needed, ping }: EngineCheck) {
  try {
    await within(pingTimeoutMs, ping())
    return { name, needed, ok: true }
  } catch {
    return { name, needed, ok: false }
  }
}
