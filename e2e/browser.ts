import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const chromiums = { shell: '/usr/bin/chromium-headless-shell', whole: '/usr/bin/chromium' }

/** `whole`: the Chromium that people have. Its headless shell, which is quicker, has no notifications and no microphone. */
export const openBrowser = (further: readonly string[] = [], which: keyof typeof chromiums = 'shell'): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? chromiums[which],
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...further],
  })

/** A page of a person who has not been here before; what the browser itself complains of is collected. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 800 }, ...options })
  // It ends a test that hangs: an answer on a machine that does much else takes its time.
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    // A refused request is an answer that the page shows; it is no fault of the page.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return { page, context, complaints }
}

export async function signUp(page: Page, email = `e2e-${crypto.randomUUID()}@example.org`): Promise<void> {
  await page.goto('/sign-up')
  await page.getByLabel('Name').fill('Ada Lovelace')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill('a sentence to remember')
  await page.getByRole('button', { name: 'Create account' }).click()
  await composer(page).waitFor()
}

export const composer = (page: Page) => page.getByPlaceholder('Ask Jarvis anything')
export const answers = (page: Page) => page.getByRole('article', { name: 'Jarvis' })

/** Waits until the newest answer is whole. */
export const answered = (page: Page) => answers(page).last().getByRole('button', { name: /^copy/i }).last().waitFor()

export async function ask(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  // Not Enter, which makes a line on a touch keyboard.
  await page.getByRole('button', { name: 'Send', exact: true }).click()
}

// As text: the page's own types are not those of Node.
export const focused = (page: Page) => page.evaluate<string | null>('document.activeElement?.getAttribute("aria-label") ?? null')

type Scroller = { scrollTop: number; scrollHeight: number; clientHeight: number }

/** Whether the conversation is scrolled to its end. */
export const atEnd = (page: Page) => page.getByRole('log').evaluate((log: Scroller) => log.scrollHeight - log.scrollTop - log.clientHeight < 2)

/** By how many pixels the page is wider than its window. */
export const overflow = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')

/** What axe-core finds on the page as it stands; run in the page by the debugger's protocol, so that the page's policy stays as it is. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return await page.evaluate(async () => {
    // What is still coming in is paler than it will be.
    const passing = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
    await Promise.allSettled(passing.map((animation) => animation.finished))
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[] }> }
    }
    const found = await axe.run()
    return found.violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${String(target)} ${failureSummary ?? ''}`).join(' | ')}`,
    )
  })
}
