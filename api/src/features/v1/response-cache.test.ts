import { expect, test } from 'vitest'
import { createResponseCache } from './response-cache.ts'

const receipt = { costMicroUsd: 5, cached: false, reason: '' }
const answer = (text: string) => ({
  text,
  reasoning: '',
  calls: [],
  finishReason: 'stop' as const,
  model: 'one',
  used: { inputTokens: 1, outputTokens: 1, isEstimate: false },
  receipt,
})

test('answers are kept within so many bytes, the newest of them, and one that is too long is not', () => {
  const cache = createResponseCache({ bytes: 10_000 })
  for (let at = 0; at < 20; at++) cache.keep(`key ${at}`, answer('x'.repeat(500)), 'one')
  const kept = Array.from({ length: 20 }, (_, at) => cache.find(`key ${at}`) !== undefined)
  expect(kept.at(-1)).toBe(true)
  expect(kept[0]).toBe(false)
  expect(kept.filter(Boolean).length).toBeLessThanOrEqual(10)
  cache.keep('long', answer('x'.repeat(6000)), 'one')
  expect(cache.find('long')).toBeUndefined()
})

test('what another model answered, and what was withheld, is not kept', () => {
  const cache = createResponseCache()
  cache.keep('other', answer('Yes.'), 'two')
  cache.keep('withheld', { ...answer(''), finishReason: 'content_filter' }, 'one')
  expect([cache.find('other'), cache.find('withheld')]).toEqual([undefined, undefined])
})
