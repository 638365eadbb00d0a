import { setTimeout } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { ask, composer, openBrowser, openPage, signUp } from '../e2e/browser.ts'
import { median, percentile, printTable, ratio, rounded } from './figures.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'
import { startProgram } from './program.ts'
import { question } from './question.ts'
import { seedMessages } from './seed.ts'

const lengths = [200, 10_000]
const loads = 5
const keys = 80
const keyMs = 40
const tokensPerSecond = 200

type Figures = { endMs: number[]; nodes: number; heapMb: number; idleMs: number[]; streamingMs: number[] }

/** A long conversation in a browser against a short one: when its end is there, what it holds, and how typing feels while an answer streams. */
export async function benchPage(): Promise<void> {
  await using provider = await startProgram('provider')
  await using jarvis = await startJarvis(provider.url, { people: 1 })
  const browser = await openBrowser()
  try {
    const figures = new Map<number, Figures>()
    for (const length of lengths) figures.set(length, await measure(jarvis, browser, length))
    print(figures)
  } finally {
    await browser.close()
  }
}

async function measure(jarvis: Jarvis, browser: Browser, length: number): Promise<Figures> {
  const { page, context } = await openPage(browser, jarvis.url)
  const email = `${length}@example.org`
  await signUp(page, email)
  const { rows } = await jarvis.pool.query<{ id: string }>('select id from users where email = $1', [email])
  const id = await jarvis.newConversation({ id: rows[0]!.id, token: '' })
  const lastId = await seedMessages(jarvis, id, length)
  await jarvis.pool.query('analyze messages')
  const figures: Figures = { endMs: [], nodes: 0, heapMb: 0, idleMs: [], streamingMs: [] }
  for (let load = -1; load < loads; load++) {
    const startedAt = performance.now()
    await page.goto(`/c/${id}`)
    await page.locator(`[id="m-${lastId}"]`).waitFor()
    if (load >= 0) figures.endMs.push(performance.now() - startedAt)
  }
  await page.evaluate('new Promise((resolve) => requestIdleCallback(resolve))')
  figures.nodes = await page.evaluate<number>('document.querySelectorAll("*").length')
  figures.heapMb = await heapOf(page)
  figures.idleMs = await typed(page)
  // It streams longer than the typing takes.
  await ask(page, question(tokensPerSecond * 60, tokensPerSecond))
  await page.getByText('word word').first().waitFor()
  figures.streamingMs = await typed(page)
  await context.close()
  return figures
}

async function heapOf(page: Page): Promise<number> {
  const debug = await page.context().newCDPSession(page)
  await debug.send('HeapProfiler.collectGarbage')
  const { usedSize } = await debug.send('Runtime.getHeapUsage')
  await debug.detach()
  return usedSize / 1e6
}

/** Of each key the time from its event to the frame after it. */
async function typed(page: Page): Promise<number[]> {
  await composer(page).fill('')
  await page.evaluate(`
    window.keyTimes = []
    document.getElementById('message').onkeydown = ({ timeStamp }) =>
      requestAnimationFrame(() => setTimeout(() => window.keyTimes.push(performance.now() - timeStamp)))
  `)
  await composer(page).pressSequentially('rivers of '.repeat(keys / 10), { delay: keyMs })
  // Asked for by the debugger: the page's own policy refuses what is evaluated in it.
  while ((await page.evaluate<number>('window.keyTimes.length')) < keys) await setTimeout(50)
  const times = await page.evaluate<number[]>('window.keyTimes')
  await composer(page).fill('')
  return times
}

function print(figures: ReadonlyMap<number, Figures>): void {
  const short = figures.get(lengths[0]!)!
  const p95 = (values: number[]) => percentile(values, 0.95)
  printTable(
    `A conversation in a browser by its length: medians of ${loads} loads, ${keys} keys`,
    [...figures].map(([messages, { endMs, nodes, heapMb, idleMs, streamingMs }]) => ({
      messages,
      'end is there, ms': rounded(median(endMs)),
      '× short': ratio(median(endMs), median(short.endMs)),
      nodes,
      'heap MB': rounded(heapMb),
      '× short ': ratio(heapMb, short.heapMb),
      'key p95 ms, idle': rounded(p95(idleMs)),
      'while streaming': rounded(p95(streamingMs)),
      '× idle, short': ratio(p95(streamingMs), p95(short.idleMs)),
    })),
  )
}
