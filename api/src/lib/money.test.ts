import fc from 'fast-check'
import { expect, test } from 'vitest'
import { billingCycle, costMicroUsd } from './money.ts'

test.each([
  [{ inputTokens: 1_000_000, outputTokens: 0 }, 150_000],
  [{ inputTokens: 0, outputTokens: 1_000_000 }, 600_000],
  [{ inputTokens: 1, outputTokens: 0 }, 1],
  [{ inputTokens: 0, outputTokens: 0 }, 0],
])('%j cost %d micro-dollars at GPT-4o mini’s prices', (tokens, cost) => {
  expect(costMicroUsd(tokens, { inputMicroUsdPerMillion: 150_000, outputMicroUsdPerMillion: 600_000 })).toBe(cost)
})

test('every moment lies in exactly one billing cycle', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), (at) => {
      const { startsAt, endsAt } = billingCycle(at)
      return startsAt <= at && at < endsAt && billingCycle(endsAt).startsAt.getTime() === endsAt.getTime()
    }),
  )
})
