import { expect, test } from 'vitest'
import { readResult, specOf } from './result.ts'

const result = readResult(
  JSON.stringify({
    columns: [
      { name: 'a.b', type: 'VARCHAR' },
      { name: 'n', type: 'HUGEINT' },
      { name: 'at', type: 'TIMESTAMP' },
    ],
    rows: [
      ['x', '99999999999999999999', '2026-01-02 03:04:05.5'],
      ['=1+1', 2, null],
    ],
    more: false,
  }),
)!

test('a result is read as it came; what is no table is none', () => {
  expect(result.rows).toHaveLength(2)
  for (const text of [null, '', 'withheld', '[]', '{"tables":[]}', '{"columns":[],"rows":[]}', '{"columns":[1],"rows":[]}'])
    expect([text, readResult(text)]).toEqual([text, null])
})

test('a chart names columns by their place, keeps times as they are, and is none without its columns', () => {
  const spec = JSON.parse(specOf({ kind: 'line', x: 'at', y: 'n', series: 'a.b', title: 'T' }, result)!)
  expect(spec).toMatchObject({
    title: 'T',
    mark: 'line',
    encoding: { x: { field: 'c2', type: 'temporal', scale: { type: 'utc' } }, y: { field: 'c1' } },
  })
  expect(spec.data.values[0]).toEqual({ c0: 'x', c1: 1e20, c2: '2026-01-02T03:04:05Z' })
  expect(JSON.parse(specOf({ kind: 'pie', x: 'a.b', y: 'n' }, result)!).encoding).toMatchObject({ theta: { field: 'c1' }, color: { field: 'c0' } })
  expect(specOf({ kind: 'bar', x: 'gone', y: 'n' }, result)).toBeNull()
})
