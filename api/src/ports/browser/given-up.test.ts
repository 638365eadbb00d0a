import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSite, type Site } from '../../../../simulators/web/site.ts'
import { openBrowser } from './open-browser.ts'
import { taskOf } from './task.fixture.ts'

let site: Site
beforeAll(async () => void (site = await startSite()))
afterAll(async () => await site.close())

const open = (workMs: number) =>
  openBrowser(
    { kind: 'local', executable: '/usr/bin/chromium-headless-shell', sandbox: process.getuid?.() !== 0, allowHosts: [site.host] },
    { placesMax: 2, workMs },
  )

test('a page that is given up while Chromium starts is never asked for', async () => {
  await using hasty = open(1)
  await using task = taskOf(hasty, site.url)
  await expect(task.open('/shop')).rejects.toMatchObject({ code: 'upstream_timeout' })
  // Another Chromium, started later, has long shown its pages.
  await using browser = open(20_000)
  await using other = taskOf(browser, site.url)
  for (const path of ['/', '/long', '/']) await other.open(path)
  expect(site.requests.map(({ path }) => path)).not.toContain('/shop')
})

test('a page that never yields is closed at its time, and the next page opens', async () => {
  await using quick = open(4000)
  await using task = taskOf(quick, site.url)
  await expect(task.open('/spin')).rejects.toMatchObject({ code: expect.stringMatching(/upstream_timeout|unavailable/) })
  expect(await retried(() => task.open('/'))).toMatchObject({ title: 'Tide tables' })
})

test('a page that floods the console hurts nobody', async () => {
  await using quick = open(4000)
  await using task = taskOf(quick, site.url)
  const before = held()
  await task.open('/noise').catch(() => undefined)
  expect(held() - before).toBeLessThan(20_000_000)
  await using next = taskOf(quick, site.url)
  expect(await retried(() => next.open('/'))).toMatchObject({ title: 'Tide tables' })
})

test('a stopped task ends at once, and its page with it', async () => {
  await using browser = open(20_000)
  await using task = taskOf(browser, site.url)
  await task.open('/')
  const stop = new AbortController()
  const loading = browser.act({ taskId: task.id, userId: 'a' }, { kind: 'open', url: `${site.url}/stream` }, stop.signal)
  stop.abort(new Error('stopped'))
  await expect(loading).rejects.toThrow('stopped')
})

/** A browser that was closed needs its time on a machine that others keep busy. */
const triesMax = 10
async function retried<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tried = 1; ; tried++) {
    try {
      return await work()
    } catch (error) {
      if (tried === triesMax) throw error
    }
  }
}

/** Bytes that this process cannot give back. */
function held(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
