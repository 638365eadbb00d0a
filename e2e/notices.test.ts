import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { composer, openBrowser, openPage, overflow, signUp, violations } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

let jarvis: Jarvis
let browser: Browser
let admin: Page
beforeAll(async () => {
  ;[jarvis, browser] = await Promise.all([startJarvis(), openBrowser()])
  admin = (await openPage(browser, jarvis.url)).page
  await signUp(admin)
})
afterAll(async () => {
  await browser.close()
  await jarvis[Symbol.asyncDispose]()
})

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
async function expectSound(page: Page): Promise<void> {
  expect(await violations(page)).toEqual([])
  expect(await overflow(page)).toBe(0)
}

test('what an administrator announces comes to a phone by itself, is put away there for good, and ends', async () => {
  const { page: hand, complaints } = await openPage(browser, jarvis.url, phone)
  await signUp(hand)
  await admin.goto('/admin/announcements')
  await admin.getByLabel('Text').fill('Jarvis is away on Friday from six to seven.')
  await admin.getByLabel('Kind').selectOption('warning')
  await admin.getByRole('button', { name: 'Announce', exact: true }).click()
  const told = hand.getByRole('status').getByText('Jarvis is away on Friday')
  await told.waitFor()
  await expectSound(hand)
  await hand.reload()
  await told.waitFor()
  await hand.getByRole('button', { name: 'Put this announcement away' }).tap()
  await told.waitFor({ state: 'detached' })
  await hand.reload()
  await composer(hand).waitFor()
  await hand.goto('/settings')
  await hand.getByRole('heading', { name: 'Settings' }).waitFor()
  expect(await told.count()).toBe(0)
  // Its author sees it as everybody does.
  const own = admin.getByRole('status').getByText('Jarvis is away on Friday')
  await own.waitFor()
  await expectSound(admin)
  await admin.getByRole('button', { name: 'End now' }).click()
  await own.waitFor({ state: 'detached' })
  expect(complaints).toEqual([])
})

test('new terms lead every open page to them, and back to where it was; the administrator keeps the administration', async () => {
  const { page: hand, complaints } = await openPage(browser, jarvis.url, phone)
  await signUp(hand)
  await hand.goto('/memory')
  await hand.getByRole('heading', { level: 1 }).waitFor()
  await admin.goto('/admin/terms')
  await admin.getByLabel('Text, in Markdown').fill('## Data\n\nGive Jarvis **no data** of customers.')
  await admin.getByRole('button', { name: 'Publish', exact: true }).click()
  await admin.getByRole('dialog').getByRole('button', { name: 'Publish' }).click()
  await hand.waitForURL('**/terms**')
  await hand.getByRole('heading', { name: 'Data' }).waitFor()
  await expectSound(hand)
  await hand.goto('/settings')
  await hand.waitForURL('**/terms?next=%2Fsettings')
  await hand.getByRole('button', { name: 'I accept the terms' }).tap()
  await hand.getByRole('heading', { name: 'Settings' }).waitFor()
  await hand.getByRole('list', { name: 'Terms that you accepted' }).getByText('Version 1').waitFor()

  await admin.reload()
  await admin.getByText('1 of ').waitFor()
  await admin.getByRole('link', { name: 'People', exact: true }).click()
  await admin.getByText('The terms wait for your answer.').waitFor()
  await admin.goto('/')
  await admin.waitForURL('**/terms')
  await admin.getByRole('link', { name: 'Administration' }).click()
  await admin.getByRole('link', { name: 'Terms', exact: true }).click()
  await admin.getByRole('button', { name: 'Ask nobody any more' }).click()
  await admin.getByRole('dialog').getByRole('button', { name: 'Ask nobody any more' }).click()
  await admin.getByText('asks nobody').waitFor()
  await admin.goto('/')
  await composer(admin).waitFor()
  expect(complaints).toEqual([])
})
