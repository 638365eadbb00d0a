import { expect, test } from 'vitest'
import { type Node, citations } from './citations.ts'

const sources = [
  { title: 'Tides', url: 'https://example.org/tides' },
  { title: 'Moon', url: 'https://example.org/moon' },
]
const text = (value: string): Node => ({ type: 'text', value })
const link = (index: number): Node => ({
  type: 'link',
  url: sources[index]!.url,
  data: { hProperties: { dataCited: sources[index]!.title } },
  children: [text(`[${index + 1}]`)],
})

function cited(...children: Node[]): Node[] {
  const tree: Node = { type: 'root', children: [{ type: 'paragraph', children }] }
  citations(sources)(tree)
  return tree.children![0]!.children!
}

test('a number in brackets leads to its source', () =>
  expect(cited(text('High [1], low [2].'))).toEqual([text('High '), link(0), text(', low '), link(1), text('.')]))
test('a number without a source stays text', () => expect(cited(text('a[0] and [3]'))).toEqual([text('a[0] and [3]')]))
test.each([
  { type: 'inlineCode', value: 'list[1]' },
  { type: 'link', url: 'https://example.org', children: [text('[1]')] },
])('code and links are left alone', (node) => expect(cited(node)).toEqual([node]))
