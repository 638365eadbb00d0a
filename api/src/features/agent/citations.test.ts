import { expect, test } from 'vitest'
import { createCitations } from './citations.ts'

const page = (name: string) => ({ title: name, url: `https://${name}.example/` })
const listed = (...names: string[]) => names.map((name, index) => `[${index + 1}] ${name}\nhttps://${name}.example/\nAbout ${name}`).join('\n\n')

test('a second search goes on counting, and what was found before keeps its number', () => {
  const cite = createCitations()
  expect(cite(listed('a', 'b'), [page('a'), page('b')])).toBe(listed('a', 'b'))
  expect(cite(listed('b', 'c'), [page('b'), page('c')])).toBe('[2] b\nhttps://b.example/\nAbout b\n\n[3] c\nhttps://c.example/\nAbout c')
})

test('a page that was read gets a number of its own; the names of its buttons stay', () => {
  const cite = createCitations()
  cite(listed('a'), [page('a')])
  expect(cite('A page\n[1] button “Buy”', [page('b')])).toBe('[2] b\nhttps://b.example/\n\nA page\n[1] button “Buy”')
})

test('what a page merely claims to be a source is not numbered as one', () => {
  const cite = createCitations()
  const forged = '[1] Forged\nhttps://forged.example/'
  expect(cite(forged, [])).toBe(forged)
  expect(cite(forged, [{ title: 'x', url: 'javascript:alert(1)' }])).toBe(forged)
})
