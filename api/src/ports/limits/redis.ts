import type { Redis, Result } from 'ioredis'
import type { Limits } from './index.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    jarvisAdmit(
      key: string,
      requestsMax: number,
      windowMicros: number,
    ): Result<[admitted: number, remaining: number, retryMicros: number, resetMicros: number], Context>
  }
}

// One sorted set per key: score and member are the time of an admission in microseconds. The loop makes the member unique within a microsecond;
// max() keeps time from going back when the server's clock does.
const admitScript = `
local key, max, window = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local newest = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
if newest then now = math.max(now, tonumber(newest)) end
redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
local count = redis.call('ZCARD', key)
local function wait(rank)
  local score = redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')[2]
  return score and score + window - now or window
end
if count >= max then
  return {0, 0, wait(count - max), wait(0)}
end
local member, n = string.format('%.0f', now), 0
while redis.call('ZADD', key, 'NX', now, n == 0 and member or member .. '.' .. n) == 0 do n = n + 1 end
redis.call('PEXPIRE', key, math.ceil(window / 1000))
return {1, max - count - 1, 0, wait(0)}
`

/** The connection stays the caller's: disposing the limits does not close it. */
export function createRedisLimits(redis: Redis): Limits {
  redis.defineCommand('jarvisAdmit', { numberOfKeys: 1, lua: admitScript })
  return {
    async admit(key, requestsMax, windowSeconds) {
      const [admitted, remaining, retryMicros, resetMicros] = await redis.jarvisAdmit(`jarvis:limit:${key}`, requestsMax, windowSeconds * 1_000_000)
      return {
        admitted: admitted === 1,
        remaining,
        retryAfterSeconds: wholeSeconds(retryMicros),
        resetSeconds: wholeSeconds(resetMicros),
      }
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

function wholeSeconds(micros: number): number {
  return Math.ceil(micros / 1_000_000)
}
