import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis, Result } from 'ioredis'
import { AppError } from '#lib/app-error.ts'
import type { RunLog } from './index.ts'
import { createRedisFollowers } from './redis-followers.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    jarvisLogOpen(stream: string, meta: string, attempt: number, openSecondsMax: number): Result<number, Context>
    jarvisLogAppend(stream: string, meta: string, attempt: number, nonce: string, count: number, packed: string): Result<number, Context>
    jarvisLogEnd(stream: string, meta: string, attempt: number, nonce: string, retentionSeconds: number): Result<number, Context>
  }
}

const openSecondsMax = 24 * 3600
const retryMsMax = 8000
const lastAttempt = 2 ** 31

/*
 * Two keys a run: a hash (attempt, last, nonce, ended) that fences the writers, and a stream with one entry per append. An entry's id is the last
 * seq in it; its events are joined by U+001E, which JSON never holds unescaped (RFC 7464). Every append is published whole as well, so that a
 * follower who keeps up never reads. The nonce names the last write: one whose answer was lost is sent again and not written twice.
 */
const openScript = `
local meta = redis.call('HMGET', KEYS[2], 'attempt', 'last', 'ended')
local attempt = tonumber(ARGV[1])
local last = tonumber(meta[2] or (attempt - 1) * 1000000)
if not meta[1] or tonumber(meta[1]) < attempt then redis.call('HSET', KEYS[2], 'attempt', attempt, 'last', last) end
if not meta[3] then
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  redis.call('EXPIRE', KEYS[2], ARGV[2])
end
return last`

const appendScript = `
local meta = redis.call('HMGET', KEYS[2], 'attempt', 'last', 'nonce', 'ended')
if meta[1] ~= ARGV[1] then return 0 end
if meta[3] == ARGV[2] then return 1 end
if meta[4] then return 0 end
local count = tonumber(ARGV[3])
if count == 0 then return 1 end
local last = meta[2] + count
redis.call('XADD', KEYS[1], last .. '-0', 'n', count, 'e', ARGV[4])
if redis.call('TTL', KEYS[1]) == -1 then redis.call('EXPIRE', KEYS[1], redis.call('TTL', KEYS[2])) end
redis.call('HSET', KEYS[2], 'last', last, 'nonce', ARGV[2])
redis.call('PUBLISH', KEYS[1], last .. ':' .. count .. ':' .. ARGV[4])
return 1`

const endScript = `
local meta = redis.call('HMGET', KEYS[2], 'attempt', 'last', 'nonce', 'ended')
if meta[1] ~= ARGV[1] then return 0 end
if meta[4] then return meta[3] == ARGV[2] and 1 or 0 end
redis.call('HSET', KEYS[2], 'ended', 1, 'nonce', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('PUBLISH', KEYS[1], meta[2] .. ':0:')
return 1`

/** The connection stays the caller's; followers share one more, which is opened and closed here. Writes and followers outlive a Redis that is away for some seconds. */
export function createRedisRunLog(redis: Redis, { retentionSeconds = 3600 }: { retentionSeconds?: number } = {}): RunLog {
  redis.defineCommand('jarvisLogOpen', { numberOfKeys: 2, lua: openScript })
  redis.defineCommand('jarvisLogAppend', { numberOfKeys: 2, lua: appendScript })
  redis.defineCommand('jarvisLogEnd', { numberOfKeys: 2, lua: endScript })
  const followers = createRedisFollowers(redis)
  const writing = new Map<string, Promise<unknown>>()

  // One write of a run at a time: only the last can be in doubt, so one nonce is enough and a retry cannot overtake.
  async function write(runId: string, send: (nonce: string) => Promise<number>): Promise<boolean> {
    const nonce = crypto.randomUUID()
    const before = writing.get(runId) ?? Promise.resolve()
    const mine = before.catch(() => {}).then(() => untilAnswered(() => send(nonce)))
    writing.set(runId, mine)
    try {
      return (await mine) === 1
    } finally {
      if (writing.get(runId) === mine) writing.delete(runId)
    }
  }

  const open = (runId: string, attempt: number) => untilAnswered(() => redis.jarvisLogOpen(streamKey(runId), metaKey(runId), attempt, openSecondsMax))
  const end = (runId: string, attempt: number, keptSeconds: number) =>
    write(runId, (nonce) => redis.jarvisLogEnd(streamKey(runId), metaKey(runId), attempt, nonce, keptSeconds))
  const has = async (runId: string) => (await redis.exists(metaKey(runId))) === 1

  return {
    open,
    append: (runId, attempt, events) => {
      const packed = events.join('\u001e')
      return write(runId, (nonce) => redis.jarvisLogAppend(streamKey(runId), metaKey(runId), attempt, nonce, events.length, packed))
    },
    end: (runId, attempt) => end(runId, attempt, retentionSeconds),
    has,
    async drop(runId) {
      if (!(await has(runId))) return
      await redis.del(streamKey(runId))
      // An attempt that is newer than every other shuts the writers out and ends the followers.
      await open(runId, lastAttempt)
      await end(runId, lastAttempt, 1)
    },
    follow: (runId, after, signal) => followers.follow(streamKey(runId), metaKey(runId), after, signal),
    [Symbol.asyncDispose]: async () => followers.close(),
  }
}

function streamKey(runId: string): string {
  return `jarvis:run:{${runId}}:events`
}

function metaKey(runId: string): string {
  return `jarvis:run:{${runId}}`
}

async function untilAnswered<T>(send: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + retryMsMax
  for (;;) {
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof AppError) || performance.now() > deadline) throw error
      await sleep(100)
    }
  }
}
