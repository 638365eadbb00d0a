import { expect, test } from 'vitest'
import { recovered } from './eval.ts'
import { premiumNeed } from './need.ts'
import { needBuckets } from './need-features.ts'
import { trainRouter } from './train.ts'

test('the need is a number between 0 and 1, the same for the same prompt, whatever the prompt is', () => {
  for (const prompt of ['', ' ', '\ud800', 'a'.repeat(100_000), '\nA. x\nB. y', '请证明费马小定理。']) {
    expect(premiumNeed(prompt)).toBe(premiumNeed(prompt))
    expect(premiumNeed(prompt)).toBeGreaterThanOrEqual(0)
    expect(premiumNeed(prompt)).toBeLessThanOrEqual(1)
  }
})

test('a proof needs the premium model more than a greeting', () => {
  const proof = 'Suppose that every finite subgroup is normal. Prove that if x = y^2 then the ratio of all orders must divide n, and find it.'
  expect(premiumNeed(proof)).toBeGreaterThan(premiumNeed('Hello, how are you today?'))
})

test('training learns which words make the weak model fail, and gives the same weights for the same rows', () => {
  const rows = Array.from({ length: 200 }, (_, i) => ({
    prompt: i % 2 ? `prove the lemma ${i}` : `greet my friend ${i}`,
    strong: 1,
    weak: i % 2 ? 0 : 1,
    source: 'mine',
  }))
  const weights = trainRouter(rows)
  expect(weights).toHaveLength(needBuckets)
  expect(trainRouter(rows)).toEqual(weights)
})

test('all of the gap is recovered at once by a score that is right, half on average by one that says nothing', () => {
  const row = (score: number, strong: number, weak: number) => ({ prompt: '', source: 'mine', score, strong, weak })
  expect(recovered([row(1, 1, 0), row(0, 1, 1), row(0, 0, 0), row(0, 1, 1)])).toEqual({ area: 0.875, half: 0.25, most: 0.25 })
  expect(recovered([row(0, 1, 0), row(0, 1, 0)]).area).toBe(0.5)
})
