import { expect, test, vi } from 'vitest'
import { within } from './within.ts'

test('work in time is as it is, and leaves no timer', async () => {
  vi.useFakeTimers()
  expect(await within(1000, Promise.resolve('done'))).toBe('done')
  await expect(within(1000, Promise.reject(new Error('its own')))).rejects.toThrow('its own')
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

test('work that never ends has its deadline, and may fail later unseen', async () => {
  vi.useFakeTimers()
  const { promise, reject } = Promise.withResolvers<void>()
  const late = expect(within(1000, promise)).rejects.toThrow('no answer within 1000 ms')
  await vi.advanceTimersByTimeAsync(1000)
  await late
  reject(new Error('later'))
  await vi.runAllTimersAsync()
  vi.useRealTimers()
})
