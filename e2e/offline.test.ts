import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answered, answers, ask, composer, openBrowser, openPage, signUp } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

let jarvis: Jarvis
let browser: Browser
beforeAll(async () => {
  ;[jarvis, browser] = await Promise.all([startJarvis(), openBrowser([], 'whole')])
})
afterAll(async () => {
  await browser.close()
  await jarvis[Symbol.asyncDispose]()
})

/** Text, as it runs in the page, whose types are not those of Node. */
const keptHere = (page: Page) =>
  page.evaluate<string[]>(`new Promise((resolve, reject) => {
    const opening = indexedDB.open('jarvis.read')
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      if (!opening.result.objectStoreNames.contains('read')) return opening.result.close(), resolve([])
      const reading = opening.result.transaction('read').objectStore('read').getAll()
      reading.onsuccess = () => (opening.result.close(), resolve(reading.result.map(({ key, json }) => key + json)))
    }
  })`)
const cached = (page: Page) =>
  page.evaluate<string[]>(`caches.keys().then(async (names) => {
    const found = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))
    return found.flat()
  })`)
const working = (page: Page) => page.evaluate<boolean>('navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)')

async function asked(page: Page, text: string) {
  await ask(page, text)
  await expect.poll(() => answers(page).count()).toBe(1)
  await answered(page)
}

test('without a network it opens with what was read before, says so, and what is sent goes out when it is back', async () => {
  const { page, context } = await openPage(browser, jarvis.url)
  await signUp(page)
  await asked(page, 'What is 3 * 4?')
  const address = page.url()
  await expect.poll(() => working(page)).toBe(true)
  const isKept = async (name: string, text: string) => (await keptHere(page)).some((entry) => entry.startsWith(`["${name}"`) && entry.includes(text))
  // As it ended: while it still came, a 12 was in its time and its number too.
  await expect.poll(() => isKept('messages', '3 * 4 = 12**')).toBe(true)
  await expect.poll(() => isKept('conversations', '3 * 4')).toBe(true)
  await context.setOffline(true)
  await page.goto(address)
  await page.getByRole('article', { name: 'Jarvis' }).getByText('12').filter({ visible: true }).first().waitFor()
  await page.getByText('You are offline. What you see was read before.').waitFor()
  // The others are listed too.
  await page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').first().waitFor()
  await ask(page, 'What is 5 * 5?')
  await page.getByText('Your message goes out when the connection is back.').waitFor()
  await context.setOffline(false)
  await expect.poll(() => answers(page).count()).toBe(2)
  await answered(page)
  // Nothing of what people write is in the worker's caches.
  expect((await cached(page)).filter((path) => path.startsWith('/api') || path.startsWith('/c/'))).toEqual([])
  await context.close()
})

test('a browser of a phone, which shows notifications from a worker alone, says that an answer has come', async () => {
  const { page, context } = await openPage(browser, jarvis.url)
  await context.grantPermissions(['notifications'])
  await page.addInitScript(`
    localStorage.setItem('jarvis.notify', 'yes')
    const { permission } = Notification
    window.Notification = class { static permission = permission; constructor() { throw new TypeError('Illegal constructor') } }
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => window.away === true })
    const { showNotification } = ServiceWorkerRegistration.prototype
    ServiceWorkerRegistration.prototype.showNotification = async function (...notice) {
      await showNotification.apply(this, notice)
      window.hasShown = true
    }
  `)
  await signUp(page)
  await expect.poll(() => working(page)).toBe(true)
  await page.evaluate('window.away = true')
  await asked(page, 'What is 3 * 4?')
  // Who asks Chromium which notices there are while it is showing one makes it drop that one.
  await expect.poll(() => page.evaluate('window.hasShown')).toBe(true)
  const shown = () =>
    page.evaluate<string[]>(`navigator.serviceWorker.ready.then((registration) => registration.getNotifications())
      .then((notices) => notices.map(({ body, data }) => [body, data.conversationId]))`)
  await expect.poll(shown).toEqual([['Jarvis has answered.', page.url().split('/').at(-1)]])
  await context.close()
})

test('what was read is gone with the session, and another person finds nothing of it', async () => {
  const { page, context } = await openPage(browser, jarvis.url)
  await signUp(page)
  await asked(page, 'What is 3 * 4?')
  await expect.poll(async () => (await keptHere(page)).length).toBeGreaterThan(2)
  await page.getByRole('button', { name: 'Ada Lovelace' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByLabel('Email').waitFor()
  await expect.poll(async () => (await keptHere(page)).length).toBe(0)
  await expect.poll(() => working(page)).toBe(true)
  await context.setOffline(true)
  await page.goto('/')
  await page.getByText('Jarvis cannot be reached').waitFor()
  await context.close()
})

/** Jarvis after an update of itself: its worker has another name. */
async function updatable(url: string): Promise<{ url: string; update(): void } & AsyncDisposable> {
  let updated = false
  const proxy = createServer((incoming, outgoing) => {
    const { method, headers, url: path = '/' } = incoming
    // Without what the browser has of it: the worker of the update is no file of the server, so `not modified` would be wrong.
    const { 'if-none-match': _tag, 'if-modified-since': _since, ...asked } = headers
    const own = { ...asked, host: new URL(url).host, 'accept-encoding': 'identity', ...(headers.origin && { origin: url }) }
    const upstream = request(new URL(path, url), { method, headers: own }, (answer) => {
      const { 'content-length': _, ...kept } = answer.headers
      outgoing.writeHead(answer.statusCode!, kept)
      if (path !== '/sw.js' || !updated) return void answer.pipe(outgoing)
      outgoing.write('// newer\n')
      void answer.toArray().then((parts) =>
        outgoing.end(
          Buffer.concat(parts as Buffer[])
            .toString()
            .replace(/appVersion = "\w+"/, 'appVersion = "newer"'),
        ),
      )
    })
    upstream.on('error', () => outgoing.destroy())
    incoming.pipe(upstream)
  })
  proxy.listen(0, 'localhost')
  await once(proxy, 'listening')
  return {
    url: `http://localhost:${(proxy.address() as AddressInfo).port}`,
    update: () => void (updated = true),
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections()
      proxy.close()
    },
  }
}

test('a new version takes over: a page that was open says so, and only what is new is kept', async () => {
  await using newer = await updatable(jarvis.url)
  const { page, context } = await openPage(browser, newer.url)
  await signUp(page)
  await expect.poll(() => working(page)).toBe(true)
  await page.reload()
  await composer(page).waitFor()
  const names = () => page.evaluate<string[]>('caches.keys()')
  expect(await names()).toEqual([expect.stringMatching(/^jarvis-\w{12}$/)])
  newer.update()
  await page.evaluate('navigator.serviceWorker.getRegistration().then((registration) => registration.update())')
  await page.getByRole('button', { name: 'Load it' }).click()
  await composer(page).waitFor()
  expect(await names()).toEqual(['jarvis-newer'])
  await context.close()
})
