import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, answered, composer, openBrowser, openPage, overflow, signUp, violations } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

const shots = process.env.SHOTS
const password = 'a sentence to remember'
const email = 'admin@example.org'

let jarvis: Jarvis
let browser: Browser
/** The address of a conversation that is shown to everybody who has it. */
let shared: string
let conversation: string

/** Each page, signed in as the first person, who administers; with something on it. A function: what is there only after something was done. */
const pages = (): string[] => [
  '/',
  conversation,
  '/memory',
  '/settings',
  '/organisation',
  '/join#token=gone',
  '/plan',
  '/usage',
  '/admin',
  '/admin/users',
  '/admin/organisations',
  '/admin/usage',
  '/admin/models',
  '/admin/guard',
  '/admin/audit',
  '/admin/privacy',
  '/admin/health',
  '/admin/announcements',
  '/admin/terms',
  '/admin/settings',
  '/second-factor',
  '/nowhere',
]
/** Each page that a stranger may open. */
const strangersPages = () => [
  '/sign-in',
  '/sign-up',
  '/terms',
  '/sign-up#invitation=gone',
  '/forgot-password',
  '/reset-password#token=gone',
  '/verify-email#token=gone',
  shared,
  '/shared/gone',
]

beforeAll(async () => {
  ;[jarvis, browser] = await Promise.all([startJarvis(), openBrowser()])
  const { page, context } = await openPage(browser, jarvis.url)
  await signUp(page, email)
  await ask(page, 'Show me markdown with a table and code')
  await answered(page)
  conversation = new URL(page.url()).pathname
  await call('/auth/register', { email: 'grace@example.org', name: 'Grace Hopper-Murray of the long name', password })
  const { accessToken: token } = await call<{ accessToken: string }>('/auth/login?transport=body', { email, password })
  const organisation = await call<{ id: string }>('/organisations', { name: 'The Society for the Study of Tides' }, token)
  await call(`/organisations/${organisation.id}/invitations`, { role: 'member', email: 'charles@example.org' }, token)
  await call('/admin/invitations', { email: 'invited@example.org' }, token)
  const { url } = await call<{ url: string }>(`/conversations/${conversation.split('/').at(-1)}/share`, {}, token)
  shared = new URL(url).pathname
  await context.close()
}, 600_000)
afterAll(async () => {
  await browser.close()
  await jarvis[Symbol.asyncDispose]()
})

async function call<Answer>(path: string, body: unknown, token?: string): Promise<Answer> {
  const answer = await fetch(`${jarvis.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Answer
}

/** As text, for the page's types are not those of Node. What scrolls sideways and says so takes the focus, as axe asks, or holds links that do. */
const sideways = (page: Page) =>
  page.evaluate<string[]>(`[...document.querySelectorAll(':not(nav)')]
    .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.tabIndex < 0)
    .filter((element) => /auto|scroll/.test(getComputedStyle(element).overflowX))
    .map((element) => element.tagName + '.' + element.className)`)

/** What cannot be seen in a part that scrolls must not make the window scroll. */
const leaks = (page: Page) => page.evaluate<boolean>('document.documentElement.scrollHeight > innerHeight')

async function faultsOf(page: Page, path: string, name: string): Promise<string[]> {
  const found: string[] = []
  await page.goto('about:blank')
  await page.goto(path)
  await page.locator('main').first().waitFor()
  // While it is on its way, there is one too.
  await expect.poll(() => page.locator('.pulse').count()).toBe(0)
  await page.waitForLoadState('networkidle')
  for (const width of [360, 1280])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 740 })
      await page.emulateMedia({ colorScheme })
      await page.waitForLoadState('networkidle')
      const faults = [...(await violations(page)), ...(await sideways(page))]
      if ((await overflow(page)) > 0) faults.push('wider than its window')
      if (await leaks(page)) faults.push('goes on below its window, where nothing is')
      found.push(...faults.map((fault) => `${path}, ${width}, ${colorScheme}: ${fault}`))
      if (shots) await shoot(page, `${name}-${width}-${colorScheme}-${path.replaceAll(/[^a-z-]+/g, '_')}`, width)
    }
  return found
}

/** All of it: what scrolls within the page too. */
async function shoot(page: Page, name: string, width: number) {
  const height = await page.evaluate<number>(`Math.max(740, ...[...document.querySelectorAll('main, main *, #root > *')]
    .filter((element) => /auto|scroll/.test(getComputedStyle(element).overflowY)).map((element) => element.scrollHeight + 120), document.body.scrollHeight)`)
  await page.setViewportSize({ width, height: Math.min(height, 4000) })
  await page.screenshot({ path: `${shots}/${name}.png` })
}

test.each([
  ['en', 'ltr'],
  ['ar', 'rtl'],
] as const)(
  'axe finds nothing on any page, none scrolls sideways or complains, at 360 and 1280 pixels, light and dark: %s',
  { timeout: 900_000 },
  async (language, direction) => {
    const { page, context, complaints } = await openPage(browser, jarvis.url, { locale: language })
    const found: string[] = []
    for (const path of strangersPages()) found.push(...(await faultsOf(page, path, `${language}-stranger`)))
    await page.goto('/sign-in')
    await page.locator('input[type=email]').fill(email)
    await page.locator('input[type=password]').fill(password)
    await page.locator('form button[type=submit]').click()
    await page.locator('#message').waitFor()
    for (const path of pages()) found.push(...(await faultsOf(page, path, language)))
    expect(found).toEqual([])
    expect(await page.locator('html').getAttribute('dir')).toBe(direction)
    expect(complaints).toEqual([])
    await context.close()
  },
)

test('no page of the app is left out', () => {
  const source = readFileSync(new URL('../web/src/app.tsx', import.meta.url), 'utf8')
  const routes = Array.from(source.matchAll(/createRoute\(\{([^{}]*?)path: '([^']+)'/g), ([, before, path]) =>
    before!.includes('adminRoute') ? `/admin${path === '/' ? '' : path}` : path!,
  )
  const listed = [...pages(), ...strangersPages()].map((path) => path.split('#')[0]!)
  // `$` is whatever no other route is.
  const isListed = (route: string) => listed.some((path) => (route.includes('$') ? path.startsWith(route.split('$')[0]!) : path === route))
  expect(routes).toHaveLength(source.match(/\bpath: '/g)!.length)
  expect(routes).toContain('/admin/health')
  expect(routes.filter((route) => !isListed(route))).toEqual([])
})

test('an empty page of each kind has a word for who comes first', async () => {
  const { page, context, complaints } = await openPage(browser, jarvis.url, { viewport: { width: 360, height: 740 } })
  await signUp(page)
  await composer(page).waitFor()
  const found: string[] = []
  for (const path of ['/', '/memory', '/organisation', '/plan', '/usage']) found.push(...(await faultsOf(page, path, 'empty')))
  expect(found).toEqual([])
  expect(complaints).toEqual([])
  await context.close()
})
