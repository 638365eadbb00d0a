import fc from 'fast-check'
import { describe, expect, inject, test } from 'vitest'
import { propertySeed } from './property-seed.ts'

describe('the seed of the properties', () => {
  test('is the same each time for one commit, and another for another', () => {
    const [one, other] = ['0c7e55b1d0', 'fffffff1d0'].map((commit) => [propertySeed(undefined, commit), propertySeed('', commit)])
    expect(one![0]).toBe(one![1])
    expect(one![0]).not.toBe(other![0])
    for (const seed of [...one!, ...other!]) expect(seed).toBeGreaterThanOrEqual(0)
  })

  test('may be asked for, to find a counterexample again, and looks elsewhere each time when it is random', () => {
    expect(propertySeed('-1234')).toBe(-1234)
    expect(new Set(Array.from({ length: 20 }, () => propertySeed('random'))).size).toBeGreaterThan(1)
    expect(() => propertySeed('soon')).toThrow('FAST_CHECK_SEED')
  })

  test('is at work in every property, and a failed one prints it with its counterexample', () => {
    const fail = () => fc.assert(fc.property(fc.nat(), (number) => number < 10))
    expect(fail).toThrow(`seed: ${inject('propertySeed')}`)
    expect(fail).toThrow('Counterexample: [10]')
  })
})
