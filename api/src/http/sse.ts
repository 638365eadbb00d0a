import { once } from 'node:events'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const heartbeatMs = 15_000
/** How long a reader may take nothing before it is cut off. */
export const slowMs = 20_000

export type SseStream = {
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal
  /** Sends one event and waits while the client reads slower than we write; one that is too slow for too long is cut off, and may come back. */
  send(data: string, id?: number): Promise<void>
  end(): void
}

declare module 'fastify' {
  interface FastifyInstance {
    eventStreams: Set<() => void>
  }
}

/** A stream would hold up the server's close for as long as its run takes; the client comes back with `Last-Event-ID`. */
export function endStreamsOnClose(app: Pick<FastifyInstance, 'decorate' | 'addHook'>): void {
  const streams = new Set<() => void>()
  app.decorate('eventStreams', streams)
  app.addHook('preClose', async () => {
    for (const end of streams) end()
  })
}

/** Takes over the reply for Server-Sent Events (WHATWG HTML §9.2), keeping the headers that hooks have set. */
export function openSse(request: FastifyRequest, reply: FastifyReply): SseStream {
  const { raw } = reply
  reply.hijack()
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  raw.flushHeaders()
  const gone = new AbortController()
  const heartbeat = setInterval(() => raw.write(': \n\n'), heartbeatMs)
  const end = () => raw.end()
  request.server.eventStreams.add(end)
  raw.on('close', () => {
    clearInterval(heartbeat)
    request.server.eventStreams.delete(end)
    gone.abort()
  })
  raw.on('error', (error) => request.log.debug({ err: error }, 'event stream broke'))
  return {
    signal: gone.signal,
    async send(data, id) {
      if (gone.signal.aborted || raw.writableEnded) return
      const drained = raw.write(`${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`)
      if (drained) return
      const tooSlow = setTimeout(() => raw.destroy(), slowMs)
      await once(raw, 'drain', { signal: gone.signal }).catch(() => undefined)
      clearTimeout(tooSlow)
    },
    end,
  }
}
