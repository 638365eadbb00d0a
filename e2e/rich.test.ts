import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ScriptedModel, startScriptedModel } from '../simulators/openai/scripted.ts'
import { answered, answers, ask, composer, openBrowser, openPage, overflow, signUp, violations } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

/** Who a hostile answer would have the page ask. */
const hits: string[] = []
const stranger = createServer(({ url = '' }, response) => {
  hits.push(url)
  response.writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'image/svg+xml' }).end('<svg xmlns="http://www.w3.org/2000/svg"/>')
})
stranger.listen(0, '127.0.0.1')
await once(stranger, 'listening')
const evil = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`

const rich = `The roots are \\(x_{1,2}\\), and it costs $5 or $10:

\\[
x_{1,2} = \\frac{-b

\\pm \\sqrt{b^2 - 4ac}}{2a}
\\]

| Town | People |
| --- | ---: |
| Bonn | 1,200 |
| Aachen | 900 |
| Celle | 10 |

\`\`\`mermaid
flowchart LR
  A[Ask] --> B{Known?}
  B -- yes --> C[Answer]
  B -- no --> D[Search]
\`\`\`

\`\`\`ts title=src/a.ts
const a = 1
const b = 2
\`\`\`
`

/** All that a diagram or a formula may try to run, or to ask for. */
const hostile = [
  `\`\`\`mermaid\n%%{init: {"securityLevel": "loose", "theme": "base", "themeCSS": "@import url(${evil}/a.css); .node rect { fill: url(${evil}/b) }", "htmlLabels": true}}%%\nflowchart LR\n  A["<img src='${evil}/c' onerror='alert(1)'>"] --> B\n  click A href "javascript:alert(1)"\n  click B call alert(1)\n\`\`\``,
  `\`\`\`mermaid\nflowchart LR\n  A@{ img: "${evil}/d.png", label: "x" }\n\`\`\``,
  `\`\`\`mermaid\nflowchart LR\n  A["<script>alert(1)</script>"]\n  style A fill:url(${evil}/e)\n\`\`\``,
  `\`\`\`mermaid\nsequenceDiagram\n  participant A as <iframe src="${evil}/f"></iframe>\n  A->>A: <svg onload=alert(1)>\n  link A: x @ javascript:alert(1)\n\`\`\``,
  '```mermaid\nthis is no diagram <img src=x onerror=alert(1)>\n```',
  `$$\\includegraphics{${evil}/g}$$`,
  '$$\\href{javascript:alert(1)}{x}$$',
  `$$\\htmlStyle{background:url(${evil}/h)}{x}$$`,
  '$$\\htmlData{x=y}{z} \\html@mathml{<img src=x onerror=alert(1)>}{a}$$',
  '$$\\def\\a{\\a\\a}\\a$$',
  '$$\\rule{1000em}{1000em}$$',
  '$$\\text{<img src=x onerror=alert(1)>}$$',
].join('\n\nNext.\n\n')

const arabic = 'أهلا بك.\n\n- أولا: القائمة\n- ثانيا: `npm start`\n\n| المدينة | السكان |\n| --- | --- |\n| القاهرة | 10 |\n\n\\(x^2\\)'

