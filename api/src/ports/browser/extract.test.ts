import { expect, test } from 'vitest'
import { toMarkdown } from './extract.ts'

const page = (body: string) => `<!doctype html><html><head></head><body>${body}</body></html>`
const article = `<p>${'Some words, that are here, to be an article. '.repeat(40)}</p>`

function processorMs(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

test('what lies deep is kept, in its order', () => {
  const text = toMarkdown(page(`${'<div>'.repeat(300)}<p>one</p>two <b>three</b>${'</div>'.repeat(300)}<p>four</p>`), 'https://a.example/')
  expect(text.replace(/\W+/g, ' ').trim()).toBe('one two three four')
})

test('a page of boxes in boxes takes time in proportion to its length', () => {
  const html = (depth: number) => page(`${article}${'<div>'.repeat(depth)}${article.repeat(3)}${'</div>'.repeat(depth)}`)
  const ms = (depth: number) => Math.min(...[1, 2, 3].map(() => processorMs(() => toMarkdown(html(depth), 'https://a.example/'))))
  ms(100)
  expect(ms(8000) / (ms(4000) + 25)).toBeLessThan(2.5)
})

test.each([
  ['words in boxes', (size: number) => '<div>word'.repeat(4 * size)],
  ['rows of a table', (size: number) => `<table>${`<tr>${'<td>cell</td>'.repeat(8)}</tr>`.repeat(size)}</table>`],
  ['tables', (size: number) => '<table><tr><td>a</td><td>b</td></tr></table>'.repeat(2 * size)],
])('so does one of many %s', (_name, body) => {
  const ms = (size: number) => Math.min(...[1, 2, 3].map(() => processorMs(() => toMarkdown(page(body(size)), 'https://a.example/'))))
  ms(100)
  expect(ms(2000) / (ms(1000) + 25)).toBeLessThan(2.5)
})

test('a table of too many cells is lines, with its links; another on its page stays a table', () => {
  const table = (rows: number) =>
    `<table><tr><th>Day</th><th>Tide</th></tr>${'<tr><td><a href="/1">one</a></td><td>high</td></tr>'.repeat(rows)}</table>`
  const text = toMarkdown(page(table(1000) + table(1)), 'https://a.example/')
  expect(text).toMatch(/^Day \| Tide\n\n\[one\]\(https:\/\/a\.example\/1\) \| high\n/)
  expect(text.match(/\| high/g)).toHaveLength(1001)
  expect(text).toMatch(/\| Day +\| Tide +\|\n\| -+ \| -+ \|\n\| \[one\]\(https:\/\/a\.example\/1\) \| high \|$/)
})
