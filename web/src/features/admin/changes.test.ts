import { expect, test } from 'vitest'
import { changesOf } from './changes.ts'

const before = { role: 'user', plan: 'free', disabled: false, ceilingMicroUsd: null } as const

test('only what differs is sent, and each difference is said', () => {
  expect(changesOf(before, before)).toEqual({ body: {}, sentences: [] })
  expect(changesOf(before, { ...before, plan: 'pro', ceilingMicroUsd: 0 })).toEqual({
    body: { plan: 'pro', ceilingMicroUsd: 0 },
    sentences: ['Plan: Free → Pro', 'Ceiling: none → $0.00'],
  })
  expect(changesOf({ ...before, ceilingMicroUsd: 5 }, { ...before, disabled: true })).toMatchObject({
    body: { disabled: true, ceilingMicroUsd: null },
  })
})
