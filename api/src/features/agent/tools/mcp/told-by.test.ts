import { expect, test } from 'vitest'
import { toldBy } from './told-by.ts'

const schema = { type: 'object', properties: { query: { type: 'string' }, tags: {} }, required: ['query'] }
const bitsOf = (args: Record<string, unknown>) => toldBy(args, schema).bits

test('a call tells its texts one by one, and those names too that its server did not give', () => {
  expect(toldBy({ query: 'tides in Dover', tags: ['a', 'b'], secret: 1, more: null }, schema).words).toEqual([
    'tides in Dover',
    'a',
    'b',
    'secret',
    '1',
    'more',
  ])
})

test('what is asked for, as it is asked for, tells little; what else is put there tells more', () => {
  expect(bitsOf({ query: 'tides' })).toBeLessThan(1.1)
  for (const odd of [{}, { tags: 'tides' }, { query: 'tides', tags: '' }, { query: ['tides'] }, { query: '' }, { query: 'tides', more: true }])
    expect(bitsOf(odd)).toBeGreaterThan(3)
})

/** All values of so few parts, each text the same: what is written in them is counted apart. */
function values(depth: number): unknown[] {
  if (depth === 0) return ['text', '', 1, true, false, null, [], {}]
  const smaller = values(depth - 1)
  const lists = smaller.flatMap((one) => [[one], [one, 'text'], ['text', one]])
  return [...values(0), ...lists, ...smaller.flatMap((one) => objects([one]))]
}
const objects = (of: unknown[]) => of.flatMap((one): Record<string, unknown>[] => [{ query: one }, { tags: one }, { other: one }])
const orders = (of: unknown[]) =>
  of.flatMap((one): Record<string, unknown>[] => [
    { query: 'text', tags: one },
    { tags: one, query: 'text' },
    { query: one, tags: 'text' },
    { tags: 'text', query: one },
  ])

test('however arguments are put together, no more calls can be told apart than their bits allow', () => {
  const some = values(2)
  const calls = new Map([{}, ...objects(some), ...orders(some)].map((args) => [JSON.stringify(args), args]))
  expect(calls.size).toBeGreaterThan(1000)
  expect([...calls.values()].reduce((sum, args) => sum + 2 ** -bitsOf(args), 0)).toBeLessThanOrEqual(1)
})
