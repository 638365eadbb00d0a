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
