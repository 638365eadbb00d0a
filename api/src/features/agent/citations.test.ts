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

test('passages of files and pages of the web are counted together, each once', () => {
  const cite = createCitations()
  const place = (position: number) => ({ fileId: 'f', position, page: position + 1, title: 'tides.pdf' })
  expect(cite.known(1)).toBeUndefined()
  expect([cite.numberOf(place(0)), cite.numberOf(place(1)), cite.numberOf(place(0))]).toEqual([1, 2, 1])
  expect(cite(listed('a'), [page('a')])).toBe('[3] a\nhttps://a.example/\nAbout a')
  expect(cite('[1] tides.pdf, page 6:\nNew\n\n[2] tides.pdf, page 2:\nKnown\n[9] other.pdf:', [], [place(5), place(1)])).toBe(
    '[4] tides.pdf, page 6:\nNew\n\n[2] tides.pdf, page 2:\nKnown\n[9] other.pdf:',
  )
  expect([cite.known(3), cite.known(4), cite.known(5)]).toEqual([{ n: 3, kind: 'web', ...page('a') }, { n: 4, kind: 'file', ...place(5) }, null])
  expect(cite.pagesOf([page('a'), page('a'), page('x')])).toEqual([{ n: 3, kind: 'web', ...page('a') }])
})
