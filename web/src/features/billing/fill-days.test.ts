import { expect, test } from 'vitest'
import { fillDays } from './fill-days.ts'

test('a day without usage stands as 0, and the days are in order', () => {
  const items = [
    { key: '2026-02-28', cost: 5 },
    { key: '2026-03-02', cost: 7 },
  ]
  const days = fillDays(items, ({ cost }) => cost, '2026-02-28', '2026-03-03')
  expect(days.map(({ value }) => value)).toEqual([5, 0, 7, 0])
  expect(new Date(days[1]!.atSeconds * 1000).toISOString()).toBe('2026-03-01T00:00:00.000Z')
})

test('a period that ends before it begins has no days', () => expect(fillDays([], () => 0, '2026-03-02', '2026-03-01')).toEqual([]))
