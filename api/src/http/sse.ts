import { once } from 'node:events'
import type { Problem } from '@jarvis/contracts/errors.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refusal } from '#lib/refusal.ts'
import { toAppError } from '#lib/to-app-error.ts'
import type { RouteDescription } from './openapi.ts'
import { toProblem } from './problem.ts'

const heartbeatMs = 15_000
/** How long a reader may take nothing before it is cut off. */
export const slowMs = 20_000

export type SseEvent = { data: string; id?: number; name?: string }
/** Gives batches of events until it ends or fails; `signal` aborts when the client goes away. */
export type SseSource = (signal: AbortSignal) => Promise<AsyncIterable<readonly SseEvent[]>>

/** How a run's events look to who reads the description. */
export const eventStream: NonNullable<RouteDescription['answer']> = {
  description: 'The run’s events, one in each `data`.',
  content: [
    {
      mediaType: 'text/event-stream',
      schema: {
        type: 'string',
        description: 'Server-Sent Events; `id` counts them. The socket’s description, /asyncapi.json, has each event’s shape.',
      },
      example: 'id: 4\ndata: {"type":"TEXT_MESSAGE_CONTENT","messageId":"01936f20-3c11-7f0e-a2c9-1d85b3e6f713","delta":"The moon"}\n\n',
    },
  ],
}

declare module 'fastify' {
  interface FastifyInstance {
    /** By what ends each: whose it is. */
    eventStreams: Map<() => void, string | undefined>
    /** Aborted as the server closes: a stream that opens later ends at once. */
    streamsOver: AbortSignal
  }
}

/** In one process; a page needs one. */
const streamsPerPersonMax = 100

/** To be asked before anything is done for a stream that is opened afterwards. @throws rate_limited */
export function requireStreamRoom({ caller, server }: Pick<FastifyRequest, 'caller' | 'server'>): void {
  const own = [...server.eventStreams.values()].filter((userId) => userId !== undefined && userId === caller?.userId)
  if (own.length >= streamsPerPersonMax) throw refusal('rate_limited.streams', { streamsMax: streamsPerPersonMax }, { retryAfterSeconds: 5 })
}

/** A stream would hold up the server's close for as long as its run takes; the client comes back with `Last-Event-ID`. */
export function endStreamsOnClose(app: Pick<FastifyInstance, 'decorate' | 'addHook'>): void {
  const streams = new Map<() => void, string | undefined>()
  const over = new AbortController()
  app.decorate('eventStreams', streams)
  app.decorate('streamsOver', over.signal)
  app.addHook('preClose', async () => {
    over.abort()
    for (const leave of streams.keys()) leave()
  })
}

/**
 * Answers with Server-Sent Events (WHATWG HTML §9.2) until the source ends. When it fails, the last event is what `failed` makes of the problem,
 * and the stream ends all the same: a client that waits for more would wait for ever. So it does once the caller's access is no more.
 * @throws rate_limited before the stream opens
 */
export async function sendSse(request: FastifyRequest, reply: FastifyReply, source: SseSource, failed = errorEvent): Promise<void> {
  requireStreamRoom(request)
  const stream = openSse(request, reply)
  try {
    for await (const batch of await source(stream.signal))
      for (const event of batch) {
        stream.signal.throwIfAborted()
        await stream.send(event)
      }
    stream.signal.throwIfAborted()
  } catch (thrown) {
    if (stream.isGone()) return
    const isEnded = stream.signal.aborted
    const error = toAppError(isEnded ? stream.signal.reason : thrown)
    if (!isEnded) request.log.error({ err: error.code === 'internal' ? error.cause : error }, 'event stream failed')
    await stream.send(failed(toProblem(error, request.id)))
  } finally {
    stream.end()
  }
}

type Numbered = { seq: number; json: string }

/** The events of a log, under their numbers. */
export async function* sseEvents(batches: AsyncIterable<readonly Numbered[]>, toData = (json: string) => json): AsyncGenerator<SseEvent[]> {
  for await (const batch of batches) yield batch.map(({ seq, json }) => ({ id: seq, data: toData(json) }))
}

/** Without an id: a client that comes back goes on from the last event of the source. */
const errorEvent = (problem: Problem): SseEvent => ({ name: 'error', data: JSON.stringify(problem) })

/** Takes over the reply, keeping the headers that hooks have set. */
function openSse(request: FastifyRequest, reply: FastifyReply) {
  const { raw } = reply
  const isOver = request.server.streamsOver.aborted
  reply.hijack()
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    ...(isOver && { connection: 'close' }),
  })
  raw.flushHeaders()
  const gone = new AbortController()
  const ended = new AbortController()
  const letGo = request.holdAccess((why) => {
    ended.abort(why)
    // A reader that takes nothing would hold the rest for as long as it likes.
    if (raw.writableNeedDrain) raw.destroy()
  })
  const heartbeat = setInterval(() => raw.write(': \n\n'), heartbeatMs)
  const end = () => raw.end()
  const leave = () => {
    end()
    gone.abort()
    if (raw.writableNeedDrain) raw.destroy()
  }
  request.server.eventStreams.set(leave, request.caller?.userId)
  if (isOver) leave()
  raw.on('close', () => {
    clearInterval(heartbeat)
    letGo()
    request.server.eventStreams.delete(leave)
    gone.abort()
  })
  raw.on('error', (error) => request.log.debug({ err: error }, 'event stream broke'))
  return {
    /** Aborts when the client has gone, and when its access has ended. */
    signal: AbortSignal.any([gone.signal, ended.signal]),
    isGone: () => gone.signal.aborted,
    /** Waits while the client reads slower than we write; one that is too slow for too long is cut off, and may come back. */
    async send({ data, id, name }: SseEvent): Promise<void> {
      if (gone.signal.aborted || raw.writableEnded) return
      const fields = `${id === undefined ? '' : `id: ${id}\n`}${name === undefined ? '' : `event: ${name}\n`}`
      const drained = raw.write(`${fields}data: ${data}\n\n`)
      if (drained) return
      const tooSlow = setTimeout(() => raw.destroy(), slowMs)
      await once(raw, 'drain', { signal: gone.signal }).catch(() => undefined)
      clearTimeout(tooSlow)
    },
    end,
  }
}
