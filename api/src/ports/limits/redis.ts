import type { Redis, Result } from 'ioredis'
import type { Limits, LimitWindow } from './index.ts'

type WindowReply = [admitted: number, remaining: number, retryMicros: number, resetMicros: number]

declare module 'ioredis' {
  interface RedisCommander<Context> {
    jarvisAdmit(keyCount: number, ...keysThenSpendThenBounds: (string | number)[]): Result<WindowReply[], Context>
    jarvisAttempt(
      key: string,
      failuresFree: number,
      firstMicros: number,
      longestMicros: number,
      forgetMs: number,
    ): Result<[allowed: number, waitMicros: number], Context>
  }
}

// One sorted set per key: score and member are the time of an admission in microseconds. The loop makes the member unique within a microsecond;
// the newest keeps time from going back when the server's clock does. Members are read, not scores, which Redis would print anew each time.
// A key lives for two windows from its first admission or its last sweep: a request that is admitted without a sweep comes within the first of them.
const admitScript = `
local time = redis.call('TIME')
local clock = time[1] * 1000000 + time[2]
local windows, spends = {}, ARGV[1] == '1'
local function at(key, rank)
  local member = redis.call('ZRANGE', key, rank, rank)[1]
  return member and tonumber(member)
end
for i, key in ipairs(KEYS) do
  local max, length = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local now, count, oldest = clock, 0, at(key, 0)
  if oldest then
    now = math.max(clock, at(key, -1))
    if oldest <= now - length then
      redis.call('ZREMRANGEBYSCORE', key, '-inf', now - length)
      redis.call('PEXPIRE', key, math.ceil(length / 500))
      oldest = at(key, 0)
    end
    count = redis.call('ZCARD', key)
  end
  windows[i] = {key, max, length, now, count, oldest}
  spends = spends and count < max
end
local replies = {}
for i, window in ipairs(windows) do
  local key, max, length, now, count, oldest = unpack(window, 1, 6)
  local reset = oldest and oldest + length - now or length
  if spends then
    local member, n = string.format('%.0f', now), 0
    while redis.call('ZADD', key, 'NX', now, n == 0 and member or member .. '.' .. n) == 0 do n = n + 1 end
    if count == 0 then redis.call('PEXPIRE', key, math.ceil(length / 500)) end
    replies[i] = {1, max - count - 1, 0, reset}
  elseif count < max then
    replies[i] = {1, max - count, 0, reset}
  else
    replies[i] = {0, 0, (at(key, count - max) or now) + length - now, reset}
  end
end
return replies
`

const attemptScript = `
local key, free, first, longest = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local known = redis.call('HMGET', key, 'failures', 'until')
local ends = tonumber(known[2] or 0)
if now < ends then return {0, ends - now} end
local failures = tonumber(known[1] or 0) + 1
local wait = failures < free and 0 or math.min(first * 2 ^ (failures - free), longest)
redis.call('HSET', key, 'failures', failures, 'until', string.format('%.0f', now + wait))
redis.call('PEXPIRE', key, ARGV[4])
return {1, 0}
`

const microsPerSecond = 1_000_000

/** The connection stays the caller's: disposing the limits does not close it. */
export function createRedisLimits(redis: Redis): Limits {
  redis.defineCommand('jarvisAdmit', { lua: admitScript })
  redis.defineCommand('jarvisAttempt', { numberOfKeys: 1, lua: attemptScript })

  async function ask(windows: readonly LimitWindow[], spend: 0 | 1) {
    const keys = windows.map(({ key }) => limitKey(key))
    const bounds = windows.flatMap(({ requestsMax, windowSeconds }) => [requestsMax, windowSeconds * microsPerSecond])
    const replies = await redis.jarvisAdmit(keys.length, ...keys, spend, ...bounds)
    return replies.map(([admitted, remaining, retryMicros, resetMicros]) => ({
      admitted: admitted === 1,
      remaining,
      retryAfterSeconds: wholeSeconds(retryMicros),
      resetSeconds: wholeSeconds(resetMicros),
    }))
  }

  return {
    admit: (windows) => ask(windows, 1),
    look: (windows) => ask(windows, 0),

    async attempt(key, { failuresFree, firstSeconds, longestSeconds, forgetSeconds }) {
      const micros = [firstSeconds * microsPerSecond, longestSeconds * microsPerSecond] as const
      const [allowed, waitMicros] = await redis.jarvisAttempt(attemptKey(key), failuresFree, ...micros, forgetSeconds * 1000)
      return { allowed: allowed === 1, retryAfterSeconds: wholeSeconds(waitMicros) }
    },
    succeeded: async (key) => void (await redis.del(attemptKey(key))),
    async forget(keys) {
      if (keys.length > 0) await redis.del(...keys.flatMap((key) => [limitKey(key), attemptKey(key)]))
    },

    [Symbol.asyncDispose]: async () => {},
  }
}

const limitKey = (key: string) => `jarvis:limit:${key}`
const attemptKey = (key: string) => `jarvis:attempt:${key}`

function wholeSeconds(micros: number): number {
  return Math.ceil(micros / microsPerSecond)
}
