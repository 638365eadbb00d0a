import { expect, test, vi } from 'vitest'
import { createPace } from './pace.ts'

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

test('turns come one after another, and after each the rest has its multiple of the time', async () => {
  vi.useFakeTimers()
  const turn = createPace({ rests: 2 })
  const took: string[] = []
  const since = performance.now()
  const work = (name: string, ms: number) =>
    turn(async () => {
      took.push(`${name} at ${performance.now() - since}`)
      await wait(ms)
    })
  const all = Promise.allSettled([
    work('a', 10),
    work('b', 20),
    turn(async () => {
      await wait(30)
      throw new Error('fails')
    }),
    work('c', 1),
  ])
  await vi.runAllTimersAsync()
  expect(took).toEqual(['a at 0', 'b at 30', 'c at 180'])
  expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  vi.useRealTimers()
})

test('a turn that hung makes no endless rest', async () => {
  vi.useFakeTimers()
  const turn = createPace({ rests: 2 })
  const since = performance.now()
  const first = turn(() => wait(60_000))
  const second = turn(async () => performance.now() - since)
  await vi.runAllTimersAsync()
  await first
  expect(await second).toBe(61_000)
  vi.useRealTimers()
})
