import { setTimeout as sleep } from 'node:timers/promises'
import { openBaseline, openJarvis, openProvider, type Opener } from './asker.ts'
import { percentile, printTable, ratio, rounded, type Row } from './figures.ts'
import { startJarvis } from './jarvis.ts'
import { startProgram } from './program.ts'

const steps = [25, 50, 100, 200, 300, 400, 500]
const perSecond = 50
const gapMsMax = 100
const windowMs = 2000
const settleMs = 500
const startersAtOnce = 4
const startMsMax = 5000
// So long that no stream ends before the last step.
const tokens = 20_000

type Stream = { lastAt: number }
type Step = { streams: number; gapMs: number }

/** How many streams of 50 tokens a second a process holds before one gap in a hundred passes 100 ms. Each on a socket of its own. */
export async function benchStreams(): Promise<void> {
  await using provider = await startProgram('provider')
  const held: Row[] = []
  let proxyHeld: Step[]
  {
    await using proxy = await startProgram('bare-proxy', { OPENAI_BASE_URL: provider.url })
    proxyHeld = await climb(openBaseline(proxy.url))
    held.push(row('bare proxy', proxyHeld, proxyHeld))
  }
  {
    await using langchain = await startProgram('langchain-agent', { OPENAI_BASE_URL: provider.url })
    held.push(row('LangChain createAgent, its own streaming', await climb(openBaseline(langchain.url)), proxyHeld))
  }
  {
    await using jarvis = await startJarvis(provider.url, { people: 80 })
    held.push(row('Jarvis, all stages on', await climb(() => openJarvis(jarvis)()), proxyHeld))
  }
  // Where the proxy gave up, the provider and this client alone must not have been the reason.
  const control = await climb(openProvider(provider.url), [proxyHeld.at(-1)!.streams])
  held.push(row('no process in between', control, proxyHeld))
  printTable(`Streams of ${perSecond} tokens/s before the p99 gap between tokens passes ${gapMsMax} ms (steps ${steps.join(', ')})`, held)
}

/** Adds streams step by step until one step fails twice; the streams of a step go on in the next. */
async function climb(open: Opener, counts = steps): Promise<Step[]> {
  const streams: Stream[] = []
  const gaps: number[] = []
  const passed: Step[] = []
  for (const count of counts) {
    const started = await addStreams(open, count - streams.length, streams, gaps)
    if (!started) return [...passed, { streams: count, gapMs: Infinity }]
    let step = await watch(count, streams, gaps)
    if (step.gapMs > gapMsMax) step = await watch(count, streams, gaps)
    passed.push(step)
    if (step.gapMs > gapMsMax) break
  }
  return passed
}

async function addStreams(open: Opener, count: number, streams: Stream[], gaps: number[]): Promise<boolean> {
  let left = count
  const starter = async () => {
    while (left-- > 0) {
      const stream = { lastAt: 0 }
      streams.push(stream)
      const asker = await open()
      const started = new Promise<void>((resolve) => {
        const onDelta = () => {
          const now = performance.now()
          if (stream.lastAt > 0) gaps.push(now - stream.lastAt)
          else resolve()
          stream.lastAt = now
        }
        // It ends with the process that serves it.
        asker.ask(tokens, perSecond, onDelta).catch(() => undefined)
      })
      await Promise.race([started, sleep(startMsMax, undefined, { ref: false })])
      if (stream.lastAt === 0) left = 0
    }
  }
  await Promise.all(Array.from({ length: startersAtOnce }, starter))
  return streams.every(({ lastAt }) => lastAt > 0)
}

async function watch(count: number, streams: Stream[], gaps: number[]): Promise<Step> {
  await sleep(settleMs)
  gaps.length = 0
  await sleep(windowMs)
  const now = performance.now()
  // Streams that have fallen silent make few gaps, so they are counted by themselves.
  const silences = streams.map(({ lastAt }) => now - lastAt)
  return { streams: count, gapMs: Math.max(percentile(gaps, 0.99), percentile(silences, 0.99)) }
}

function row(system: string, steps: Step[], baseline: Step[]): Row {
  const holds = (all: Step[]) => Math.max(0, ...all.filter(({ gapMs }) => gapMs <= gapMsMax).map(({ streams }) => streams))
  const told = steps.map(({ streams, gapMs }) => `${streams}: ${gapMs === Infinity ? 'waits' : `${rounded(gapMs)} ms`}`)
  return { system, held: holds(steps), '× proxy': ratio(holds(steps), holds(baseline)), 'p99 gap by step': told.slice(-3).join(', ') }
}
