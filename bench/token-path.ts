import { openBundledEmbeddings } from '../api/src/ports/models/bundled-embeddings.ts'
import { type Asker, openBaseline, openJarvis, openProvider, type Opener } from './asker.ts'
import { median, percentile, printTable, ratio, rounded } from './figures.ts'
import { startJarvis } from './jarvis.ts'
import { type Program, startProgram } from './program.ts'
import { question } from './question.ts'

type System = { name: string; program: Program; open: () => Opener; perToken: number[]; perTurn: number[]; firstToken: number[] }

const rounds = 3
const atOnce = 8
const perSecond = 250
const short = { tokens: 50, turns: 64 }
const long = { tokens: 1050, turns: 8 }
const firstTokenTurns = 200

/** Processor of one process per token and per turn, from answers of two lengths, and what it adds to the first token. */
export async function benchTokenPath(): Promise<void> {
  await using provider = await startProgram('provider')
  await using proxy = await startProgram('bare-proxy', { OPENAI_BASE_URL: provider.url })
  await using langchain = await startProgram('langchain-agent', { OPENAI_BASE_URL: provider.url })
  await using jarvis = await startJarvis(provider.url)
  const figures = () => ({ perToken: [], perTurn: [], firstToken: [] })
  const systems: System[] = [
    { name: 'bare proxy', program: proxy, open: () => openBaseline(proxy.url), ...figures() },
    { name: 'LangChain createAgent, its own streaming', program: langchain, open: () => openBaseline(langchain.url), ...figures() },
    { name: 'Jarvis, all stages on', program: jarvis, open: () => openJarvis(jarvis), ...figures() },
  ]
  for (const system of systems) await turns(system, short)

  for (let round = 0; round < rounds; round++) {
    for (const system of systems) {
      const shortMs = await turns(system, short)
      const longMs = await turns(system, long)
      const perTokenMs = (longMs - shortMs) / (long.tokens - short.tokens)
      system.perToken.push(perTokenMs * 1000)
      system.perTurn.push(shortMs - short.tokens * perTokenMs)
    }
  }

  const direct: number[] = []
  const alone = await openProvider(provider.url)()
  const askers = await Promise.all(systems.map(async ({ open }) => await Promise.all(Array.from({ length: 4 }, () => open()()))))
  for (let turn = 0; turn < firstTokenTurns; turn++) {
    direct.push((await alone.ask(5, 500)).firstTokenMs)
    for (const [index, system] of systems.entries()) system.firstToken.push((await askers[index]![turn % 4]!.ask(5, 500)).firstTokenMs)
  }
  for (const asker of askers.flat()) asker.close()

  const [floor] = systems
  const added = (system: System, share: number) => percentile(system.firstToken, share) - median(direct)
  printTable(
    `Token path: ${atOnce} streams of ${perSecond} tokens/s; first token over ${firstTokenTurns} turns, beyond the provider's own ${rounded(median(direct))} ms`,
    systems.map((system) => ({
      system: system.name,
      'µs/token': rounded(median(system.perToken)),
      '× proxy': ratio(median(system.perToken), median(floor!.perToken)),
      'ms/turn': rounded(median(system.perTurn)),
      '× proxy ': ratio(median(system.perTurn), median(floor!.perTurn)),
      'first token +ms p50': rounded(added(system, 0.5)),
      p99: rounded(added(system, 0.99)),
    })),
  )
  console.log(`\nOf Jarvis's turn the bundled encoder takes ${rounded(await encoderMs())} ms of processor, in a thread of its own.`)
}

/** Processor for the question of one turn. */
async function encoderMs(): Promise<number> {
  await using encoder = openBundledEmbeddings()
  const times: number[] = []
  for (let turn = -20; turn < 60; turn++) {
    const before = process.cpuUsage()
    await encoder.embed([question(short.tokens, perSecond)])
    const { user, system } = process.cpuUsage(before)
    if (turn >= 0) times.push((user + system) / 1000)
  }
  return median(times)
}

/** Processor per turn, several at a time. */
async function turns(system: System, { tokens, turns }: { tokens: number; turns: number }): Promise<number> {
  const askers: Asker[] = await Promise.all(Array.from({ length: atOnce }, () => system.open()()))
  const before = await system.program.read()
  let left = turns
  await Promise.all(
    askers.map(async (asker) => {
      while (left-- > 0) await asker.ask(tokens, perSecond)
    }),
  )
  const after = await system.program.read()
  for (const asker of askers) asker.close()
  return (after.processorMs - before.processorMs) / turns
}
