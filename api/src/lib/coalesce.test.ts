import { expect, test } from 'vitest'
import { coalesce } from './coalesce.ts'

test('however many ask, each answer is of work that began after it was asked for', async () => {
  const ends: (() => void)[] = []
  let begun = 0
  const ask = coalesce(async () => {
    const number = ++begun
    await new Promise<void>((resolve) => ends.push(resolve))
    return number
  })
  const first = ask('a')
  const during = Array.from({ length: 100 }, () => ask('a'))
  ends[0]!()
  expect(await first).toBe(1)
  ends[1]!()
  expect(new Set(await Promise.all(during))).toEqual(new Set([2]))
  const after = ask('a')
  ends[2]!()
  expect(await after).toBe(3)
})

test('work that fails holds up nobody, and keys do not wait for each other', async () => {
  let calls = 0
  const ask = coalesce(async (key) => {
    if (++calls === 1) throw new Error('no')
    return key
  })
  const [failed, next, other] = await Promise.allSettled([ask('a'), ask('a'), ask('b')])
  expect(failed.status).toBe('rejected')
  expect([next, other]).toEqual([
    { status: 'fulfilled', value: 'a' },
    { status: 'fulfilled', value: 'b' },
  ])
})
