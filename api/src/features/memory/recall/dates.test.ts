import { expect, test } from 'vitest'
import { datesIn, overlap } from './dates.ts'

const said = new Date('2024-03-20T10:00:00Z')
const day = (iso: string) => new Date(iso).toISOString().slice(0, 10)
const shown = (text: string, when: Date | null = said) =>
  datesIn(text, when).map(({ from, to }) => `${day(new Date(from).toISOString())} ${day(new Date(to - 1).toISOString())}`)

test.each([
  ['We met on 2023-05-08.', '2023-05-08 2023-05-08'],
  ['8 May, 2023', '2023-05-08 2023-05-08'],
  ['on May 8, 2023 at noon', '2023-05-08 2023-05-08'],
  ['It was in July 2022', '2022-07-01 2022-07-31'],
  ['last May we moved', '2023-05-01 2023-05-31'],
  ['am 3. Oktober 2023', '2023-10-03 2023-10-03'],
  ['letzten Mai', '2023-05-01 2023-05-31'],
  ['el 5 de junio de 2023', '2023-06-05 2023-06-05'],
  ['en février 2023', '2023-02-01 2023-02-28'],
  ['wczoraj byłam chora', '2024-03-19 2024-03-19'],
  ['2023年5月8日に', '2023-05-08 2023-05-08'],
  ['去年', '2023-01-01 2023-12-31'],
  ['yesterday', '2024-03-19 2024-03-19'],
  ['two weeks ago', '2024-03-04 2024-03-10'],
  ['back in 2019', '2019-01-01 2019-12-31'],
])('%s', (text, days) => {
  expect(shown(text)).toContain(days)
})

test.each(['I may come along', 'We march on', 'room 2024-b', 'It costs 2,000.'])('%s names no day', (text) => {
  expect(shown(text)).toEqual([])
})

test('what was said in a range, and what names a day of it, is in time', () => {
  const [may] = datesIn('May 2023', null)
  expect(overlap(may!, datesIn('on 8 May 2023', null), null)).toBe(1)
  expect(overlap(may!, [], new Date('2023-05-20'))).toBe(0.8)
  expect(overlap(may!, [], new Date('2023-08-20'))).toBe(0)
})
