import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answered, answers, ask, composer, focused, openBrowser, openPage, overflow, signUp, violations } from './browser.ts'
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

test('a stranger signs up, talks, sees a tool at work, and is remembered in a new conversation', async () => {
  const { page, complaints } = await openPage(browser, jarvis.url)
  await page.goto('/')
  await page.getByText('You are the first: you will be the administrator').waitFor()
  await signUp(page)
  await page
    .getByText(/practice model/i)
    .first()
    .waitFor()

  await ask(page, 'What is 12 * 12?')
  await answers(page)
    .last()
    .getByText(/Calculating/)
    .waitFor()
  await answered(page)
  expect(await answers(page).last().innerText()).toContain('144')

  await ask(page, 'My dog is called Biscuit.')
  await expect.poll(() => answers(page).count()).toBe(2)
  await answered(page)

  // Remembering follows the answer: it is asked for until it has.
  await expect
    .poll(async () => {
      await page
        .getByRole('link', { name: 'New chat' })
        .or(page.getByRole('button', { name: 'New chat' }))
        .first()
        .click()
      await ask(page, 'What is my dog called?')
      await answered(page)
      return await answers(page).last().innerText()
    })
    .toContain('Biscuit')
  expect(complaints).toEqual([])
})

test('a reload in mid-answer loses nothing', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await signUp(page)
  await ask(page, 'Count to 120')
  await answers(page)
    .last()
    .getByText(/\b12\b/)
    .first()
    .waitFor()
  await page.reload()
  await answers(page)
    .last()
    .getByText(/\b120\b/)
    .first()
    .waitFor()
  const numbers = (await answers(page).last().innerText()).match(/\b\d+\b/g)!.map(Number)
  expect(numbers.slice(0, 120)).toEqual(Array.from({ length: 120 }, (_, index) => index + 1))
})

test('Jarvis restarts in mid-answer, the page reconnects by itself and the answer ends whole', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await signUp(page)
  await ask(page, 'Count to 100')
  await answers(page)
    .last()
    .getByText(/\b15\b/)
    .first()
    .waitFor()
  await jarvis.restart()
  await answers(page)
    .last()
    .getByText(/\b100\b/)
    .first()
    .waitFor()
  const numbers = (await answers(page).last().innerText()).match(/\b\d+\b/g)!.map(Number)
  expect(numbers.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
})

test('stopping keeps what had arrived, and the conversation goes on', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await signUp(page)
  await ask(page, 'Count to 300')
  await answers(page)
    .last()
    .getByText(/\b10\b/)
    .first()
    .waitFor()
  await page.getByRole('button', { name: /stop/i }).click()
  await answers(page)
    .last()
    .getByText(/stopped/i)
    .first()
    .waitFor()
  await ask(page, 'Hello again')
  await expect.poll(() => answers(page).count()).toBe(2)
})

test('the keyboard alone writes, sends, and finds its way', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await signUp(page)
  await composer(page).waitFor()
  await expect.poll(() => focused(page)).toBe('Message to Jarvis')
  await page.keyboard.type('Hello')
  await page.keyboard.press('Enter')
  await answers(page).first().waitFor()
  await page.keyboard.press('Control+k')
  await expect.poll(() => focused(page)).toBe('Search or do something')
})

test.each([
  ['light', 1280],
  ['dark', 768],
  ['dark', 360],
  ['light', 320],
] as const)('axe finds nothing, and nothing overflows: %s, %d pixels wide', async (colorScheme, width) => {
  const { page } = await openPage(browser, jarvis.url, { colorScheme, viewport: { width, height: 740 } })
  await page.goto('/sign-in')
  await page.getByLabel('Email').waitFor()
  expect(await violations(page)).toEqual([])
  await signUp(page)
  expect(await violations(page)).toEqual([])
  await ask(page, 'Show me markdown with a table and code')
  await answers(page).first().getByRole('button', { name: /copy/i }).first().waitFor()
  for (const path of [undefined, '/memory', '/settings']) {
    if (path) await page.goto(path)
    await page.waitForLoadState('networkidle')
    expect(await violations(page), path).toEqual([])
    expect(await overflow(page), path).toBeLessThanOrEqual(0)
  }
})

test('a temporary chat says so, survives a reload, is in no list, and is gone when it is left; on paper there is only what was said', async () => {
  const { page, complaints } = await openPage(browser, jarvis.url)
  await signUp(page)
  await page.getByRole('button', { name: 'Temporary' }).click()
  await page.getByText('it is deleted when you leave it').waitFor()
  expect(await violations(page)).toEqual([])
  await ask(page, 'What is 19 * 23?')
  await answered(page)
  const address = page.url()
  await page.reload()
  await answered(page)
  await page.getByText('it is deleted when you leave it').waitFor()
  expect(await page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').count()).toBe(0)

  await page.emulateMedia({ media: 'print' })
  expect(await answers(page).last().isVisible()).toBe(true)
  expect(await composer(page).isVisible()).toBe(false)
  expect(await page.getByRole('region', { name: 'About the model' }).isVisible()).toBe(false)
  expect(await page.getByRole('navigation', { name: 'Conversations' }).isVisible()).toBe(false)
  await page.emulateMedia({ media: 'screen' })

  const deleted = page.waitForResponse((response) => response.request().method() === 'DELETE')
  await page.getByRole('button', { name: 'New chat' }).first().click()
  expect((await deleted).status()).toBe(204)
  await page.goto(address)
  await page.getByRole('heading', { name: 'This conversation is not here' }).waitFor()
  expect(complaints).toEqual([])
})
