import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAccessTokens } from '../api/src/features/accounts/access-tokens.ts'
import { type Asker, openBaseline, openJarvis, openProvider, type Opener } from './asker.ts'
import { type Claim, median, percentile, printClaims, printTable, rounded, type Row } from './figures.ts'
import { benchSecret, startJarvis } from './jarvis.ts'
import { readTree } from './process-tree.ts'
import { type Program, startProgram } from './program.ts'

const rounds = 5
const people = 60
const answer = { tokens: 50, perSecond: 250 }
const crowd = { atOnce: 16, turns: 64 }
const alone = { atOnce: 1, turns: 12 }
const rush = { sockets: 24, tokens: 20, perSecond: 1000, ms: 3000 }
const firstTokenTurns = 240
const settleMs = 1500

type Cost = { product: number; engines: number }
type System = {
  name: string
  program: Program
  open: () => Opener
  idleBytes: number
  peakBytes: number
  crowd: Cost[]
  alone: Cost[]
  perSecond: number[]
  firstToken: number[]
}

/**
 * What a whole turn costs, against the least server that keeps the same first promises: processor of all processes of each, databases apart,
 * at 16 at once and alone; the first token beyond the provider's own; turns a second; memory with databases.
 */
export async function benchTurn(): Promise<Claim[]> {
  await using provider = await startProgram('provider')
  await using floor = await startFloor(provider.url)
  await using langchain = await startProgram('langchain-agent', { OPENAI_BASE_URL: provider.url })
  await using jarvis = await startJarvis(provider.url, { people })
  const system = async (name: string, program: Program, open: () => Opener): Promise<System> => {
    await sleep(settleMs)
    const bytes = await memory(program)
    return { name, program, open, idleBytes: bytes, peakBytes: bytes, crowd: [], alone: [], perSecond: [], firstToken: [] }
  }
  const systems = [
    await system('floor server', floor, () => openJarvis(floor)),
    await system('LangChain `createAgent`, nothing kept', langchain, () => openBaseline(langchain.url)),
    await system('Jarvis, all stages on', jarvis, () => openJarvis(jarvis)),
  ]
  for (let round = -1; round < rounds; round++) {
    for (const each of systems) {
      const [many, one] = [await turns(each, crowd), await turns(each, alone)]
      const perSecond = await saturate(each)
      each.peakBytes = Math.max(each.peakBytes, await memory(each.program))
      if (round < 0) continue
      each.crowd.push(many)
      each.alone.push(one)
      each.perSecond.push(perSecond)
    }
  }
  const directMs = await firstTokens(systems, openProvider(provider.url))
  printTable(
    `A turn of ${answer.tokens} tokens at ${answer.perSecond}/s, medians of ${rounds} rounds; first token over ${firstTokenTurns} turns, beyond the provider's own ${rounded(directMs)} ms; processor per turn in ms, its own · its databases'`,
    systems.map((each) => row(each, directMs)),
  )
  const claims = compare(systems[2]!, systems[0]!)
  printClaims('Against the floor server', claims)
  return claims
}

function row(system: System, directMs: number): Row {
  const cost = (costs: Cost[]) => `${rounded(middle(costs, 'product'))} · ${rounded(middle(costs, 'engines'))}`
  return {
    system: system.name,
    '16 at once': cost(system.crowd),
    alone: cost(system.alone),
    'first +ms': rounded(percentile(system.firstToken, 0.5) - directMs),
    p99: rounded(percentile(system.firstToken, 0.99) - directMs),
    'turns/s': rounded(median(system.perSecond)),
    'idle · peak, MB': `${megabytes(system.idleBytes)} · ${megabytes(system.peakBytes)}`,
  }
}

