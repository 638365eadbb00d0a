import { fileURLToPath } from 'node:url'
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

const document = (name: string) => fileURLToPath(new URL(`../api/test/fixtures/documents/${name}`, import.meta.url))
const tray = (page: Page) => page.getByRole('region', { name: 'Files to send' })
const chip = (page: Page, name: string) => tray(page).getByRole('listitem').filter({ hasText: name })

/** Lets go of a text file over the page, or pastes it. */
const bring = (page: Page, how: 'drop' | 'paste', name: string, text: string) =>
  page.evaluate(
    `(() => {
      const data = new DataTransfer()
      data.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}))
      const event = ${JSON.stringify(how)} === 'drop' ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }) : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
      document.querySelector('#message').dispatchEvent(event)
    })()`,
  )

test.each([
  ['a wide page', { width: 1280, height: 800 }],
  ['a phone', { width: 360, height: 740 }],
])('on %s files are picked, dropped and pasted, taken out again, sent, and shown with the message', async (name, viewport) => {
  const { page, complaints } = await openPage(browser, jarvis.url, { viewport })
  await signUp(page)
  const [picker] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Attach files' }).press('Enter')])
  await picker.setFiles([document('tides.docx'), document('locked.pdf')])
  await bring(page, 'drop', 'dropped.txt', 'It was dropped.')
  await bring(page, 'paste', 'pasted.txt', 'It was pasted.')
  await chip(page, 'locked.pdf').getByText('protected with a password').waitFor()
  for (const one of ['tides.docx', 'dropped.txt', 'pasted.txt'])
    await chip(page, one)
      .getByText(/bytes|kB/)
      .waitFor()
  // What did not come holds the message back until it is taken out or sent again.
  expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true)
  expect(await violations(page)).toEqual([])
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/files-${name.replaceAll(' ', '-')}-tray.png` })
  await page.getByRole('button', { name: 'Remove locked.pdf' }).press('Enter')
  await page.getByRole('button', { name: 'Remove pasted.txt' }).click()
  await ask(page, 'Who keeps the gauge?')
  await answered(page)
  expect(await tray(page).count()).toBe(0)
  // A number opens the passage that it stands for; Escape goes back to it.
  const number = answers(page).getByRole('button', { name: 'Source [1]' })
  await number.press('Enter')
  const viewer = page.getByRole('dialog', { name: 'tides.docx' })
  const cited = viewer.locator('mark')
  await cited.getByText('Die höchste Flut war am 6. Januar 1976.').waitFor()
  await expect.poll(() => cited.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true)
  await viewer.getByText('潮位は毎日三回記録されます。').waitFor()
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/files-${name.replaceAll(' ', '-')}-viewer.png` })
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('Escape')
  await expect.poll(() => viewer.count()).toBe(0)
  await expect.poll(() => number.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true)
  await page.getByRole('button', { name: 'About this answer' }).click()
  await page.getByText('tides.docx was read whole.').waitFor()
  const shown = page.getByRole('list', { name: 'Files of this message' })
  expect(await shown.getByRole('listitem').allInnerTexts()).toEqual(['tides.docx', 'dropped.txt'])
  const [download] = await Promise.all([page.waitForEvent('download'), shown.getByRole('button', { name: 'Download tides.docx' }).click()])
  expect(download.suggestedFilename()).toBe('tides.docx')
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/files-${name.replaceAll(' ', '-')}-sent.png` })
  expect(await overflow(page)).toBeLessThanOrEqual(0)

  // They are the message's after a reload too, and may be deleted.
  await page.reload()
  await shown.getByText('tides.docx').waitFor()
  await page.goto('/settings')
  const kept = page.getByRole('list', { name: 'Files', exact: true })
  await kept.getByRole('button', { name: 'Delete tides.docx' }).click()
  await expect.poll(() => kept.getByRole('button', { name: 'Delete tides.docx' }).count()).toBe(0)
  expect(await violations(page)).toEqual([])
  await page.goBack()
  await shown.getByText('deleted').waitFor()
  await answers(page).getByRole('button', { name: 'Source [1]' }).click()
  await page.getByRole('dialog').getByText('This file was deleted, and its text with it.').waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  expect(await composer(page).isVisible()).toBe(true)
  expect(await answers(page).count()).toBe(1)
  expect(complaints).toEqual([])
})
