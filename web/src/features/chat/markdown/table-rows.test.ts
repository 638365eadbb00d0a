import { expect, test } from 'vitest'
import { fileNameOf } from './file-name.ts'
import { csvOf } from '#lib/csv.ts'
import { sortedBy } from './table-rows.ts'

const column = (...texts: string[]) => texts.map((text) => [text])

test.each([
  ['numbers as numbers', column('10', '9', '−3', '1,200'), [2, 1, 0, 3]],
  ['money and shares', column('$10.50', '$9', '100 %', '8%'), [3, 1, 0, 2]],
  ['decimal commas', column('10,5', '9,75', '1.234,5', '1.100'), [1, 0, 3, 2]],
  ['decimal points beside thousands', column('1,100', '0.5', '1,234.5', '20'), [1, 3, 0, 2]],
  ['thousands alone', column('1,200', '900', '1,000,000'), [1, 0, 2]],
  ['points of thousands', column('1.000.000 €', '900 €', '2.500 €'), [1, 2, 0]],
  ['fractions', column('0,125', '0,5', '−0,25'), [2, 0, 1]],
  ['words as people do', column('b', 'A', 'item 10', 'item 9'), [1, 0, 3, 2]],
  ['what is empty last', column('', '2', ' ', '1'), [3, 1, 0, 2]],
] as const)('a table sorts %s', (_, rows, places) => {
  expect(sortedBy(rows, 0, false)).toEqual(places)
})

test('the other way round, what is empty stays last, and a row without the cell counts as empty', () => {
  expect(sortedBy([['a', '1'], ['b'], ['c', '3']], 1, true)).toEqual([2, 0, 1])
})

test('a copied table is read back as it was, and no cell of it becomes a formula', () => {
  expect(
    csvOf([
      ['a', 'b,c'],
      ['say "x"', 'two\nlines'],
    ]),
  ).toBe('a,"b,c"\r\n"say ""x""","two\nlines"')
  expect(csvOf([['=1+1', '@x', '+cmd|x', '-5', '+3.2 %']])).toBe("'=1+1,'@x,'+cmd|x,-5,+3.2 %")
})

test.each([
  ['python', undefined, 'code.py'],
  ['ts', 'title="src/app.ts"', 'app.ts'],
  ['ts', 'file=../../etc/passwd', 'code.ts'],
  [undefined, undefined, 'code.txt'],
  ['a b<c>', undefined, 'code.txt'],
])('code in %s with %s is saved as %3$s', (language, note, name) => {
  expect(fileNameOf(language, note)).toBe(name)
})
