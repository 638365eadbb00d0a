import { expect, test } from 'vitest'
import { refusal } from '#lib/refusal.ts'
import { toProblem } from './problem.ts'

test('a problem carries what its sentence is made of', () => {
  const problem = toProblem(refusal('budget_exhausted.used', { limit: 'tokens.person', resetsOn: '2026-12-01' }, { retryAfterSeconds: 60 }), 'r')
  expect(problem).toMatchObject({
    code: 'budget_exhausted',
    status: 402,
    detail: 'This month’s token budget is used up. It starts anew on 2026-12-01 (UTC).',
    params: { sentence: 'budget_exhausted.used', limit: 'tokens.person', resetsOn: '2026-12-01', retryAfterSeconds: 60 },
  })
})
