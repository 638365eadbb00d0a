import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatAmount, formatUsd, formatUsdTick, parseUsd, shareOf, usdText } from './money.ts'

test.each([
  [0, '$0.00'],
  [40, '< $0.0001'],
  [4_200, '$0.0042'],
  [123_456, '$0.12'],
  [1_234_500_000, '$1,234.50'],
])('%i micro-dollars read %s', (microUsd, text) => expect(formatUsd(microUsd)).toBe(text))

test.each([
  [12_500, '$0.0125'],
  [500_000, '$0.50'],
])('a tick at %i micro-dollars reads %s', (microUsd, text) => expect(formatUsdTick(microUsd)).toBe(text))

test.each([
  ['USD', '20.00', '$20', '$1.67'],
  ['USD', '19.99', '$19.99', '$1.67'],
  ['EUR', '228.00', '€228', '€19'],
  ['JPY', '3000', '¥3,000', '¥250'],
  ['KWD', '1.234', 'KWD 1.234', 'KWD 0.103'],
])('a price of %s %s reads %s, and a twelfth of it %s', (currency, value, text, twelfth) => {
  const amount = { currency, value }
  expect(formatAmount(amount, { whole: true }).replace('\u00a0', ' ')).toBe(text)
  expect(formatAmount(shareOf(amount, 12), { whole: true }).replace('\u00a0', ' ')).toBe(twelfth)
})

test('an amount of an invoice has its currency’s decimals', () => {
  expect(formatAmount({ currency: 'USD', value: '20.00' })).toBe('$20.00')
  expect(formatAmount({ currency: 'JPY', value: '3000' })).toBe('¥3,000')
})

test.each([
  ['20', 20_000_000],
  ['$ 1,000.5', 1_000_500_000],
  ['0.000001', 1],
  ['0.1', 100_000],
  // Floating point would lose one of these.
  ['0.000249', 249],
  ['.5', null],
  ['-1', null],
  ['1e3', null],
  ['1,00', null],
  ['0.0000001', null],
  ['', null],
])('“%s” typed is %s micro-dollars', (text, microUsd) => expect(parseUsd(text)).toBe(microUsd))

test('what is shown in a field is what is stored, to the micro-dollar', () =>
  fc.assert(
    fc.property(fc.nat({ max: 1_000_000_000_000 }), (microUsd) => {
      expect(parseUsd(usdText(microUsd))).toBe(microUsd)
    }),
  ))
