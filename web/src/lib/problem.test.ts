import { sentenceOf } from '@jarvis/contracts/sentences.ts'
import { expect, test } from 'vitest'
import { ProblemError, messageWithoutWait } from './problem.ts'

const said = (detail: string) => messageWithoutWait(new ProblemError('rate_limited', detail, { status: 429, retryAfterSeconds: 17 }))

test('a refusal whose wait is counted down beside it has one number for the wait', () => {
  const params = { requestsMax: 20, windowSeconds: 60, retryAfterSeconds: 17 }
  expect(said(sentenceOf('rate_limited', params))).toBe('You have reached 20 requests in 60 seconds.')
  expect(said(sentenceOf('rate_limited.frames', params))).toBe('Too many frames.')
})

test('what says no number of seconds stays as it is', () => {
  const sentence = sentenceOf('overloaded.sign_in')
  expect(said(sentence)).toBe(sentence)
})
