import { openRedis } from '../api/src/ports/redis/index.ts'
import { createInProcessLimits } from '../api/src/ports/limits/in-process.ts'
import { createRedisLimits } from '../api/src/ports/limits/redis.ts'
import { startRedis } from '../api/test/engines/redis.ts'
import { median, percentile, printTable, ratio, rounded } from './figures.ts'

const rounds = 5
const calls = 8000
const callersAtOnce = 32
// Each key gets what a minute of the free plan admits, so that every call is admitted.
const callsEach = 20

/** Admissions by the sliding window against a script that does nothing on the same server. */
export async function benchLimiter(): Promise<void> {
  await using server = await startRedis()
  await using redis = await openRedis(server.url)
  await using remote = createRedisLimits(redis)
  await using local = createInProcessLimits()
  const sha = String(await redis.script('LOAD', 'return 1'))
  const systems = [
    { name: 'EVALSHA of an empty script', call: (key: string) => redis.evalsha(sha, 1, key) },
    { name: 'limits on Redis', call: (key: string) => remote.admit([{ key, requestsMax: callsEach, windowSeconds: 60 }]) },
    { name: 'limits in process', call: (key: string) => local.admit([{ key, requestsMax: callsEach, windowSeconds: 60 }]) },
  ].map((system) => ({ ...system, perSecond: [] as number[], p99: [] as number[], alone: [] as number[] }))

  for (let round = -1; round < rounds; round++) {
    for (const { call, perSecond, p99, alone } of systems) {
      const { ms, times } = await hammer(call, callersAtOnce, calls, `${round}`)
      const single = await hammer(call, 1, 300, `${round}-alone`)
      if (round < 0) continue
      perSecond.push((calls / ms) * 1000)
      p99.push(percentile(times, 0.99))
      alone.push(median(single.times))
    }
  }
  const floor = systems[0]!
  printTable(
    `Limiter: ${callersAtOnce} callers at once, ${callsEach} admissions a key, medians of ${rounds} rounds`,
    systems.map(({ name, perSecond, p99, alone }) => ({
      system: name,
      'calls/s': Math.round(median(perSecond)),
      '× empty script': ratio(median(perSecond), median(floor.perSecond)),
      'p99 ms': rounded(median(p99)),
      'one caller, p50 ms': rounded(median(alone)),
    })),
  )
}

async function hammer(call: (key: string) => Promise<unknown>, callersAtOnce: number, calls: number, prefix: string) {
  const times: number[] = []
  let left = calls
  const caller = async () => {
    while (left-- > 0) {
      const startedAt = performance.now()
      await call(`${prefix}-${left % (calls / callsEach)}`)
      times.push(performance.now() - startedAt)
    }
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: callersAtOnce }, caller))
  return { ms: performance.now() - startedAt, times }
}
