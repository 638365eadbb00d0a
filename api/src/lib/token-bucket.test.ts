import { expect, test } from 'vitest'
import { createTokenBucket } from './token-bucket.ts'

test('a burst passes, what follows passes at the rate, and a pause fills up to one burst', () => {
  let ms = 0
  const bucket = createTokenBucket(3, 0.5, () => ms)
  const takes = (count: number) => Array.from({ length: count }, () => bucket.take())
  expect(takes(5)).toEqual([0, 0, 0, 2, 2])
  ms = 1000
  expect(bucket.take()).toBe(1)
  ms = 2000
  expect(takes(2)).toEqual([0, 2])
  ms = 1_000_000
  expect(takes(4)).toEqual([0, 0, 0, 2])
})
