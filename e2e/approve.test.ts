import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answered, answers, ask, focused, openBrowser, openPage, overflow, signUp, violations } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

let jarvis: Jarvis
let browser: Browser
let admin: Page
const email = 'admin@example.org'

beforeAll(async () => {
  ;[jarvis, browser] = await Promise.all([startJarvis(), openBrowser()])
  admin = (await openPage(browser, jarvis.url)).page
  await signUp(admin, email)
  // The calculator stands for any tool that asks: an administrator has made it ask at least once in each conversation.
  await admin.goto('/admin/settings')
  await admin.getByLabel('The least asked before: Calculator').selectOption('conversation')
})
afterAll(async () => {
  await browser.close()
  await jarvis[Symbol.asyncDispose]()
})

const cards = (page: Page) => page.getByRole('region', { name: 'Waiting for your approval' })
const act = (page: Page, name: string) => cards(page).getByRole('button', { name, exact: true }).click()

async function askToCalculate(page: Page) {
  await ask(page, 'What is 12 * 12?')
  await cards(page).getByText('Calculating 12 × 12').waitFor()
}

/** The same person, elsewhere. */
async function signIn(who: string): Promise<Page> {
  const { page } = await openPage(browser, jarvis.url)
  await page.goto('/sign-in')
  await page.getByLabel('Email').fill(who)
  await page.getByLabel('Password').fill('a sentence to remember')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByPlaceholder('Ask Jarvis anything').waitFor()
  return page
}

test('a tool that asks waits for the person, survives a reload and a restart, and runs once approved', async () => {
  const { page, complaints } = await openPage(browser, jarvis.url)
  await signUp(page)
  await askToCalculate(page)
  await expect.poll(() => focused(page)).toBe('Waiting for your approval')
  await page.keyboard.press('Enter')
  expect(await violations(page)).toEqual([])
  await page.reload()
  await cards(page).waitFor()
  await jarvis.restart()
  await act(page, 'Approve')
  await answers(page).last().getByText(/144/).last().waitFor()
  await answered(page)
  await cards(page).waitFor({ state: 'detached' })
  expect(complaints.filter((complaint) => !/WebSocket|Failed to fetch/.test(complaint))).toEqual([])
})

test('denied, the tool does not run, and the answer goes on without it', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await signUp(page)
  await askToCalculate(page)
  await act(page, 'Deny')
  await answered(page)
  await answers(page).last().getByText('not allowed', { exact: true }).waitFor()
})

test('what runs is what the person made of it', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await signUp(page)
  await askToCalculate(page)
  await act(page, 'Edit')
  await cards(page).getByLabel('Arguments, as JSON').fill('{"expression":"13 * 13"}')
  await act(page, 'Approve as edited')
  await answered(page)
  await answers(page).last().getByText('Calculating 13 × 13').waitFor()
  expect(await answers(page).last().innerText()).toContain('169')
})

test('“for this conversation” asks no more there, until it is taken back', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await signUp(page)
  await askToCalculate(page)
  await cards(page).getByLabel('Do not ask again').check()
  await act(page, 'Approve')
  await answered(page)
  await ask(page, 'What is 13 * 13?')
  await expect.poll(() => answers(page).count()).toBe(2)
  await answered(page)
  expect(await answers(page).last().innerText()).toContain('169')
  const conversation = page.url()

  await page.goto('/settings')
  await page.getByRole('button', { name: 'Ask again before: Calculator' }).click()
  await page.getByText('None. When you tell Jarvis').waitFor()
  await page.goto(conversation)
  await ask(page, 'What is 14 * 14?')
  await cards(page).waitFor()
})

test('what is approved on one device goes on by itself on the other', async () => {
  const { page } = await openPage(browser, jarvis.url)
  const who = `two-${crypto.randomUUID()}@example.org`
  await signUp(page, who)
  await askToCalculate(page)
  await expect.poll(() => page.url()).toContain('/c/')
  const other = await signIn(who)
  await other.goto(page.url())
  await act(other, 'Approve')
  await answered(other)
  await answers(page).last().getByText(/144/).last().waitFor()
  await cards(page).waitFor({ state: 'detached' })
})

test('a new message drops what waits, and the page says so', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await signUp(page)
  await askToCalculate(page)
  await ask(page, 'Hello')
  await expect.poll(() => answers(page).count()).toBe(2)
  await answered(page)
  await cards(page).waitFor({ state: 'detached' })
  await answers(page).first().getByText('cancelled', { exact: true }).waitFor()
})

test.each([320, 768])('the card fits a window of %d pixels, and axe finds nothing', async (width) => {
  const { page } = await openPage(browser, jarvis.url, { viewport: { width, height: 740 }, colorScheme: 'dark' })
  await signUp(page)
  await askToCalculate(page)
  expect(await violations(page)).toEqual([])
  expect(await overflow(page)).toBeLessThanOrEqual(0)
})
