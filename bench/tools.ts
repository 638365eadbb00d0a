import { readdirSync, readFileSync } from 'node:fs'
import { openBrowser } from '../api/src/ports/browser/open-browser.ts'
import { createEgress } from '../api/src/ports/egress/index.ts'
import { createDuckDuckGo } from '../api/src/ports/search/duckduckgo.ts'
import { createWebSearch } from '../api/src/ports/search/web-search.ts'
import { startDuckDuckGo } from '../simulators/duckduckgo/duckduckgo.ts'
import { startSite } from '../simulators/web/site.ts'
import { median, printTable, ratio, rounded } from './figures.ts'

const calls = 20
const warmUpCalls = 5
const contextsMax = 4
const { signal } = new AbortController()

/** What a search and a page cost more than the bare request, what an open page weighs, and how many open at once with a queue behind. */
export async function benchTools(): Promise<void> {
  await benchSearch()
  await benchBrowser()
}

async function benchSearch(): Promise<void> {
  const web = await startDuckDuckGo()
  await using egress = createEgress({ allowHosts: [new URL(web.url).host] })
  const search = createWebSearch([createDuckDuckGo(egress, web.url)])
  let query = 0
  const bare = await medianMs(async () => (await fetch(web.url, { method: 'POST', body: new URLSearchParams({ q: `bare ${query++}` }) })).text())
  const asked = await medianMs(() => search.search(`asked ${query++}`, signal))
  const cached = await medianMs(() => search.search('the same', signal))
  await web.close()
  printTable(`Search, ms a call, medians of ${calls}`, [
    { call: 'a bare request', ms: rounded(bare), '× bare': '1×' },
    { call: 'web_search: egress, parsing', ms: rounded(asked), '× bare': ratio(asked, bare) },
    { call: 'the same again, from the cache', ms: rounded(cached), '× bare': '' },
  ])
}

async function benchBrowser(): Promise<void> {
  const site = await startSite()
  const executable = '/usr/bin/chromium-headless-shell'
  const host = { kind: 'local', executable, sandbox: process.getuid?.() !== 0, allowHosts: [site.host] } as const
  await using browser = openBrowser(host, { placesMax: contextsMax, waitMs: 60_000 })
  const taskOf = (taskId: string) => ({ taskId, userId: 'one' })
  const open = (task: string, path = '/') => browser.act(taskOf(task), { kind: 'open', url: site.url + path }, signal)

  const startedAt = performance.now()
  await open('t0')
  const first = performance.now() - startedAt
  const bare = await medianMs(async () => (await fetch(`${site.url}/`)).text())
  const rows = [
    { call: 'a bare request', ms: rounded(bare) },
    { call: 'browser_open, the first: two processes start', ms: rounded(first) },
    { call: 'browser_open', ms: rounded(await medianMs(() => open('t0'))) },
    { call: 'browser_read', ms: rounded(await medianMs(() => browser.act(taskOf('t0'), { kind: 'read', offset: 0 }, signal))) },
    { call: 'browser_find', ms: rounded(await medianMs(() => browser.act(taskOf('t0'), { kind: 'find', text: 'noon' }, signal))) },
    { call: 'browser_screenshot', ms: rounded(await medianMs(() => browser.act(taskOf('t0'), { kind: 'screenshot' }, signal))) },
  ]
  printTable(`Browser, ms a call, medians of ${calls}`, rows)

  const one = treeMegabytes()
  for (let task = 1; task < contextsMax; task++) await open(`t${task}`)
  const all = treeMegabytes()
  const waitedFrom = performance.now()
  const waiting = Array.from({ length: contextsMax }, (_each, index) => open(`w${index}`).then(() => performance.now() - waitedFrom))
  for (let task = 0; task < contextsMax; task++) await browser.release(`t${task}`)
  const waited = await Promise.all(waiting)
  await site.close()
  printTable(`${contextsMax} pages at once, ${contextsMax} more in line`, [
    { what: 'driving process and Chromium with one page, MB', value: rounded(one) },
    { what: 'each further page, MB', value: rounded((all - one) / (contextsMax - 1)) },
    { what: 'the last of those in line had its page after, ms', value: rounded(Math.max(...waited)) },
  ])
}

async function medianMs(call: () => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  for (let round = -warmUpCalls; round < calls; round++) {
    const from = performance.now()
    await call()
    if (round >= 0) taken.push(performance.now() - from)
  }
  return median(taken)
}

/** Proportional memory of every process below this one. */
function treeMegabytes(): number {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${name}/status`))?.[1] ?? 0))
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid) ?? 0
    return parent === process.pid || (parent > 1 && isBelow(parent))
  }
  const pss = [...parents.keys()].filter(isBelow).map((pid) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0))
  return pss.reduce((sum, kilobytes) => sum + kilobytes, 0) / 1024
}

/** Empty for a process that has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
