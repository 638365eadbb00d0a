import { expect, test } from 'vitest'
import { citable } from '#features/chat/citable.ts'
import { cite } from './citations.ts'

const sources = citable([
  { title: 'Tides', url: 'https://example.org/tides' },
  { title: 'Moon', url: 'https://example.org/moon' },
])
const plain = (text: string) => ({ text, source: null })

test('a number in brackets leads to its source', () =>
  expect(cite('High [1], low [2].', sources)).toEqual([
    plain('High '),
    { text: '[1]', source: sources[0] },
    plain(', low '),
    { text: '[2]', source: sources[1] },
    plain('.'),
  ]))
test('a number without a source stays text', () => expect(cite('a[0] and [3]', sources)).toEqual([plain('a[0] and [3]')]))
