import { afterEach, expect, test, vi } from 'vitest'
import { createPlaces, type PlacesOptions } from './places.ts'

const stops: (() => void)[] = []
afterEach(() => stops.splice(0).forEach((stop) => stop()))

const { signal } = new AbortController()

function places(options: Partial<PlacesOptions> = {}) {
  const clock = { now: 0 }
  const expire = vi.fn<(taskId: string) => void>()
  const created = createPlaces({ placesMax: 1, now: () => clock.now, ...options }, expire)
  stops.push(created.stop)
  return { ...created, clock, expire }
}

test('a task keeps its place, and the next one waits until it is given up', async () => {
  const { take, give } = places()
  await take('a', signal)
  await take('a', signal)
  const order: string[] = []
  const waiting = take('b', signal).then(() => order.push('b'))
  order.push('a gives')
  give('a')
  await waiting
  expect(order).toEqual(['a gives', 'b'])
})

test('a line that is full refuses, and one who leaves it makes room', async () => {
  const { take } = places({ waitingMax: 1 })
  await take('a', signal)
  const leaver = new AbortController()
  const left = take('b', leaver.signal)
  await expect(take('c', signal)).rejects.toMatchObject({ code: 'overloaded' })
  leaver.abort(new Error('left'))
  await expect(left).rejects.toThrow('left')
  await expect(take('c', AbortSignal.abort(new Error('not even started')))).rejects.toThrow('not even started')
})

test('who waits too long is told their place in line', async () => {
  const { take } = places({ waitMs: 20 })
  await take('a', signal)
  await expect(take('b', signal)).rejects.toMatchObject({ code: 'overloaded', message: expect.stringContaining('number 1 in line') })
})

test('an idle place is taken back after ten minutes, after one when others wait, and its page is closed', async () => {
  const { take, expire, clock, touch } = places()
  await take('a', signal)
  clock.now = 59_000
  touch('a')
  clock.now = 118_000
  const waiting = take('b', signal)
  expect(expire).not.toHaveBeenCalled()
  clock.now = 120_000
  void take('c', signal).catch(() => undefined)
  await waiting
  expect(expire).toHaveBeenCalledExactlyOnceWith('a')
})
