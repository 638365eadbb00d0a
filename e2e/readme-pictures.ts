/**
 * Makes the pictures of README.md again, of a product that is built: `npm run build && node_modules/.bin/node e2e/readme-pictures.ts`.
 * A small company is made up for it, with a provider that is simulated and a month of accounting.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { databaseUrl, startPostgres } from '../api/test/engines/postgres.ts'
import { startMcpSimulator } from '../simulators/mcp/http.ts'
import { startScriptedModel } from '../simulators/openai/scripted.ts'
import { ask, openBrowser, openPage } from './browser.ts'
import { askForMail, answer, email, fillCompany, mailTool, models, pastMonth, password } from './company.ts'
import { startJarvis } from './jarvis.ts'

const folder = await mkdtemp(join(tmpdir(), 'jarvis-readme-'))
const provider = await startScriptedModel(answer)
await using postgres = await startPostgres()
const { host, user, database } = postgres.connection
await using mail = await startMcpSimulator({ tools: [mailTool] })
const file = async (name: string, content: unknown) => {
  await writeFile(join(folder, name), JSON.stringify(content))
  return join(folder, name)
}
await using jarvis = await startJarvis({
  OPENAI_API_KEY: 'sk-readme',
  OPENAI_BASE_URL: provider.url,
  DATABASE_URL: databaseUrl(host, user, database),
  MODELS_FILE: await file('models.json', models),
  MCP_SERVERS_FILE: await file('mcp.json', { mail: { transport: 'http', url: mail.url } }),
  EGRESS_ALLOW_HOSTS: mail.host,
})
const { conversation } = await fillCompany(jarvis.url)
await pastMonth(postgres.connection)
const browser = await openBrowser()

const desktop = { viewport: { width: 1280, height: 800 } }
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

await picture('chat', { viewport: { width: 1280, height: 820 }, colorScheme: 'dark' }, (page) => page.goto(conversation))
await picture('phone', phone, (page) => page.goto(conversation))
await picture('usage', desktop, (page) => page.goto('/admin/usage'))
await picture('approval', { ...phone, viewport: { width: 390, height: 1060 }, colorScheme: 'dark' }, async (page) => {
  await ask(page, askForMail)
  await page.getByRole('button', { name: 'Approve', exact: true }).waitFor()
})

await browser.close()
await provider.close()
await rm(folder, { recursive: true })

async function picture(name: string, options: BrowserContextOptions, show: (page: Page) => Promise<unknown>): Promise<void> {
  const { page, context } = await openPage(browser, jarvis.url, { deviceScaleFactor: 2, locale: 'en', ...options })
  await page.goto('/sign-in')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.locator('#message').waitFor()
  await show(page)
  await page.waitForLoadState('networkidle')
  const png = await page.screenshot({ animations: 'disabled', caret: 'hide' })
  await writeFile(new URL(`../docs/screenshots/${name}.webp`, import.meta.url), await webpOf(await context.newPage(), png))
  await context.close()
}

/** Made by the browser, which can; the page is an empty one, whose policy is nobody's. */
async function webpOf(page: Page, png: Buffer): Promise<Buffer> {
  const url = await page.evaluate<string>(`(async () => {
    const picture = await createImageBitmap(await (await fetch('data:image/png;base64,${png.toString('base64')}')).blob())
    const canvas = Object.assign(document.createElement('canvas'), { width: picture.width, height: picture.height })
    canvas.getContext('2d').drawImage(picture, 0, 0)
    return canvas.toDataURL('image/webp', 0.9)
  })()`)
  return Buffer.from(url.split(',')[1]!, 'base64')
}
