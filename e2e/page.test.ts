import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answered, answers, ask, atEnd, composer, openBrowser, openPage, signUp } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

let jarvis: Jarvis
let browser: Browser
beforeAll(async () => {
  // One answer at a time and two in line: what happens when Jarvis is busy can be seen.
  ;[jarvis, browser] = await Promise.all([startJarvis({ RUNS_AT_ONCE: '1', RUNS_WAITING_MAX: '2' }), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await jarvis[Symbol.asyncDispose]()
})

const isShown = (element: { checkVisibility(options: { opacityProperty: boolean }): boolean }) => element.checkVisibility({ opacityProperty: true })

const newChat = (page: Page) => page.getByRole('button', { name: 'New chat' }).first().click()

async function askHere(page: Page, text: string, count: number) {
  await ask(page, text)
  await expect.poll(() => answers(page).count()).toBe(count)
  await answered(page)
}

/** Jarvis behind a network on which the answer to a renewal is long on its way: the next page is there before it. */
async function slowToRenew(url: string, delayMs: number): Promise<{ url: string } & AsyncDisposable> {
  const proxy = createServer((incoming, outgoing) => {
    const { method, headers, url: path = '/' } = incoming
    const own = { ...headers, host: new URL(url).host, ...(headers.origin && { origin: url }) }
    const upstream = request(new URL(path, url), { method, headers: own }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      setTimeout(() => answer.pipe(outgoing), path.endsWith('/auth/refresh') ? delayMs : 0)
    })
    upstream.on('error', () => outgoing.destroy())
    incoming.pipe(upstream)
  })
  proxy.listen(0, 'localhost')
  await once(proxy, 'listening')
  return {
    url: `http://localhost:${(proxy.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections()
      proxy.close()
    },
  }
}

test('a first visit asks for nothing that is refused; the console stays empty', async () => {
  const { page } = await openPage(browser, jarvis.url)
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  await page.goto('/sign-in')
  await page.getByLabel('Email').waitFor()
  await page.waitForLoadState('networkidle')
  expect(said).toEqual([])
})

test('a person who signed in stays so over reloads, also in the middle of a renewal', async () => {
  await using far = await slowToRenew(jarvis.url, 300)
  const { page } = await openPage(browser, far.url)
  await signUp(page)
  for (const delayMs of [0, 0, 60]) {
    const renewing = page.waitForRequest('**/auth/refresh')
    await page.reload({ waitUntil: 'commit' })
    await renewing
    await new Promise((resolve) => setTimeout(resolve, delayMs))
  }
  await page.reload()
  await composer(page).waitFor()
})

test('what is sent comes into view, and its answer stays there, however long the conversation', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await signUp(page)
  await askHere(page, 'What is (1234.5 × 12) ÷ 7?', 1)
  await askHere(page, 'Show me code in TypeScript and a table', 2)
  await page.locator('pre span[style*="color"]').first().waitFor()
  await askHere(page, 'What is my name?', 3)
  await expect.poll(() => atEnd(page)).toBe(true)
  // From far above too.
  await page.getByRole('log').evaluate((log: { scrollTop: number }) => (log.scrollTop = 0))
  await page.getByRole('button', { name: 'Jump to latest' }).waitFor()
  await askHere(page, 'Hello', 4)
  await expect.poll(() => atEnd(page)).toBe(true)
  expect(await page.getByRole('button', { name: 'Jump to latest' }).count()).toBe(0)
})

test('on a phone the answer and what can be done with it are in view', async () => {
  const { page } = await openPage(browser, jarvis.url, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  await signUp(page)
  await askHere(page, 'Search the web for tide tables', 1)
  await askHere(page, 'What is 3 * 4?', 2)
  const actions = [answers(page).last().getByRole('button', { name: 'Copy answer' }), page.getByRole('button', { name: 'Copy message' }).last()]
  for (const action of actions) await expect.poll(() => action.evaluate(isShown)).toBe(true)
  expect(await atEnd(page)).toBe(true)
})

test('what was remembered and why this model answered survive a reload', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await signUp(page)
  await askHere(page, 'My name is Ada and I prefer short answers.', 1)
  // The fact, and what was said about it in other conversations.
  const remembered = page.getByText(/^Remembered \d+ things?$/)
  await expect
    .poll(async () => {
      await newChat(page)
      await askHere(page, 'What is my name?', 1)
      return remembered.count()
    })
    .toBe(1)
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.reload()
  await remembered.click()
  await page.getByText('My name is Ada and I prefer short answers.', { exact: true }).last().waitFor()
  await page.getByRole('button', { name: 'About this answer' }).click()
  await page.getByText(/The free plan’s standard model\. It read/).waitFor()
  expect(asked.filter((url) => url.includes('/runs/'))).toEqual([])
})

test('a busy Jarvis says how many go first; when the line is full the message waits here, and one click sends it', async () => {
  const people = await Promise.all(Array.from({ length: 4 }, () => openPage(browser, jarvis.url)))
  const [first, second, third, fourth] = people.map(({ page }) => page) as [Page, Page, Page, Page]
  for (const { page } of people) await signUp(page)
  await ask(first, 'Count to 2000')
  await answers(first)
    .getByText(/\b10\b/)
    .first()
    .waitFor()
  await ask(second, 'Hello')
  await second.getByText('Waiting in line: you are next').waitFor()
  await ask(third, 'Hello')
  await third.getByText('Waiting in line: 1 ahead of you').waitFor()

  await ask(fourth, 'Hello to a full house')
  const again = fourth.getByRole('button', { name: 'Send again' })
  await fourth.getByRole('alert').getByText('Too many messages are waiting').waitFor()
  await expect.poll(() => again.innerText()).toMatch(/Send again in \d s/)
  await fourth.getByText('Hello to a full house', { exact: true }).waitFor()

  const polled: string[] = []
  second.on('request', (request) => polled.push(request.url()))
  await first.getByRole('button', { name: 'Stop' }).click()
  await answered(second)
  const before = polled.length
  await answered(third)
  await expect.poll(() => again.innerText()).toBe('Send again')
  await again.click()
  await answered(fourth)
  expect(new URL(fourth.url()).pathname).toMatch(/^\/c\//)
  expect(polled.slice(before).filter((url) => url.includes('/runs/'))).toEqual([])
})

test('the page can be installed: its manifest leads to icons of the sizes that it names', async () => {
  const answer = await fetch(`${jarvis.url}/manifest.webmanifest`)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('application/manifest+json')])
  const { icons } = (await answer.json()) as { icons: { src: string; sizes: string; type: string }[] }
  const pictures = icons.filter(({ type }) => type === 'image/png')
  expect(pictures.map(({ sizes }) => sizes)).toEqual(['192x192', '512x512', '512x512'])
  for (const { src, sizes } of pictures) {
    const png = Buffer.from(await (await fetch(jarvis.url + src)).arrayBuffer())
    expect([src, `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`]).toEqual([src, sizes])
  }
})
