import type { Citation } from '@jarvis/contracts/chat.ts'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCitationFilter } from './citation-filter.ts'

const places = [1, 2, 12].map((n): Citation => ({ n, kind: 'file', title: `File ${n}`, fileId: 'f', page: n }))

function filtered(pieces: readonly string[], known = places) {
  const cited: number[] = []
  const filter = createCitationFilter({
    known: (n) => (known.length === 0 ? undefined : (known.find((one) => one.n === n) ?? null)),
    onCited: ({ n }) => void cited.push(n),
  })
  const shown = [...pieces.map((piece) => filter.feed(piece)), filter.flush()].join('')
  return { shown, cited }
}

const cases: [string, string, number[]][] = [
  ['At noon [1], and twice a day [2][12].', 'At noon [1], and twice a day [2][12].', [1, 2, 12]],
  ['At noon [9], they say [99].', 'At noon, they say.', []],
  ['At noon [9][1] it is [1] [8]', 'At noon [9][1] it is [1]', [1]],
  ['In code `list [9]` and\n```\n[9] = [7]\n```\nbut not here [9].', 'In code `list [9]` and\n```\n[9] = [7]\n```\nbut not here.', []],
  [
    'items[9] and f(x)[9] are names, [9](https://a.example) a link, [9]: a definition',
    'items[9] and f(x)[9] are names, [9](https://a.example) a link, [9]: a definition',
    [],
  ],
  ['A list [a, b], a year [2026x], an end [', 'A list [a, b], a year [2026x], an end [', []],
]

test.each(cases)('%s', (text, shown, cited) => {
  expect(filtered([text])).toEqual({ shown, cited })
})

test('wherever a text is cut, the same is shown and cited', () => {
  fc.assert(
    fc.property(fc.constantFrom(...cases), fc.array(fc.nat(60), { maxLength: 20 }), ([text, shown, cited], cuts) => {
      const at = [...new Set(cuts.filter((cut) => cut < text.length))].toSorted((a, b) => a - b)
      const pieces = [0, ...at].map((from, index) => text.slice(from, at[index] ?? text.length))
      // A run of backticks comes in one piece, as models write it.
      fc.pre(pieces.every((piece) => !piece.endsWith('`')))
      expect(filtered(pieces)).toEqual({ shown, cited })
    }),
  )
})

test('with nothing to cite a text passes as it is', () => {
  expect(filtered(['See [1] ', 'and [', '2].'], [])).toEqual({ shown: 'See [1] and [2].', cited: [] })
})
