import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { scoreSignals, type Signal } from './score.ts'

const signal = (name: string, weight: number, family: Signal['family'] = 'override'): Signal => ({ name, family, weight, start: 0, end: 0 })
const anySignal = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  family: fc.constantFrom<Signal['family']>('override', 'persona'),
  weight: fc.double({ min: 0, max: 5, noNaN: true }),
  start: fc.constant(0),
  end: fc.constant(0),
})

test('a signal more never lowers the score', () => {
  fc.assert(
    fc.property(fc.array(anySignal), anySignal, (signals, more) => {
      expect(scoreSignals([...signals, more])).toBeGreaterThanOrEqual(scoreSignals(signals) - 1e-9)
    }),
  )
})

test('a name that two families use counts in each', () => {
  const [weak, strong] = [signal('b', 8.4e-9, 'persona'), signal('a', 1.2)]
  expect(scoreSignals([weak, strong, signal('b', 8.5e-9)])).toBeGreaterThanOrEqual(scoreSignals([weak, strong]))
})

test('repeating an attack does not raise its score', () => {
  expect(scoreSignals([signal('a', 2), signal('a', 2), signal('a', 1)])).toBe(scoreSignals([signal('a', 2)]))
})

test('signals of two families say more than two of one', () => {
  expect(scoreSignals([signal('a', 1), signal('b', 1, 'persona')])).toBeGreaterThan(scoreSignals([signal('a', 1), signal('b', 1)]))
})
