import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'
import { AppError } from '#lib/app-error.ts'
import { answered, answerMs, giveUp, startHeartbeat } from '#ports/database/heartbeat.ts'
import type { Signals } from './index.ts'
import { createOutbox } from './outbox.ts'

const channel = 'jarvis'
const payloadBytesMax = 4096
const backoffMs = { first: 50, max: 2000 }
const flushMsMax = 1000

/**
 * Signals over LISTEN/NOTIFY on one dedicated connection that is opened again, with backoff, whenever it breaks or falls silent. What is
 * published elsewhere in between is not seen here.
 * @throws `unavailable` when the database cannot be reached now
 */
export async function openSignals(connection: ClientConfig, onError: (error: unknown) => void = () => {}): Promise<Signals> {
  const handlers = new Map<string, Set<(payload: string) => void>>()
  const closing = new AbortController()
  let client: Client | undefined
  let connecting: Promise<void> = Promise.resolve()

  async function connect(): Promise<void> {
    const next = new Client({ ...connection, application_name: 'jarvis-signals', keepAlive: true, connectionTimeoutMillis: answerMs })
    next.on('error', onError)
    next.on('notification', (notification) => deliver(notification.payload ?? ''))
    try {
      await answered(next, next.connect())
      await answered(next, next.query(`LISTEN ${channel}`))
    } catch (error) {
      giveUp(next)
      throw error
    }
    if (closing.signal.aborted) return giveUp(next)
    client = next
    startHeartbeat(next, onError)
    next.once('end', () => {
      client = undefined
      if (!closing.signal.aborted) connecting = reconnect()
    })
    outbox.goOn()
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

  const outbox = createOutbox(async (message) => {
    if (!client) return false
    await answered(client, client.query('select pg_notify($1, $2)', [channel, message]))
    return true
  }, onError)

  await connect().catch((cause: unknown) => {
    throw new AppError('unavailable', 'A part of Jarvis cannot be reached right now. Try again in a moment.', { cause })
  })

  return {
    publish(topic, payload) {
      const message = JSON.stringify({ topic, payload })
      if (Buffer.byteLength(message) > payloadBytesMax) throw new RangeError(`A signal takes at most ${payloadBytesMax} bytes: ${topic}`)
      outbox.add(message)
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
      if (client) await outbox.emptied(flushMsMax)
      closing.abort()
      await connecting
      const last = client
      if (last) await answered(last, last.end()).catch(onError)
    },
  }
}
