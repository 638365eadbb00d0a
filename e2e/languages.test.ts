import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, composer, openBrowser, openPage, overflow, signUp, violations } from './browser.ts'
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

test('the page speaks the language of the browser, then the one that is chosen, here and where the person signs in next', async () => {
  const email = `e2e-${crypto.randomUUID()}@example.org`
  const { page, complaints } = await openPage(browser, jarvis.url)
  await signUp(page, email)
  await page.goto('/settings')
  await page.getByLabel('Language').selectOption('ar')
  const root = page.locator('html')
  await page.getByRole('heading', { name: 'المظهر' }).or(page.getByLabel('اللغة')).first().waitFor()
  expect([await root.getAttribute('lang'), await root.getAttribute('dir')]).toEqual(['ar', 'rtl'])
  await page.goto('/')
  await page.getByPlaceholder('اسأل Jarvis عن أي شيء').waitFor()
  expect(await violations(page)).toEqual([])
  expect(await overflow(page)).toBe(0)

  // Another browser asks for German: before the sign-in it has it, and what the server refuses too.
  const { page: other } = await openPage(browser, jarvis.url, { locale: 'de-AT', viewport: { width: 360, height: 740 } })
  await other.goto('/sign-in')
  await other.getByLabel('E-Mail').fill(email)
  await other.getByLabel('Passwort', { exact: true }).fill('not my password')
  await other.getByRole('button', { name: 'Anmelden', exact: true }).click()
  await other.getByText('Die E-Mail-Adresse oder das Passwort ist falsch.').waitFor()
  expect(await overflow(other)).toBe(0)
  await other.getByLabel('Passwort', { exact: true }).fill('a sentence to remember')
  await other.getByRole('button', { name: 'Anmelden', exact: true }).click()
  await other.getByPlaceholder('اسأل Jarvis عن أي شيء').waitFor()
  // What a browser calls dropped files is no word of the page.
  await other.evaluate(
    `(() => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File(['Flut um zwölf'], 'flut.txt'))
      document.querySelector('#message').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    })()`,
  )
  await other.getByText('flut.txt', { exact: true }).waitFor()
  expect(await overflow(other)).toBe(0)

  await page.goto('/settings')
  await page.getByLabel('اللغة').selectOption('en')
  await page.getByRole('heading', { name: 'Appearance' }).waitFor()
  await page.goto('/')
  await ask(page, 'What is 2 + 2?')
  await composer(page).waitFor()
  expect(await root.getAttribute('dir')).toBe('ltr')
  expect(complaints).toEqual([])
})
