import fc from 'fast-check'
import { expect, test } from 'vitest'
import { billingCycle, costMicroUsd, outputTokensFor } from './money.ts'

test.each([
  [{ inputTokens: 1_000_000, outputTokens: 0 }, 150_000],
  [{ inputTokens: 0, outputTokens: 1_000_000 }, 600_000],
  [{ inputTokens: 1, outputTokens: 0 }, 1],
  [{ inputTokens: 0, outputTokens: 0 }, 0],
])('%j cost %d micro-dollars at GPT-4o mini’s prices', (tokens, cost) => {
  expect(costMicroUsd(tokens, { inputMicroUsdPerMillion: 150_000, outputMicroUsdPerMillion: 600_000 })).toBe(cost)
})

const someTokens = fc.nat(1_000_000)
const price = fc.record({
  inputMicroUsdPerMillion: fc.double({ min: 0, max: 1e9, noNaN: true }),
  outputMicroUsdPerMillion: fc.double({ min: 0, max: 1e9, noNaN: true }),
})

test('less of everything never costs more, so that what was set aside for the most is enough', () => {
  fc.assert(
    fc.property(someTokens, someTokens, someTokens, someTokens, price, (input, moreInput, output, moreOutput, at) => {
      const most = costMicroUsd({ inputTokens: input + moreInput, outputTokens: output + moreOutput }, at)
      expect(costMicroUsd({ inputTokens: input, outputTokens: output }, at)).toBeLessThanOrEqual(most)
    }),
  )
})

test('an answer that money is said to be enough for costs no more than it', () => {
  fc.assert(
    fc.property(fc.nat(1e9), someTokens, price, (microUsd, inputTokens, at) => {
      const outputTokens = Math.min(outputTokensFor(microUsd, inputTokens, at), 1e9)
      if (outputTokens > 0) expect(costMicroUsd({ inputTokens, outputTokens }, at)).toBeLessThanOrEqual(microUsd)
    }),
  )
})

test('every moment lies in exactly one billing cycle', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), (at) => {
      const { startsAt, endsAt } = billingCycle(at)
      expect(startsAt <= at && at < endsAt).toBe(true)
      expect(billingCycle(endsAt).startsAt).toEqual(endsAt)
    }),
  )
})
