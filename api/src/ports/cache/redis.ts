import type { Redis, Result } from 'ioredis'
import { type Cache, type CacheBounds, entryOverheadBytes, sizeOf } from './index.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    jarvisCacheGet(values: string, times: string, key: string, keptMs: number): Result<string | null, Context>
    jarvisCacheSet(...keysThenEntryThenBounds: (string | number)[]): Result<null, Context>
    jarvisCacheDrop(...keysThenOverheadThenEntries: (string | number)[]): Result<null, Context>
  }
}

// One hash of values, one of owners, and the times in order: the sum of their bytes is kept beside them, so that it is bounded however many
// processes write. The clock is the server's.
const clock = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`
const drop = `
local values, owners, times, bytes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local function drop(key, overhead)
  local size = #key + redis.call('HSTRLEN', values, key) + redis.call('HSTRLEN', owners, key) + overhead
  if redis.call('HDEL', values, key) == 1 then redis.call('DECRBY', bytes, size) end
  redis.call('HDEL', owners, key)
  redis.call('ZREM', times, key)
end
`
const getScript = `${clock}
local at = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not at or tonumber(at) <= now - tonumber(ARGV[2]) then return false end
return redis.call('HGET', KEYS[1], ARGV[1])
`
const setScript = `${clock}${drop}
local key, value, owner, overhead = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local bytesMax, kept = tonumber(ARGV[5]), tonumber(ARGV[6])
for _, old in ipairs(redis.call('ZRANGEBYSCORE', times, '-inf', now - kept, 'LIMIT', 0, 1000)) do drop(old, overhead) end
drop(key, overhead)
local size = #key + #value + #owner + overhead
while tonumber(redis.call('GET', bytes) or 0) + size > bytesMax do
  local oldest = redis.call('ZRANGE', times, 0, 0)[1]
  if not oldest then break end
  drop(oldest, overhead)
end
redis.call('HSET', values, key, value)
redis.call('HSET', owners, key, owner)
redis.call('ZADD', times, now, key)
redis.call('INCRBY', bytes, size)
for _, name in ipairs(KEYS) do redis.call('PEXPIRE', name, kept) end
`
const dropScript = `${drop}
for i = 2, #ARGV do drop(ARGV[i], tonumber(ARGV[1])) end
`

/** The connection stays the caller's. `name` tells one cache from another on the same Redis. */
export function createRedisCache(redis: Redis, name: string, { bytesMax, entryBytesMax, keptSeconds }: CacheBounds): Cache {
  redis.defineCommand('jarvisCacheGet', { numberOfKeys: 2, lua: getScript })
  redis.defineCommand('jarvisCacheSet', { numberOfKeys: 4, lua: setScript })
  redis.defineCommand('jarvisCacheDrop', { numberOfKeys: 4, lua: dropScript })
  const [values, owners, times, bytes] = ['values', 'owners', 'times', 'bytes'].map((part) => `jarvis:cache:{${name}}:${part}`) as [
    string,
    string,
    string,
    string,
  ]
  const keptMs = keptSeconds * 1000

  return {
    get: (key) => redis.jarvisCacheGet(values, times, key, keptMs),
    async set(key, value, owner) {
      if (sizeOf(key, value, owner) > Math.min(bytesMax, entryBytesMax)) return
      await redis.jarvisCacheSet(values, owners, times, bytes, key, value, owner, entryOverheadBytes, bytesMax, keptMs)
    },
    async forget(owner) {
      let cursor = '0'
      do {
        const [next, pairs] = await redis.hscan(owners, cursor, 'COUNT', 500)
        const own = pairs.filter((_, at) => at % 2 === 0 && pairs[at + 1] === owner)
        if (own.length > 0) await redis.jarvisCacheDrop(values, owners, times, bytes, entryOverheadBytes, ...own)
        cursor = next
      } while (cursor !== '0')
    },
    [Symbol.asyncDispose]: async () => {},
  }
}
