import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answered, answers, ask, composer, openBrowser, openPage, overflow, signUp, violations } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

let jarvis: Jarvis
let browser: Browser
beforeAll(async () => {
  ;[jarvis, browser] = await Promise.all([startJarvis(), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await jarvis[Symbol.asyncDispose]()
})

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const questions = (page: Page) => page.getByRole('article', { name: 'You' })

/** One person at a desk and on a phone, in the same conversation. */
async function twoDevices(first: string) {
  const email = `e2e-${crypto.randomUUID()}@example.org`
  const { page: desk, complaints } = await openPage(browser, jarvis.url)
  await signUp(desk, email)
  await ask(desk, first)
  await answered(desk)
  await desk.waitForURL('**/c/*')
  const { page: hand } = await openPage(browser, jarvis.url, phone)
  await hand.goto(`/sign-in?next=${encodeURIComponent(new URL(desk.url()).pathname)}`)
  await hand.getByLabel('Email').fill(email)
  await hand.getByLabel('Password').fill('a sentence to remember')
  await hand.getByRole('button', { name: 'Sign in', exact: true }).click()
  await questions(hand).getByText(first).waitFor()
  return { desk, hand, complaints }
}

test('what is asked on one device is on the other as it is answered, and what waits there is sent after it, in one line of talk', async () => {
  const { desk, hand, complaints } = await twoDevices('Hello from my desk')
  await ask(desk, 'Count to 300')
  await questions(hand).getByText('Count to 300').waitFor()
  // Written while the answer comes: it waits, can be taken back, changed and sent.
  await composer(hand).fill('What is 6 * 7?')
  await hand.getByRole('button', { name: 'Send when this answer ends' }).click()
  const waiting = hand.getByRole('region', { name: 'Waiting to be sent' })
  await waiting.getByText('What is 6 * 7?').waitFor()
  await waiting.getByRole('button', { name: 'Edit queued message' }).click()
  await expect.poll(() => composer(hand).inputValue()).toBe('What is 6 * 7?')
  await hand.getByRole('button', { name: /^Send/ }).click()
  for (const page of [desk, hand]) {
    await questions(page).getByText('What is 6 * 7?').waitFor()
    await answers(page).nth(2).getByText('42').last().waitFor()
  }
  expect(await desk.getByRole('group', { name: 'Versions' }).count()).toBe(0)
  expect(await questions(desk).count()).toBe(3)
  expect(await overflow(hand)).toBe(0)
  expect(complaints).toEqual([])

  await desk.getByRole('link', { name: 'Hello from my desk' }).press('Delete')
  await desk.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await hand.getByText('This conversation is not here').waitFor()
})

test('another answer stands beside the first, and which is shown holds over a reload and on the other device', async () => {
  const { desk, hand } = await twoDevices('What is 3 * 4?')
  await desk.getByRole('button', { name: 'Regenerate' }).click()
  await answers(desk).getByText('2/2').waitFor()
  await answered(desk)
  expect(await questions(desk).count()).toBe(1)
  await answers(hand).getByText('2/2').waitFor()
  await desk.getByRole('button', { name: 'Previous version' }).click()
  await answers(hand).getByText('1/2').waitFor()
  await desk.reload()
  await answers(desk).getByText('1/2').waitFor()
  expect(await violations(desk)).toEqual([])
})

test('an answer that was stopped shows no open marks, and goes on where it ended', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await signUp(page)
  await ask(page, 'Count to 200')
  await answers(page)
    .getByText(/\b20\b/)
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByText('You stopped this answer.').waitFor()
  await page.getByRole('button', { name: 'Continue' }).click()
  await answers(page)
    .getByText(/\b200\b/)
    .last()
    .waitFor()
  await answered(page)
  expect(await answers(page).count()).toBe(1)
})

test('a search shows where the words stand and leads there; a page that is not there keeps the conversations', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await signUp(page)
  await ask(page, 'Hello about the harbour')
  await answered(page)
  await page.getByRole('button', { name: 'New chat' }).first().click()
  await page.getByRole('searchbox', { name: 'Search conversations' }).fill('the HARBOUR')
  const place = page
    .getByRole('navigation', { name: 'Conversations' })
    .locator('a', { has: page.locator('mark') })
    .first()
  await place.click()
  await page.waitForURL(/\/c\/[^?]+\?message=/)
  await questions(page).getByText('Hello about the harbour').waitFor()
  await page.goto('/nothing-here')
  await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor()
})

test('what a conversation needs before it can be read and written comes compressed', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await signUp(page)
  await ask(page, 'Show me a table')
  await answered(page)
  const encodings: string[] = []
  page.on('response', (response) => {
    if (response.url().endsWith('.js')) encodings.push(`${response.headers()['content-encoding']}`)
  })
  await page.reload()
  await answers(page).getByRole('table').waitFor()
  expect(encodings.length).toBeGreaterThan(3)
  expect(encodings.filter((encoding) => encoding === 'br').length / encodings.length).toBeGreaterThan(0.5)
  const read = async (path: string) => (await fetch(jarvis.url + path, { headers: { 'accept-encoding': 'gzip' } })).headers
  expect((await read('/openapi.json')).get('content-encoding')).toBe('gzip')
  const entry = /src="(\/assets\/[^"]+\.js)"/.exec(await (await fetch(jarvis.url)).text())![1]!
  expect((await read(entry)).get('content-encoding')).toBe('gzip')
  expect((await read(entry)).get('vary')).toMatch(/accept-encoding/i)
})
