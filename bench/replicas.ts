import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { startRedis } from '../api/test/engines/redis.ts'
import { openJarvis } from './asker.ts'
import { median, printTable, rounded, type Row } from './figures.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'
import { type Program, startProgram } from './program.ts'

const rounds = 3
const socketsEach = 24
const settleMs = 1000
const windowMs = 6000
const answer = { tokens: 20, perSecond: 1000 }

type Load = { perSecond: number; processorMs: number; busy: number }

/**
 * Short runs per second of one process and of two that share PostgreSQL, Redis and Chroma, each with as many sockets that ask without a
 * pause. Processor per run says how they would scale where they had cores of their own.
 */
export async function benchReplicas(): Promise<void> {
  await using redis = await startRedis()
  await using provider = await startProgram('provider')
  await using jarvis = await startJarvis(provider.url, { people: 120, redisUrl: redis.url })
  const one: Load[] = []
  const two: Load[] = []
  for (let round = -1; round < rounds; round++) {
    const alone = await load(jarvis, [jarvis])
    await using second = await jarvis.startReplica()
    const both = await load(jarvis, [jarvis, second])
    if (round < 0) continue
    one.push(alone)
    two.push(both)
  }
  const middle = (loads: Load[], field: keyof Load) => median(loads.map((each) => each[field]))
  const row = (replicas: number, loads: Load[]): Row => ({
    replicas,
    'runs/s': rounded(middle(loads, 'perSecond')),
    'the second adds': replicas === 1 ? '' : `${rounded(middle(loads, 'perSecond') / middle(one, 'perSecond') - 1)}×`,
    'processor ms/run': rounded(middle(loads, 'processorMs')),
    'cores they use': rounded((middle(loads, 'perSecond') * middle(loads, 'processorMs')) / 1000),
    'machine busy': `${Math.round(middle(loads, 'busy') * 100)} %`,
  })
  printTable(`Short runs at saturation, ${socketsEach} sockets a replica, on ${cpus().length} cores with engines, provider and client`, [
    row(1, one),
    row(2, two),
  ])
}

async function load(jarvis: Jarvis, replicas: Program[]): Promise<Load> {
  const askers = await Promise.all(replicas.flatMap(({ url }) => Array.from({ length: socketsEach }, () => openJarvis({ ...jarvis, url })())))
  let stopping = false
  let runs = 0
  const asking = askers.map(async (asker) => {
    for (; !stopping; runs++) await asker.ask(answer.tokens, answer.perSecond)
  })
  // A question that fails ends the measurement.
  const all = Promise.all(asking)
  await Promise.race([all, sleep(settleMs)])
  const [before, ticks, since] = [await processor(replicas), machineTicks(), performance.now()]
  runs = 0
  await Promise.race([all, sleep(windowMs)])
  const [done, ms, after, end] = [runs, performance.now() - since, await processor(replicas), machineTicks()]
  stopping = true
  await all
  for (const asker of askers) asker.close()
  return { perSecond: (done / ms) * 1000, processorMs: (after - before) / done, busy: (end.busy - ticks.busy) / (end.total - ticks.total) }
}

async function processor(replicas: Program[]): Promise<number> {
  const readings = await Promise.all(replicas.map((replica) => replica.read()))
  return readings.reduce((sum, { processorMs }) => sum + processorMs, 0)
}

function machineTicks(): { busy: number; total: number } {
  const times = cpus().map(({ times }) => times)
  const total = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0)
  return { total, busy: total - times.reduce((sum, { idle }) => sum + idle, 0) }
}
