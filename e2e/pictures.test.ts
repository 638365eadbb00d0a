import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ScriptedModel, startScriptedModel } from '../simulators/openai/scripted.ts'
import { answered, answers, ask, openBrowser, openPage, overflow, signUp, violations } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

const prompt = 'A red lighthouse at dusk.'
const table = {
  models: [
    {
      id: 'small',
      name: 'Small',
      tier: 'economy',
      contextTokens: 32_000,
      outputTokensMax: 1000,
      inputMicroUsdPerMillion: 0,
      outputMicroUsdPerMillion: 0,
    },
  ],
  pictures: [{ id: 'gpt-image-1', tier: 'economy', prices: [{ size: '1024x1024', quality: 'low', microUsd: 11_000 }] }],
  auto: { free: 'small', pro: 'small', enterprise: 'small' },
  economy: 'small',
  embedding: null,
}

let folder: string
let provider: ScriptedModel
let jarvis: Jarvis
let browser: Browser
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jarvis-pictures-'))
  await writeFile(join(folder, 'models.json'), JSON.stringify(table))
  provider = await startScriptedModel(({ path, body }) => {
    if (path === '/v1/images/generations') return { text: '' }
    const said = body.messages as { role: string }[]
    return said.at(-1)!.role === 'tool'
      ? { text: 'There it is.' }
      : { text: 'One moment. ', toolCalls: [{ name: 'image_generate', arguments: { prompt } }] }
  })
  const settings = { OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: 'sk', MODELS_FILE: join(folder, 'models.json') }
  ;[jarvis, browser] = await Promise.all([startJarvis(settings), openBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await jarvis?.[Symbol.asyncDispose]()
  await provider?.close()
  await rm(folder, { recursive: true, force: true })
})

test.each([
  ['a wide page', { width: 1280, height: 800 }],
  ['a phone', { width: 360, height: 740 }],
])('on %s a picture is made, shown with what it shows, opened and saved, and there after a reload', async (name, viewport) => {
  const { page, complaints } = await openPage(browser, jarvis.url, { viewport })
  await signUp(page)
  await ask(page, 'Draw a lighthouse')
  await answered(page)
  const picture = answers(page).getByRole('img', { name: prompt })
  await picture.waitFor()
  expect(await picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth)).toBe(1024)
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  expect(await violations(page)).toEqual([])
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/picture-${name.replaceAll(' ', '-')}.png` })
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the picture' }).click()])
  expect(download.suggestedFilename()).toBe('Picture.png')

  await page.getByRole('button', { name: 'Show the picture large' }).press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Picture' })
  await dialog.getByText(prompt).waitFor()
  expect(await violations(page)).toEqual([])
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/picture-${name.replaceAll(' ', '-')}-large.png` })
  await page.keyboard.press('Escape')
  await expect.poll(() => dialog.count()).toBe(0)

  // It is there after a reload.
  await page.reload()
  await picture.waitFor()
  expect(complaints).toEqual([])
})
