import { setTimeout as sleep } from 'node:timers/promises'
import { type Asker, openBaseline, openJarvis, type Opener } from './asker.ts'
import { median, printTable, rounded, type Row } from './figures.ts'
import { startJarvis } from './jarvis.ts'
import { type Program, startProgram } from './program.ts'

const rounds = 3
const idleSockets = 400
// No more than Jarvis runs at once.
const liveStreams = 50
const live = { tokens: 120, perSecond: 20 }
const settleMs = 600

/** Resident memory that one more idle socket, one more live stream and one more finished answer takes, after a collection. */
export async function benchMemory(): Promise<void> {
  await using provider = await startProgram('provider')
  await using proxy = await startProgram('bare-proxy', { OPENAI_BASE_URL: provider.url })
  await using jarvis = await startJarvis(provider.url, { people: 60 })
  printTable(`Memory in kB: ${idleSockets} idle sockets, ${liveStreams} live streams, medians of ${rounds}`, [
    await measure('bare proxy', proxy, openBaseline(proxy.url)),
    await measure('Jarvis, all stages on', jarvis, () => openJarvis(jarvis)()),
  ])
}

async function measure(system: string, program: Program, open: Opener): Promise<Row> {
  // What grows once, the first sockets and runs make grow.
  await closeAll(await openMany(open, idleSockets))
  const warm = await openMany(open, liveStreams)
  await Promise.all(warm.map((asker) => asker.ask(50, 500)))
  await closeAll(warm)

  const idle: Size[] = []
  const streaming: Size[] = []
  const finished: Size[] = []
  for (let round = 0; round < rounds; round++) {
    const empty = await size(program)
    const sockets = await openMany(open, idleSockets)
    idle.push(per(await size(program), empty, idleSockets))
    await closeAll(sockets)

    const speakers = await openMany(open, liveStreams)
    const silent = await size(program)
    const answers: Promise<unknown>[] = []
    await Promise.all(speakers.map((asker) => new Promise<void>((resolve) => void answers.push(asker.ask(live.tokens, live.perSecond, resolve)))))
    streaming.push(per(await size(program), silent, liveStreams))
    await Promise.all(answers)
    await closeAll(speakers)

    const before = await size(program)
    const askers = await openMany(open, liveStreams)
    await Promise.all(askers.map((asker) => asker.ask(500, 1000)))
    await closeAll(askers)
    finished.push(per(await size(program), before, liveStreams))
  }
  return {
    system,
    'idle socket, resident': middle(idle, 'rss'),
    'idle socket, heap': middle(idle, 'heap'),
    'live stream, resident': middle(streaming, 'rss'),
    'live stream, heap': middle(streaming, 'heap'),
    'finished answer of 500 tokens, heap': middle(finished, 'heap'),
  }
}

type Size = { rss: number; heap: number }

async function size(program: Program): Promise<Size> {
  await sleep(settleMs)
  await program.read({ collect: true })
  const { rssBytes, heapBytes } = await program.read({ collect: true })
  return { rss: rssBytes, heap: heapBytes }
}

const per = (after: Size, before: Size, count: number): Size => ({ rss: (after.rss - before.rss) / count, heap: (after.heap - before.heap) / count })
const middle = (sizes: Size[], field: keyof Size) => rounded(median(sizes.map((size) => size[field])) / 1000)

async function openMany(open: Opener, count: number): Promise<Asker[]> {
  const askers: Asker[] = []
  while (askers.length < count) askers.push(...(await Promise.all(Array.from({ length: Math.min(20, count - askers.length) }, open))))
  return askers
}

async function closeAll(askers: Asker[]): Promise<void> {
  for (const asker of askers) asker.close()
  await sleep(settleMs)
}
