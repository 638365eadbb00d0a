import { expect, test } from 'vitest'
import { errorCodes } from './errors.ts'
import { sentenceOf, sentences, type SentenceKey } from './sentences.ts'

test('every sentence belongs to an error code', () => {
  for (const key of Object.keys(sentences)) expect(errorCodes).toHaveProperty(key.split('.', 1)[0]!)
})

test('a sentence is filled in, in any language; what is missing stays to be seen', () => {
  expect(sentenceOf('rate_limited.frames', { retryAfterSeconds: 3 })).toBe('Too many frames. Try again in 3 s.')
  const german = { ...sentences, 'rate_limited.frames': 'Zu viele Nachrichten. In {retryAfterSeconds} s wieder.' } as Record<SentenceKey, string>
  expect(sentenceOf('rate_limited.frames', { retryAfterSeconds: 3 }, german)).toBe('Zu viele Nachrichten. In 3 s wieder.')
  expect(sentenceOf('rate_limited.frames')).toBe('Too many frames. Try again in {retryAfterSeconds} s.')
})