let jarvis: Jarvis
let model: ScriptedModel
let browser: Browser
beforeAll(async () => {
  model = await startScriptedModel(({ body }) => {
    const asked = JSON.stringify(
      (body['messages'] as { role: string; content: unknown }[] | undefined)?.findLast(({ role }) => role === 'user')?.content ?? '',
    )
    return { text: asked.includes('rich') ? rich : asked.includes('hostile') ? hostile : asked.includes('مرحبا') ? arabic : 'Well.' }
  })
  ;[jarvis, browser] = await Promise.all([startJarvis({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: model.url }), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await jarvis[Symbol.asyncDispose]()
  await model.close()
  stranger.close()
})

/** Windows that a script would open. */
function watch(page: Page) {
  const opened: string[] = []
  page.on('dialog', (dialog) => {
    opened.push(dialog.message())
    void dialog.dismiss()
  })
  page.on('popup', (popup) => opened.push(popup.url()))
  return opened
}

const shots = process.env['SCREENSHOTS']
const shoot = async (page: Page, name: string) => void (shots && (await page.screenshot({ path: `${shots}/${name}.png` })))

test.each([
  ['light', 1280],
  ['dark', 360],
] as const)('formulas, diagrams, tables and code are what they should be: %s, %i pixels wide', async (colorScheme, width) => {
  const { page, complaints } = await openPage(browser, jarvis.url, {
    colorScheme,
    viewport: { width, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  await signUp(page)
  await ask(page, 'Something rich')
  await answered(page)
  const answer = answers(page).last()
  await expect.poll(() => answer.locator('.katex').count()).toBe(2)
  expect(await answer.locator('.katex-display math').count()).toBe(1)
  await answer.getByText('it costs $5 or $10').waitFor()

  const picture = answer.getByRole('img', { name: /^Diagram/ })
  await picture.waitFor()
  await expect.poll(() => picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth)).toBeGreaterThan(100)
  await answer.getByRole('button', { name: 'Show the code' }).click()
  await answer.getByText('flowchart LR').first().waitFor()
  await answer.getByRole('button', { name: 'Hide the code' }).click()

  const towns = () => answer.getByRole('table').locator('tbody td:first-child').allTextContents()
  expect(await towns()).toEqual(['Bonn', 'Aachen', 'Celle'])
  const sort = answer.getByRole('button', { name: 'Sort by People' })
  await sort.press('Enter')
  expect(await towns()).toEqual(['Celle', 'Aachen', 'Bonn'])
  await sort.press('Enter')
  expect(await towns()).toEqual(['Bonn', 'Aachen', 'Celle'])
  expect(await answer.getByRole('columnheader', { name: /People/ }).getAttribute('aria-sort')).toBe('descending')
  await answer.getByRole('button', { name: 'Copy table as CSV' }).click()
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe('Town,People\r\nBonn,"1,200"\r\nAachen,900\r\nCelle,10')

  await answer.getByRole('button', { name: 'Show line numbers' }).click()
  const [file] = await Promise.all([page.waitForEvent('download'), answer.getByRole('button', { name: 'Download code' }).click()])
  expect(file.suggestedFilename()).toBe('a.ts')
  await shoot(page, `rich-${colorScheme}-${width}`)
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  expect(await violations(page)).toEqual([])
  expect(complaints).toEqual([])
})

test('a hostile formula or diagram runs nothing, asks for nothing, and holds nothing up', async () => {
  const { page } = await openPage(browser, jarvis.url)
  const opened = watch(page)
  await signUp(page)
  await ask(page, 'Something hostile')
  await answered(page)
  const answer = answers(page).last()
  // Each of the five was drawn, or said why not.
  await expect.poll(() => answer.getByText('Drawing the diagram…').count()).toBe(0)
  expect((await answer.getByRole('img', { name: /^Diagram/ }).count()) + (await answer.getByText('could not be drawn').count())).toBe(5)
  await expect.poll(() => answer.locator('.katex').count()).toBeGreaterThan(0)
  expect(await answer.locator('script, iframe, object, embed, [onerror], [onload], a[href^="javascript:"]').count()).toBe(0)
  expect(opened).toEqual([])
  expect(hits).toEqual([])
  // The frame is a stranger to the page.
  expect(await page.locator('iframe').getAttribute('sandbox')).toBe('allow-scripts')
  const { headers } = await fetch(`${jarvis.url}/frame/diagram.html`)
  expect(headers.get('content-security-policy')).toContain("sandbox allow-scripts; default-src 'none'")
  // The stranger can be reached: an image of the page's own would have been.
  await fetch(`${evil}/control`)
  expect(hits).toEqual(['/control'])
  await ask(page, 'And now?')
  await answers(page).nth(1).getByText('Well.').waitFor()
})

test('a conversation in Arabic runs from the right: what is written, what is answered, and its title', async () => {
  const { page, complaints } = await openPage(browser, jarvis.url)
  await signUp(page)
  const way = (element: ReturnType<Page['locator']>) =>
    element.evaluate((node) => (globalThis as unknown as { getComputedStyle(node: unknown): { direction: string } }).getComputedStyle(node).direction)
  await composer(page).fill('مرحبا، كيف الحال؟')
  expect(await way(composer(page))).toBe('rtl')
  await ask(page, 'مرحبا، كيف الحال؟')
  await answered(page)
  const answer = answers(page).last()
  expect(await way(page.getByRole('article', { name: 'You' }).locator('p'))).toBe('rtl')
  for (const part of ['p', 'ul', 'table']) expect(await way(answer.locator(part).first()), part).toBe('rtl')
  await answer.locator('.katex').waitFor()
  for (const part of ['code', '.katex']) expect(await way(answer.locator(part).first()), part).toBe('ltr')
  // The marks of a list stand on the right.
  const [list, item] = await Promise.all([answer.locator('ul').boundingBox(), answer.locator('li').first().boundingBox()])
  expect(list!.x + list!.width).toBeGreaterThan(item!.x + item!.width)
  expect(await way(page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').first())).toBe('rtl')
  await shoot(page, 'arabic')
  expect(await violations(page)).toEqual([])
  expect(complaints).toEqual([])
})

test('conversations are pinned, filed, found, selected and shared, by keyboard as by pointer', async () => {
  const { page, complaints } = await openPage(browser, jarvis.url)
  await signUp(page)
  const list = page.getByRole('navigation', { name: 'Conversations' })
  const newChat = () => page.getByRole('button', { name: 'New chat' }).first().click()
  const choose = async (item: string) => {
    await list.getByRole('button', { name: /Shown:/ }).click()
    await page.getByRole(/^(Select|New)/.test(item) ? 'menuitem' : 'menuitemradio', { name: item }).click()
  }
  const act = async (title: string, item: string) => {
    await list.getByRole('link', { name: title }).hover()
    await list.getByRole('button', { name: `Actions for ${title}` }).click()
    await page.getByRole('menuitem', { name: item, exact: true }).click()
  }
  await ask(page, 'First of all')
  await answered(page)
  await newChat()

  await choose('New folder')
  await page.getByLabel('Name').fill('The sea')
  await page.getByLabel('Instructions').fill('Answer in rhyme.')
  expect(await violations(page)).toEqual([])
  await page.getByRole('button', { name: 'Make folder' }).click()
  await list.getByText('Nothing is in this folder.').waitFor()
  await ask(page, 'Second in the folder')
  await answered(page)
  await list.getByRole('link', { name: 'Second in the folder' }).waitFor()
  expect(await list.getByRole('link').count()).toBe(1)
  expect(JSON.stringify(model.requests.findLast(({ body }) => JSON.stringify(body).includes('Second in'))?.body)).toContain('Answer in rhyme.')

  await choose('All conversations')
  await act('First of all', 'Pin')
  await list.getByRole('region', { name: 'Pinned' }).getByRole('link', { name: 'First of all' }).waitFor()
  await shoot(page, 'order')
  expect(await violations(page)).toEqual([])

  // An answer is rated, and says why.
  await answers(page).last().getByRole('button', { name: 'Bad answer' }).click()
  await page.getByRole('button', { name: 'Too long' }).click()
  await page.reload()
  await expect.poll(() => answers(page).last().getByRole('button', { name: 'Bad answer' }).getAttribute('aria-pressed')).toBe('true')

  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Search or do something' }).fill('first')
  await page.getByRole('option', { name: 'First of all' }).waitFor()
  await shoot(page, 'palette')
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'First of all' }).waitFor()

  await act('First of all', 'Share')
  await page.getByRole('button', { name: 'Make a link' }).click()
  const link = await page.getByLabel('Link', { exact: true }).inputValue()
  await shoot(page, 'share')
  expect(await violations(page)).toEqual([])
  const { page: stranger } = await openPage(browser, jarvis.url, { viewport: { width: 360, height: 740 }, colorScheme: 'dark' })
  const shared = `${jarvis.url}${new URL(link).pathname}`
  await stranger.goto(shared)
  await stranger.getByText('Well.').waitFor()
  await shoot(stranger, 'shared')
  expect(await violations(stranger)).toEqual([])
  expect(await overflow(stranger)).toBeLessThanOrEqual(0)
  await page.getByRole('button', { name: 'Take back the link' }).click()
  await page.getByText('The link was taken back.').waitFor()
  await stranger.reload()
  await stranger.getByText('This link leads nowhere').waitFor()
  await page.getByRole('button', { name: 'Done' }).click()

  const [file] = await Promise.all([page.waitForEvent('download'), act('First of all', 'Export as Markdown')])
  expect(file.suggestedFilename()).toBe('First-of-all.md')

  await choose('Select several')
  await page.getByRole('checkbox', { name: 'Select Second in the folder' }).check()
  await page.getByRole('group', { name: 'Selected conversations' }).getByRole('button', { name: 'Archive' }).click()
  await page.getByText('1 conversation archived').waitFor()
  await expect.poll(() => list.getByRole('link', { name: 'Second in the folder' }).count()).toBe(0)
  await choose('Archived')
  await list.getByRole('link', { name: 'Second in the folder' }).waitFor()
  expect(complaints).toEqual([])
})
