import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatPrice, formatUsd, formatUsdTick, parseUsd, usdText } from './money.ts'

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
  [20_000_000, '$20'],
  [19_990_000, '$19.99'],
])('a price of %i micro-dollars reads %s', (microUsd, text) => expect(formatPrice(microUsd)).toBe(text))

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
