import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ScriptedModel, startScriptedModel } from '../simulators/openai/scripted.ts'
import { type Site, startSite } from '../simulators/web/site.ts'
import { answered, answers, ask, openBrowser, openPage, signUp, violations } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

let site: Site
let model: ScriptedModel
let jarvis: Jarvis
let browser: Browser

beforeAll(async () => {
  site = await startSite()
  model = await startScriptedModel([{ toolCalls: [{ name: 'browser_open', arguments: { url: site.url } }] }, { text: 'High water is at noon [1].' }])
  const settings = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: model.url, EGRESS_ALLOW_HOSTS: site.host }
  ;[jarvis, browser] = await Promise.all([startJarvis(settings), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await jarvis[Symbol.asyncDispose]()
  await model.close()
  await site.close()
})

test('a person sees what the browser saw, how long it took, and the page that the answer cites', async () => {
  const { page, complaints } = await openPage(browser, jarvis.url)
  await signUp(page)
  // The first person is the administrator, and may give the plan that opens the browser.
  await page.goto('/admin/users')
  await page.getByRole('button', { name: /^Change / }).click()
  await page.getByRole('dialog').getByLabel('Plan').selectOption('pro')
  await page.getByRole('button', { name: 'Make this change' }).click()
  await page.getByText('Changed. It acts at once.').waitFor()

  await page.goto('/')
  await ask(page, `When is high water? Look at ${site.url}`)
  await answered(page)
  const answer = answers(page).last()
  await answer.getByText(/^\d+(\.\d)? (ms|s)$/).waitFor()
  await expect.poll(() => answer.getByRole('link', { name: 'Source [1]' }).getAttribute('href')).toContain(site.host)
  await answer.getByRole('button', { name: /^Screenshot, Opening .*: show large$/ }).click()
  const picture = page.getByRole('dialog').getByRole('img', { name: /^Screenshot/ })
  await expect.poll(() => picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth)).toBeGreaterThan(100)
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('Escape')
  await picture.waitFor({ state: 'detached' })
  expect(complaints).toEqual([])
})