function compare(jarvis: System, floor: System): Claim[] {
  const per = (kind: 'crowd' | 'alone', side: keyof Cost) => jarvis[kind].map((cost, round) => cost[side] / floor[kind][round]![side])
  const added = (share: number) => percentile(jarvis.firstToken, share) - percentile(floor.firstToken, share)
  return [
    { claim: 'turn.crowd', says: 'processor per turn, 16 at once', target: 4, unit: '×', values: per('crowd', 'product') },
    { claim: 'turn.alone', says: 'processor per turn, one alone', target: 4, unit: '×', values: per('alone', 'product') },
    { claim: 'turn.databases', says: 'databases per turn, 16 at once', target: 4, unit: '×', values: per('crowd', 'engines') },
    { claim: 'turn.first-token-p50', says: 'first token p50 beyond the floor', target: 6, unit: ' ms', values: [added(0.5)] },
    { claim: 'turn.first-token-p99', says: 'first token p99 beyond the floor', target: 30, unit: ' ms', values: [added(0.99)] },
    {
      claim: 'turn.per-second',
      says: 'turns a second, of the floor',
      target: 0.25,
      unit: '×',
      atLeast: true,
      values: jarvis.perSecond.map((each, round) => each / floor.perSecond[round]!),
    },
    { claim: 'turn.idle', says: 'idle, with databases', target: 250, unit: ' MB', values: [megabytes(jarvis.idleBytes)] },
    { claim: 'turn.peak', says: 'peak, with databases', target: 700, unit: ' MB', values: [megabytes(jarvis.peakBytes)] },
  ]
}

const middle = (costs: Cost[], side: keyof Cost) => median(costs.map((cost) => cost[side]))
const megabytes = (bytes: number) => Math.round(bytes / 1e6)

async function memory({ pid }: Program): Promise<number> {
  const { product, engines } = await readTree(pid)
  return product.bytes + engines.bytes
}

/** Processor for each turn, of the product and of its databases. */
async function turns(system: System, { atOnce, turns }: { atOnce: number; turns: number }): Promise<Cost> {
  const askers: Asker[] = await Promise.all(Array.from({ length: atOnce }, () => system.open()()))
  const before = await readTree(system.program.pid)
  let left = turns
  await Promise.all(
    askers.map(async (asker) => {
      while (left-- > 0) await asker.ask(answer.tokens, answer.perSecond)
    }),
  )
  // What a turn leaves to do afterwards belongs to it.
  await sleep(settleMs)
  const after = await readTree(system.program.pid)
  for (const asker of askers) asker.close()
  const per = (side: keyof Cost) => (after[side].processorMs - before[side].processorMs) / turns
  return { product: per('product'), engines: per('engines') }
}

/** Turns a second, with as many sockets as keep it busy, each asking without a pause. */
async function saturate(system: System): Promise<number> {
  const askers = await Promise.all(Array.from({ length: rush.sockets }, () => system.open()()))
  let [stopping, done] = [false, 0]
  const startedAt = performance.now()
  const asking = Promise.all(
    askers.map(async (asker) => {
      for (; !stopping; done++) await asker.ask(rush.tokens, rush.perSecond)
    }),
  )
  // A question that fails ends the measurement.
  await Promise.race([asking, sleep(rush.ms)])
  const perSecond = (done / (performance.now() - startedAt)) * 1000
  stopping = true
  await asking
  for (const asker of askers) asker.close()
  return perSecond
}

/** One turn of each system after the other. Returns the median of the provider without anything in between. */
async function firstTokens(systems: System[], provider: Opener): Promise<number> {
  const direct: number[] = []
  const straight = await provider()
  const askers = await Promise.all(systems.map(({ open }) => Promise.all(Array.from({ length: 4 }, () => open()()))))
  for (let turn = 0; turn < firstTokenTurns; turn++) {
    direct.push((await straight.ask(5, 500)).firstTokenMs)
    for (const [index, system] of systems.entries()) system.firstToken.push((await askers[index]![turn % 4]!.ask(5, 500)).firstTokenMs)
  }
  for (const asker of askers.flat()) asker.close()
  return median(direct)
}

/** It has people too, and conversations that it knows nothing of. */
async function startFloor(providerUrl: string) {
  await using stack = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-bench-floor-'))
  await chmod(dataDir, 0o755)
  stack.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }))
  const program = stack.use(await startProgram('floor-server', { OPENAI_BASE_URL: providerUrl, DATA_DIR: dataDir, JWT_SECRET: benchSecret }))
  const tokens = await createAccessTokens(benchSecret, 86_400)
  const persons = await Promise.all(
    Array.from({ length: people }, async () => {
      const id = randomUUID()
      return { id, token: await tokens.sign(id, randomUUID()) }
    }),
  )
  let turn = 0
  const resources = stack.move()
  return {
    ...program,
    nextPerson: () => persons[turn++ % people]!,
    newConversation: async () => randomUUID(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
