import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'
import { AppError } from '#lib/app-error.ts'
import type { Signals } from './index.ts'

const channel = 'jarvis'
const payloadBytesMax = 4096
const publishWaitMs = 2000
const heartbeatMs = 15_000
const backoffMs = { first: 50, max: 5000 }

/**
 * Signals over LISTEN/NOTIFY on one dedicated connection that is opened again, with backoff, whenever it breaks. What is published
 * elsewhere in between is not seen here.
 * @throws `unavailable` when the database cannot be reached now
 */
export async function openSignals(connection: ClientConfig, onError: (error: unknown) => void = () => {}): Promise<Signals> {
  const handlers = new Map<string, Set<(payload: string) => void>>()
  const closing = new AbortController()
  let client: Client | undefined
  let connecting: Promise<void> = Promise.resolve()
  let sending: Promise<unknown> = Promise.resolve()

  async function connect(): Promise<void> {
    const next = new Client({
      ...connection,
      application_name: 'jarvis-signals',
      keepAlive: true,
      connectionTimeoutMillis: 5000,
      query_timeout: 5000,
    })
    next.on('error', onError)
    next.on('notification', (notification) => deliver(notification.payload ?? ''))
    try {
      await next.connect()
      await next.query(`LISTEN ${channel}`)
    } catch (error) {
      await next.end().catch(() => {})
      throw error
    }
    client = next
    next.once('end', () => {
      client = undefined
      if (!closing.signal.aborted) connecting = reconnect()
    })
  }

  async function reconnect(): Promise<void> {
    for (let delay = backoffMs.first; !closing.signal.aborted; delay = Math.min(delay * 2, backoffMs.max)) {
      try {
        return await connect()
      } catch (error) {
        onError(error)
        await sleep(delay, undefined, { signal: closing.signal }).catch(() => {})
      }
    }
  }

  function deliver(message: string): void {
    try {
      const { topic, payload } = JSON.parse(message) as { topic: string; payload: string }
      for (const handler of handlers.get(topic) ?? []) handler(payload)
    } catch (error) {
      onError(error)
    }
  }

  async function notify(message: string, deadline: number): Promise<void> {
    if (!client) await Promise.race([connecting, sleep(Math.max(0, deadline - performance.now()), undefined, { ref: false })])
    if (!client) throw unavailable(new Error('the connection for signals is down'))
    await client.query('select pg_notify($1, $2)', [channel, message]).catch((cause: unknown) => {
      throw unavailable(cause)
    })
  }

  // A half-open connection delivers nothing and reports nothing; a query that gets no answer ends it.
  async function beat(): Promise<void> {
    const beating = client
    await beating?.query('select 1').catch(() => beating.end())
  }

  await connect().catch((cause: unknown) => {
    throw unavailable(cause)
  })

  const heartbeat = setInterval(() => {
    sending = sending.then(beat).catch(onError)
  }, heartbeatMs).unref()

  return {
    async publish(topic, payload) {
      const message = JSON.stringify({ topic, payload })
      if (Buffer.byteLength(message) > payloadBytesMax) throw new RangeError(`A signal takes at most ${payloadBytesMax} bytes: ${topic}`)
      const deadline = performance.now() + publishWaitMs
      const sent = sending.then(() => notify(message, deadline))
      sending = sent.catch(() => {})
      await sent
    },

    subscribe(topic, handler) {
      const set = handlers.get(topic) ?? new Set()
      handlers.set(topic, set)
      // A wrapper of its own, so that the same function may subscribe twice and each be undone once.
      const own = (payload: string) => {
        try {
          handler(payload)
        } catch (error) {
          onError(error)
        }
      }
      set.add(own)
      return () => {
        set.delete(own)
        if (set.size === 0 && handlers.get(topic) === set) handlers.delete(topic)
      }
    },

    async [Symbol.asyncDispose]() {
      closing.abort()
      clearInterval(heartbeat)
      await connecting
      if (!client) return
      const ended = once(client, 'end')
      await client.end()
      await ended
    },
  }
}

function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'A part of Jarvis cannot be reached right now. Try again in a moment.', { cause })
}
