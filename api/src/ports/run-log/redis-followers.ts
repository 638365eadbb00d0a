import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis, Result } from 'ioredis'
import type { LogEntry } from './index.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    jarvisLogRead(
      stream: string,
      meta: string,
      after: number,
      appendsMax: number,
      pageBytes: number,
    ): Result<[ended: number, [id: string, fields: string[]][], complete: number], Context>
  }
}

type Tail = {
  followers: number
  /** What was published lately, without a gap: `entries[i]` has seq `base + i + 1`. */
  base: number
  entries: LogEntry[]
  endedAt: number | undefined
  /** Grows when something may have been missed: a follower that has not read the stream since must. */
  epoch: number
  /** Grows with every change. */
  version: number
  waiting: Set<() => void>
}

const appendsMax = 1000
/** A page is held by every follower that reads slowly, so it is bounded by its size too. */
const pageBytes = 64 * 1024
const tailEntriesMax = 4096
const pingMs = 5000
const retryMs = 250

const readScript = `
local ended = redis.call('HEXISTS', KEYS[2], 'ended')
local entries, bytes, after = {}, 0, ARGV[1] .. '-0'
while true do
  local page = redis.call('XRANGE', KEYS[1], '(' .. after, '+', 'COUNT', 16)
  for _, entry in ipairs(page) do
    entries[#entries + 1] = entry
    bytes = bytes + #entry[2][4]
    after = entry[1]
    if bytes >= tonumber(ARGV[3]) or #entries >= tonumber(ARGV[2]) then return {ended, entries, 0} end
  end
  if #page < 16 then return {ended, entries, 1} end
end`

/**
 * All followers of this process on one subscribed connection. Who keeps up is served from the shared tail of its run; who joins, lags or may
 * have missed something reads the stream once and goes on from there.
 */
export function createRedisFollowers(redis: Redis) {
  redis.defineCommand('jarvisLogRead', { numberOfKeys: 2, lua: readScript })
  const tails = new Map<string, Tail>()
  const closed = new AbortController()

  const subscriber = redis.duplicate({ lazyConnect: false, autoResubscribe: false })
  subscriber.on('error', () => {})
  subscriber.on('message', (stream: string, message: string) => {
    const tail = tails.get(stream)
    if (tail) receive(tail, message)
  })
  subscriber.on('ready', () => void listen([...tails.keys()]))
  // A half-open connection delivers nothing and reports nothing; the ping breaks it.
  const pinging = setInterval(() => {
    if (subscriber.status === 'ready') subscriber.ping().catch(() => subscriber.disconnect(true))
  }, pingMs).unref()

  /** Failing is fine: the next `ready` listens to everything that is followed then. */
  async function listen(streams: string[]): Promise<void> {
    if (streams.length === 0 || subscriber.status !== 'ready') return
    try {
      await subscriber.subscribe(...streams)
    } catch {
      if (subscriber.status === 'ready') subscriber.disconnect(true)
      return
    }
    for (const stream of streams) {
      const tail = tails.get(stream)
      if (tail) {
        tail.epoch++
        wake(tail)
      }
    }
  }

  function join(stream: string): Tail {
    let tail = tails.get(stream)
    if (!tail) {
      tail = { followers: 0, base: 0, entries: [], endedAt: undefined, epoch: 0, version: 0, waiting: new Set() }
      tails.set(stream, tail)
      void listen([stream])
    }
    tail.followers++
    return tail
  }

  function leave(stream: string, tail: Tail): void {
    if (--tail.followers > 0) return
    tails.delete(stream)
    if (subscriber.status === 'ready') subscriber.unsubscribe(stream).catch(() => {})
  }

  async function* follow(stream: string, meta: string, after: number, caller: AbortSignal): AsyncGenerator<LogEntry[], void> {
    const signal = AbortSignal.any([caller, closed.signal])
    if (signal.aborted) return
    const tail = join(stream)
    let seq = after
    let readEpoch = -1
    try {
      while (!signal.aborted) {
        const { version, epoch } = tail
        const live = entriesAfter(tail, seq)
        if (!live || readEpoch !== epoch) {
          const read = await readStream(stream, meta, seq)
          if (!read) {
            await sleep(retryMs, undefined, { signal }).catch(() => {})
            continue
          }
          readEpoch = read.complete ? epoch : -1
          if (read.entries.length > 0) {
            seq = read.entries.at(-1)!.seq
            yield read.entries
          }
          if (read.complete && read.ended) return
          if (read.entries.length > 0) continue
        } else if (live.length > 0) {
          seq = live.at(-1)!.seq
          yield live
          continue
        }
        if (tail.endedAt !== undefined && seq >= tail.endedAt) return
        if (tail.version === version) await changed(tail, signal)
      }
    } finally {
      leave(stream, tail)
    }
  }

  async function readStream(stream: string, meta: string, after: number) {
    try {
      const [ended, appends, complete] = await redis.jarvisLogRead(stream, meta, after, appendsMax, pageBytes)
      const entries = appends.flatMap(([id, fields]) => unpack(Number.parseInt(id, 10), Number(fields[1]), fields[3]!))
      return { ended: ended === 1, complete: complete === 1, entries: entries.filter((entry) => entry.seq > after) }
    } catch {
      return undefined
    }
  }

  return {
    follow,
    close() {
      clearInterval(pinging)
      closed.abort()
      subscriber.disconnect()
    },
  }
}

function receive(tail: Tail, message: string): void {
  const afterLast = message.indexOf(':')
  const afterCount = message.indexOf(':', afterLast + 1)
  const last = Number(message.slice(0, afterLast))
  const count = Number(message.slice(afterLast + 1, afterCount))
  if (count === 0) {
    tail.endedAt = last
  } else {
    if (last - count !== tail.base + tail.entries.length) {
      tail.base = last - count
      tail.entries = []
    }
    tail.entries.push(...unpack(last, count, message.slice(afterCount + 1)))
    const excess = tail.entries.length - tailEntriesMax
    if (excess > tailEntriesMax) {
      tail.entries.splice(0, excess)
      tail.base += excess
    }
  }
  wake(tail)
}

/** Undefined when the tail does not reach back that far. */
function entriesAfter(tail: Tail, seq: number): LogEntry[] | undefined {
  return seq < tail.base ? undefined : tail.entries.slice(seq - tail.base)
}

function unpack(last: number, count: number, packed: string): LogEntry[] {
  return packed.split('\u001e').map((json, i) => ({ seq: last - count + 1 + i, json }))
}

function wake(tail: Tail): void {
  tail.version++
  const waiting = [...tail.waiting]
  tail.waiting.clear()
  for (const resume of waiting) resume()
}

function changed(tail: Tail, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const resume = () => {
      signal.removeEventListener('abort', resume)
      tail.waiting.delete(resume)
      resolve()
    }
    tail.waiting.add(resume)
    signal.addEventListener('abort', resume)
  })
}
