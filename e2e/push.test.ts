import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { composer, openBrowser, openPage, signUp } from './browser.ts'
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

/** What reaches the worker as if the service of the browser's maker had sent it. */
async function service(context: BrowserContext, page: Page) {
  const session = await context.newCDPSession(page)
  const found = new Map<string, string>()
  session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    for (const { registrationId, scopeURL } of registrations) found.set(scopeURL, registrationId)
  })
  await session.send('ServiceWorker.enable')
  await expect.poll(() => found.get(`${jarvis.url}/`)).toBeDefined()
  return async (data: unknown) => {
    const registrationId = found.get(`${jarvis.url}/`)!
    const text = typeof data === 'string' ? data : JSON.stringify(data)
    await session.send('ServiceWorker.deliverPushMessage', { origin: jarvis.url, registrationId, data: text })
  }
}

/** As text: the page's own types are not those of Node. */
const shown = (page: Page) =>
  page.evaluate<string[]>(`navigator.serviceWorker.ready.then((registration) => registration.getNotifications())
    .then((notices) => notices.map(({ title, body, lang, tag }) => [title, body, lang, tag].join(' · ')))`)

test('the worker shows what it is told while no page is seen, one for each conversation, and leaves the rest to the page', async () => {
  const { page, context } = await openPage(browser, jarvis.url)
  await context.grantPermissions(['notifications'])
  await signUp(page)
  await expect.poll(() => page.evaluate<boolean>('navigator.serviceWorker.ready.then(() => true)')).toBe(true)
  const send = await service(context, page)
  const told = { title: 'Jarvis', body: 'Jarvis has answered.', lang: 'en', conversationId: 'c1' }
  // A page that is seen.
  await send({ ...told, conversationId: 'seen' })
  await page.goto('about:blank')
  await send(told)
  await send({ title: 'Bees', body: 'Jarvis wartet auf Ihre Freigabe.', lang: 'de', conversationId: 'c1' })
  await send({ ...told, conversationId: 'c2' })
  await send('no JSON')
  await page.goto('/')
  await composer(page).waitFor()
  await expect
    .poll(async () => (await shown(page)).toSorted())
    .toEqual(['Bees · Jarvis wartet auf Ihre Freigabe. · de · c1', 'Jarvis ·  · en · jarvis', 'Jarvis · Jarvis has answered. · en · c2'])
  await context.close()
})

test('in the settings it is explained and off, and no browser is asked by itself', async () => {
  const { page, context, complaints } = await openPage(browser, jarvis.url)
  await signUp(page)
  await page.addInitScript('window.asked = 0; Notification.requestPermission = async () => (window.asked++, "denied")')
  await page.goto('/settings')
  const told = page.getByRole('switch', { name: 'Notify this browser while Jarvis is closed' })
  await told.waitFor()
  expect([await told.isChecked(), await page.evaluate('window.asked')]).toEqual([false, 0])
  await told.click()
  await expect.poll(() => page.evaluate('window.asked')).toBe(1)
  expect(complaints).toEqual([])
  await context.close()
})
