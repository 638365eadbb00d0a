import { expect, test, vi } from 'vitest'
import { unlessAborted, within } from './within.ts'

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

test('work that never ends is left when its signal aborts, also one that had aborted before, and may fail later unseen', async () => {
  const reason = new Error('stopped')
  const { promise, reject } = Promise.withResolvers<void>()
  await expect(unlessAborted(promise, AbortSignal.abort(reason))).rejects.toBe(reason)
  const stop = new AbortController()
  const left = expect(unlessAborted(promise, stop.signal)).rejects.toBe(reason)
  stop.abort(reason)
  await left
  reject(new Error('later'))
  expect(await unlessAborted(Promise.resolve('done'), new AbortController().signal)).toBe('done')
})
