import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Behaviour, type RecordedRequest, type ScriptedModel, startScriptedModel } from '../simulators/openai/scripted.ts'
import { answered, ask, composer, openBrowser, openPage, overflow, signUp, violations } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

const usual = () => ({ text: `The tide is at **noon**. ${'It comes twice a day, each time a little later. '.repeat(5).trim()}` })
/** What the microphone hears: a low voice of four syllables a second, for five seconds, over and over; 48 kHz, one channel, 16 bits. */
function voice(): Buffer {
  const rate = 48_000
  const loud = (seconds: number) => Math.max(0, Math.sin(2 * Math.PI * 4 * seconds))
  const buzz = (seconds: number) => [1, 2, 3, 5].reduce((sum, part) => sum + Math.sin(2 * Math.PI * 150 * part * seconds) / part, 0)
  const samples = Int16Array.from({ length: 5 * rate }, (_, at) => 12_000 * loud(at / rate) * buzz(at / rate))
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + samples.byteLength, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(2 * rate, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(samples.byteLength, 40)
  return Buffer.concat([header, Buffer.from(samples.buffer)])
}

let folder: string
let script: (request: RecordedRequest) => Behaviour
let provider: ScriptedModel
let jarvis: Jarvis
let browser: Browser
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jarvis-voice-'))
  const sound = join(folder, 'voice.wav')
  await writeFile(sound, voice())
  provider = await startScriptedModel((request) => script(request))
  ;[jarvis, browser] = await Promise.all([
    startJarvis({ OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: 'sk-voice' }),
    openBrowser(
      ['--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${sound}`, '--autoplay-policy=no-user-gesture-required'],
      'whole',
    ),
  ])
})
afterAll(async () => {
  await browser?.close()
  await jarvis?.[Symbol.asyncDispose]()
  await provider?.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  script = usual
  provider.requests.length = 0
})

const heard = () => provider.requests.filter(({ path }) => path === '/v1/audio/transcriptions')
const said = () => provider.requests.filter(({ path }) => path === '/v1/audio/speech')
const talk = (page: Page) => page.getByRole('button', { name: 'Talk', exact: true })
const listening = (page: Page) => page.getByRole('paragraph').filter({ hasText: 'Listening …' }).first()
const loudest = (page: Page) =>
  page.evaluate<number>(
    'Math.max(0, ...[...document.querySelectorAll("svg[viewBox=\\"0 0 34 24\\"] rect")].map((bar) => Number(bar.getAttribute("height"))))',
  )

test.each([
  ['a wide page', { width: 1280, height: 800 }],
  ['a phone', { width: 360, height: 740 }],
])('on %s a person talks, reads what was heard, sends it, and has the answer read aloud', async (name, viewport) => {
  const { page, complaints } = await openPage(browser, jarvis.url, { viewport, permissions: ['microphone'] })
  await signUp(page)
  // Before anything leaves, it is said where to.
  await talk(page).click()
  const dialog = page.getByRole('dialog', { name: 'Talk to Jarvis' })
  await dialog.getByText(new URL(provider.url).host).waitFor()
  expect(await violations(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Talk' }).click()
  await listening(page).waitFor()
  await expect.poll(() => loudest(page), { timeout: 20_000 }).toBeGreaterThan(4)
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  expect(await violations(page)).toEqual([])
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/voice-${name.replaceAll(' ', '-')}-listening.png` })
  await page.getByRole('button', { name: 'Done' }).click()
  await expect.poll(() => composer(page).inputValue()).toBe('This is recording.webm.')
  expect(heard()[0]!.body).toMatchObject({ type: 'audio/webm' })
  expect(Number(heard()[0]!.body.bytes)).toBeGreaterThan(1000)
  await page.getByRole('status').filter({ hasText: 'Heard: This is recording.webm.' }).waitFor({ state: 'attached' })

  // Held, it listens until it is let go, and is added to what is there.
  await page.keyboard.down('Alt')
  await page.keyboard.down('t')
  await listening(page).waitFor()
  await expect.poll(() => loudest(page), { timeout: 20_000 }).toBeGreaterThan(4)
  // A shorter press leaves it on.
  await page.waitForTimeout(500)
  await page.keyboard.up('t')
  await page.keyboard.up('Alt')
  await expect.poll(() => composer(page).inputValue()).toBe('This is recording.webm. This is recording.webm.')

  // Escape drops it: nothing is sent.
  await talk(page).click()
  await listening(page).waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => listening(page).count()).toBe(0)
  expect(heard()).toHaveLength(2)

  // What the provider cannot do is said, and nothing that was written is lost.
  script = (request) => (request.path === '/v1/audio/transcriptions' ? { status: 503 } : usual())
  await talk(page).click()
  await listening(page).waitFor()
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('status').filter({ hasText: 'model provider' }).waitFor({ state: 'attached' })
  expect(await composer(page).inputValue()).toContain('This is recording.webm.')
  script = usual

  await ask(page, 'When is high tide?')
  await answered(page)
  await page.getByRole('button', { name: 'Read aloud' }).click()
  await page.getByRole('dialog', { name: 'Have answers read aloud' }).getByRole('button', { name: 'Read aloud' }).click()
  await expect.poll(() => said().map(({ body }) => body.input)).toEqual([expect.stringContaining('The tide is at noon. It comes')])
  await page.getByRole('button', { name: 'Stop reading' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Read aloud' }).waitFor()
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/voice-${name.replaceAll(' ', '-')}-answer.png` })

  // Voice and speed hold from then on.
  await page.goto('/settings')
  await page.getByLabel('Voice that reads').selectOption('nova')
  await page.getByLabel('Speed of reading').fill('1.5')
  expect(await violations(page)).toEqual([])
  await page.goBack()
  await page.getByRole('button', { name: 'Read aloud' }).click()
  await expect.poll(() => said().at(-1)!.body).toMatchObject({ voice: 'nova', speed: 1.5 })
  expect(complaints).toEqual([])
})

test('a microphone that is refused, or is not there, is said in words', async () => {
  const denied = await openPage(browser, jarvis.url)
  await signUp(denied.page)
  await talk(denied.page).click()
  await denied.page.getByRole('dialog').getByRole('button', { name: 'Talk' }).click()
  await denied.page.getByText('does not let this page use the microphone').first().waitFor()

  const bare = await openBrowser([], 'whole')
  const { page } = await openPage(bare, jarvis.url, { permissions: ['microphone'] })
  await signUp(page)
  await page.evaluate('localStorage.setItem("jarvis.language", "ar")')
  await page.reload()
  await page.getByRole('button', { name: 'تحدّث', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'تحدّث' }).click()
  await page.getByText('لم يُعثَر على ميكروفون').first().waitFor()
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  expect(heard()).toEqual([])
  await bare.close()
})
