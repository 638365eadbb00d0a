import { expect, test } from 'vitest'
import { errorCodes } from './errors.ts'
import { limits, sentenceOf, sentences } from './sentences.ts'

test('every sentence belongs to an error code, or says why a call waits for its person', () => {
  const families = [...Object.keys(errorCodes), 'approval']
  for (const key of Object.keys(sentences)) expect(families).toContain(key.split('.', 1)[0])
})

test('a sentence is filled in, in any language; what is missing stays to be seen', () => {
  expect(sentenceOf('rate_limited.frames', { retryAfterSeconds: 3 })).toBe('Too many frames. Try again in 3 s.')
  const german = { limits, sentences: { ...sentences, 'rate_limited.frames': 'Zu viele Nachrichten. In {retryAfterSeconds} s wieder.' } }
  expect(sentenceOf('rate_limited.frames', { retryAfterSeconds: 3 }, german)).toBe('Zu viele Nachrichten. In 3 s wieder.')
  expect(sentenceOf('rate_limited.frames')).toBe('Too many frames. Try again in {retryAfterSeconds} s.')
})

test('a limit is named by a key, and its name comes from the same language', () => {
  const params = { limit: 'tokens.plan', plan: 'free', resetsOn: '2026-12-01' }
  expect(sentenceOf('budget_exhausted.used', params)).toBe(
    'This month’s token budget of the free plan is used up. It starts anew on 2026-12-01 (UTC).',
  )
})
