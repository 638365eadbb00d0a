import { setTimeout } from 'node:timers/promises'
import type { Browser, BrowserContext } from 'playwright-core'
import { openBrowser, openPage, signUp } from '../e2e/browser.ts'
import { startBarePage } from './bare-page.ts'
import { median, printTable, ratio, rounded } from './figures.ts'
import { startJarvis } from './jarvis.ts'
import { startProgram } from './program.ts'
import { seedMessages } from './seed.ts'

const rounds = 7
const messages = 20
/** What a page still does for itself once it can be typed in. */
const restMs = 3000
const typedIn = 'bench.typed-in'
const categories = ['blink.user_timing', 'devtools.timeline', 'disabled-by-default-devtools.timeline']

type Event = { name: string; ph: string; pid: number; tid: number; ts: number; tdur?: number }
type Start = { beforeMs: number; allMs: number; longestMs: number; blockedMs: number }
type Opened = { name: string; context: BrowserContext; path: string; starts: Start[] }

/**
 * The start of a page that has been here before: what its main thread works before one can type in it, against a page that only mounts React.
 * Processor time of that thread alone, so that what else the machine does is not in it.
 */
export async function benchPageStart(): Promise<void> {
  await using provider = await startProgram('provider')
  await using jarvis = await startJarvis(provider.url, { people: 1 })
  await using bare = await startBarePage()
  // Else a browser that is watched reads each script once more, for the places in it.
  const browser = await openBrowser(['--js-flags=--no-enable-lazy-source-positions'])
  try {
    const { page, context } = await openPage(browser, jarvis.url, { viewport: { width: 412, height: 823 } })
    await signUp(page, 'start@example.org')
    const { rows } = await jarvis.pool.query<{ id: string }>(`select id from users where email = 'start@example.org'`)
    const id = await jarvis.newConversation({ id: rows[0]!.id, token: '' })
    await seedMessages(jarvis, id, messages)
    await page.close()
    const opened: Opened[] = [
      { name: 'React mounts a text area', context: (await openPage(browser, bare.url)).context, path: '/', starts: [] },
      { name: 'Jarvis, a new chat', context, path: '/', starts: [] },
      { name: `Jarvis, a conversation of ${messages}`, context, path: `/c/${id}`, starts: [] },
    ]
    for (const { context: each } of opened.slice(0, 2)) await each.addInitScript(marks)
    // The first round fills caches.
    for (let round = -1; round < rounds; round++)
      for (const each of opened) {
        const start = await measure(browser, each)
        if (round >= 0) each.starts.push(start)
      }
    print(opened)
  } finally {
    await browser.close()
  }
}

const marks = `
  const look = () => {
    if (!document.getElementById('message')) return requestAnimationFrame(look)
    performance.mark('${typedIn}')
    console.log('${typedIn}')
  }
  look()
`

/** In a page of its own: one that was used has another's garbage to collect. */
async function measure(browser: Browser, { context, path }: Opened): Promise<Start> {
  const page = await context.newPage()
  const debug = await browser.newBrowserCDPSession()
  const events: Event[] = []
  debug.on('Tracing.dataCollected', ({ value }) => void events.push(...(value as unknown as Event[])))
  await debug.send('Tracing.start', { traceConfig: { includedCategories: categories, excludedCategories: ['*'] }, transferMode: 'ReportEvents' })
  // Told, not asked for: what is evaluated in a page takes its time.
  const told = page.waitForEvent('console', (message) => message.text() === typedIn)
  await page.goto(path)
  await told
  await setTimeout(restMs)
  const complete = new Promise<void>((resolve) => debug.once('Tracing.tracingComplete', () => resolve()))
  await debug.send('Tracing.end')
  await complete
  await debug.detach()
  await page.close()
  return startOf(events)
}

function startOf(events: readonly Event[]): Start {
  const typed = events.find(({ name }) => name === typedIn)!
  const mine = events.filter(({ pid, tid }) => pid === typed.pid && tid === typed.tid)
  const begun = mine.findLast(({ name, ts }) => name === 'navigationStart' && ts < typed.ts)!
  const painted = mine.find(({ name }) => name === 'firstContentfulPaint')?.ts ?? typed.ts
  const tasks = mine.filter(({ name, ph, ts }) => name === 'RunTask' && ph === 'X' && ts >= begun.ts)
  const sum = (some: readonly Event[], of: (ms: number) => number = (ms) => ms) => some.reduce((all, { tdur = 0 }) => all + of(tdur / 1000), 0)
  return {
    beforeMs: sum(tasks.filter(({ ts }) => ts < typed.ts)),
    allMs: sum(tasks),
    longestMs: Math.max(...tasks.map(({ tdur = 0 }) => tdur / 1000)),
    // As Lighthouse has it for a phone, whose processor is four times slower.
    blockedMs: sum(
      tasks.filter(({ ts }) => ts >= painted),
      (ms) => Math.max(0, 4 * ms - 50),
    ),
  }
}

function print(opened: readonly Opened[]): void {
  const of = (starts: readonly Start[], key: keyof Start) => median(starts.map((start) => start[key]))
  const base = opened[0]!.starts
  printTable(
    `What a page's main thread works until it can be typed in, medians of ${rounds}`,
    opened.map(({ name, starts }) => ({
      page: name,
      'until typed in, ms': rounded(of(starts, 'beforeMs')),
      '× bare': ratio(of(starts, 'beforeMs'), of(base, 'beforeMs')),
      'with what follows, ms': rounded(of(starts, 'allMs')),
      '× bare ': ratio(of(starts, 'allMs'), of(base, 'allMs')),
      'longest task, ms': rounded(of(starts, 'longestMs')),
      'blocked on a phone, ms': rounded(of(starts, 'blockedMs')),
    })),
  )
}
