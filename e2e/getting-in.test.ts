import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startMailServer } from '../api/test/engines/mail-server.ts'
import { composer, openBrowser, openPage, overflow, signUp, violations } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

let mail: Awaited<ReturnType<typeof startMailServer>>
let jarvis: Jarvis
let browser: Browser
beforeAll(async () => {
  mail = await startMailServer()
  ;[jarvis, browser] = await Promise.all([startJarvis({ SMTP_URL: mail.url }), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await jarvis[Symbol.asyncDispose]()
  await mail[Symbol.asyncDispose]()
})

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
const linkIn = (text: string) => /https?:\/\/\S+#token=[\w-]+/.exec(text)![0]

async function expectSound(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  expect(await violations(page)).toEqual([])
  expect(await overflow(page)).toBe(0)
}

test('who forgot the password gets in again on a phone, by keyboard, and confirms a new address on the way', async () => {
  const email = `e2e-${crypto.randomUUID()}@example.org`
  const { page: desk, complaints } = await openPage(browser, jarvis.url)
  await signUp(desk, email)
  await desk.goto('/settings')
  await desk.getByText('is not confirmed yet').waitFor()
  await expectSound(desk)
  const other = await desk.context().newPage()
  await other.goto(linkIn((await mail.letterTo(email, /Confirm/)).text))
  await expectSound(other)
  await other.getByRole('button', { name: 'Confirm' }).press('Enter')
  await other.getByRole('heading', { name: 'Confirmed' }).waitFor()
  // The open page hears of it.
  await desk.getByText('is not confirmed yet').waitFor({ state: 'detached' })
  const next = `e2e-${crypto.randomUUID()}@example.org`
  await desk.getByLabel('Email', { exact: true }).fill(next)
  await desk.keyboard.press('Enter')
  await desk.getByText(`Your address becomes ${next}`).waitFor()
  await expectSound(desk)
  for (const address of [email, next]) {
    await other.goto('about:blank')
    await other.goto(linkIn((await mail.letterTo(address, /to move|Use this/)).text))
    await other.getByRole('button', { name: 'Confirm' }).click()
    await other.getByRole('heading', { name: 'Confirmed' }).waitFor()
  }
  await desk.getByText('Your address becomes').waitFor({ state: 'detached' })

  const { page: hand } = await openPage(browser, jarvis.url, phone)
  await hand.goto('/sign-in')
  await expectSound(hand)
  await hand.getByRole('link', { name: 'Forgot your password?' }).press('Enter')
  await hand.getByRole('heading', { name: 'Forgot your password?' }).waitFor()
  await expectSound(hand)
  await hand.getByLabel('Email').fill(next)
  await hand.keyboard.press('Enter')
  await hand.getByText('a letter is on its way').waitFor()
  await expectSound(hand)
  const link = linkIn((await mail.letterTo(next, /Set a new password/)).text)
  await hand.goto(link)
  await hand.getByLabel('New password').fill('password1')
  await hand.keyboard.press('Enter')
  await expect.poll(() => hand.getByLabel('New password').getAttribute('aria-invalid')).toBe('true')
  await expectSound(hand)
  await hand.getByLabel('New password').fill('another sentence to remember')
  await hand.keyboard.press('Enter')
  await hand.getByRole('heading', { name: 'Your new password is set' }).waitFor()
  await expectSound(hand)
  // Elsewhere it ended.
  await desk.waitForURL('**/sign-in**')
  await hand.getByRole('link', { name: 'Sign in with it' }).press('Enter')
  await hand.getByLabel('Email').fill(next)
  await hand.getByLabel('Password').fill('another sentence to remember')
  await hand.keyboard.press('Enter')
  await composer(hand).waitFor()
  await hand.goto(link)
  await hand.getByLabel('New password').fill('a third sentence to remember')
  await hand.keyboard.press('Enter')
  await hand.getByRole('alert').getByText('was used already').waitFor()
  expect(complaints).toEqual([])
})
