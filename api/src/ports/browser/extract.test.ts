import { expect, test } from 'vitest'
import { growthMax, growthOf, lengthening } from '#test/processor-time.ts'
import { toMarkdown } from './extract.ts'

const page = (body: string) => `<!doctype html><html><head></head><body>${body}</body></html>`
const article = `<p>${'Some words, that are here, to be an article. '.repeat(40)}</p>`

/** As `growthOf`, of a page of this size. */
function growth(size: number, html: (size: number) => string): number {
  const [short, long] = [html(size / lengthening), html(size)]
  toMarkdown(html(100), 'https://a.example/')
  return growthOf(
    () => toMarkdown(short, 'https://a.example/'),
    () => toMarkdown(long, 'https://a.example/'),
  )
}

test.each([
  ['a file of text', '<pre>a_b [c]\n  * d\n\n\n\n1. e</pre>', 'a_b [c]\n  * d\n\n\n\n1. e'],
  ['JSON', '<pre>{"a":[1,{"b_c":"*"}]}</pre><div class="json-formatter-container"></div>', '{"a":[1,{"b_c":"*"}]}'],
  ['text in a page', '<h1>T</h1><pre>a_b [c]\n  * d</pre>', '# T\n\n```\na_b [c]\n  * d\n```'],
  ['a list of files', '<h1>T</h1><pre><a href="/x">x_y</a></pre>', '# T\n\n[x\\_y](https://a.example/x)'],
])('%s is read character by character', (_name, body, text) => {
  expect(toMarkdown(page(body), 'https://a.example/')).toBe(text)
})

test.each([
  ['boxes that open', '<dialog open>Words</dialog><details><summary>More</summary>of them</details>end', 'Words\n\nMore\n\nof them\n\nend'],
  ['groups of a form', '<fieldset><legend>Price</legend>Low</fieldset>', 'Price\n\nLow'],
  ['elements of the page’s own', '<x-card>One</x-card><x-card>Two</x-card>', 'One Two'],
  ['one in a sentence', '<p>It was <x-time>noon</x-time>, she said.</p>', 'It was noon, she said.'],
])('%s do not run together', (_name, body, text) => {
  expect(toMarkdown(page(body), 'https://a.example/')).toBe(text)
})

test('what lies deep is kept, in its order', () => {
  const text = toMarkdown(page(`${'<div>'.repeat(300)}<p>one</p>two <b>three</b>${'</div>'.repeat(300)}<p>four</p>`), 'https://a.example/')
  expect(text.replace(/\W+/g, ' ').trim()).toBe('one two three four')
})

test('a page of boxes in boxes takes time in proportion to its length', () => {
  const html = (depth: number) => page(`${article}${'<div>'.repeat(depth)}${article.repeat(3)}${'</div>'.repeat(depth)}`)
  expect(growth(8000, html)).toBeLessThan(growthMax)
})

test.each([
  ['words in boxes', (size: number) => '<div>word'.repeat(4 * size)],
  ['rows of a table', (size: number) => `<table>${`<tr>${'<td>cell</td>'.repeat(8)}</tr>`.repeat(size)}</table>`],
  ['texts laid out by hand', (size: number) => '<pre>a <b>b</b></pre>'.repeat(2 * size)],
  ['tables', (size: number) => '<table><tr><td>a</td><td>b</td></tr></table>'.repeat(2 * size)],
])('so does one of many %s', (_name, body) => {
  expect(growth(2000, (size) => page(body(size)))).toBeLessThan(growthMax)
})

test('a table of too many cells is lines, with its links; another on its page stays a table', () => {
  const table = (rows: number) =>
    `<table><tr><th>Day</th><th>Tide</th></tr>${'<tr><td><a href="/1">one</a></td><td>high</td></tr>'.repeat(rows)}</table>`
  const text = toMarkdown(page(table(1000) + table(1)), 'https://a.example/')
  expect(text).toMatch(/^Day \| Tide\n\n\[one\]\(https:\/\/a\.example\/1\) \| high\n/)
  expect(text.match(/\| high/g)).toHaveLength(1001)
  expect(text).toMatch(/\| Day +\| Tide +\|\n\| -+ \| -+ \|\n\| \[one\]\(https:\/\/a\.example\/1\) \| high \|$/)
})
