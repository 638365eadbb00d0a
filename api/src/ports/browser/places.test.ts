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
  /** Each task is of a person of its own, or of the one before the colon. */
  const take = (taskId: string, until = signal) => created.take({ taskId, userId: taskId.split(':')[0]! }, until)
  return { ...created, take, clock, expire }
}

test('a task keeps its place, and the next one waits until it is given up', async () => {
  const { take, give } = places()
  await take('a')
  await take('a')
  const order: string[] = []
  const waiting = take('b').then(() => order.push('b'))
  order.push('a gives')
  give('a')
  await waiting
  expect(order).toEqual(['a gives', 'b'])
})

test('a line that is full refuses, and one who leaves it makes room', async () => {
  const { take } = places({ waitingMax: 1 })
  await take('a')
  const leaver = new AbortController()
  const left = take('b', leaver.signal)
  await expect(take('c')).rejects.toMatchObject({ code: 'overloaded', message: expect.stringContaining('1 others wait') })
  leaver.abort(new Error('left'))
  await expect(left).rejects.toThrow('left')
  await expect(take('c', AbortSignal.abort(new Error('not even started')))).rejects.toThrow('not even started')
})

test('who waits too long is told their place in line', async () => {
  const { take } = places({ waitMs: 20 })
  await take('a')
  await expect(take('b')).rejects.toMatchObject({ code: 'overloaded', message: expect.stringContaining('number 1 in line') })
})

test('an idle place is taken back after ten minutes, after one when others wait, and its page is closed', async () => {
  const { take, expire, clock, use } = places()
  await take('a')
  clock.now = 59_000
  use('a')()
  clock.now = 118_000
  const waiting = take('b')
  expect(expire).not.toHaveBeenCalled()
  clock.now = 120_000
  void take('c').catch(() => undefined)
  await waiting
  expect(expire).toHaveBeenCalledExactlyOnceWith('a')
})

test('one person’s idle tasks keep nobody out: who has most gives back the one that is idle longest, and no one at work', async () => {
  const { take, expire, clock, use } = places({ placesMax: 4, waitMs: 20 })
  for (const task of ['crowd:1', 'crowd:2', 'crowd:3', 'other:1']) {
    await take(task)
    clock.now += 1000
  }
  use('crowd:1')
  clock.now += 10_000
  await take('one:1')
  expect(expire.mock.calls).toEqual([['crowd:2']])
  await take('two:1')
  expect(expire.mock.calls).toEqual([['crowd:2'], ['crowd:3']])
  await expect(take('three:1')).rejects.toMatchObject({ code: 'overloaded' })
  expect(expire).toHaveBeenCalledTimes(2)
})

test('among people with as many places nobody loses one early', async () => {
  const { take, expire, clock } = places({ placesMax: 2, waitMs: 20 })
  await take('a')
  await take('b')
  clock.now = 59_000
  await expect(take('c')).rejects.toMatchObject({ code: 'overloaded' })
  expect(expire).not.toHaveBeenCalled()
})

test('a task that waits for its person gives its place to who wants one, at once and before others; one that goes on keeps it', async () => {
  const { take, expire, rest, use } = places({ placesMax: 3 })
  for (const task of ['a', 'b', 'c']) await take(task)
  rest('b')
  rest('c')
  use('c')()
  await take('d')
  expect(expire.mock.calls).toEqual([['b']])
  const waiting = take('e')
  rest('a')
  await waiting
  expect(expire.mock.calls).toEqual([['b'], ['a']])
})

test('one person has half of the line at most, and of those who wait the next place is for who has none', async () => {
  const { take, give } = places({ placesMax: 2, waitingMax: 4 })
  await take('crowd:1')
  await take('crowd:2')
  const order: string[] = []
  const line = ['crowd:3', 'crowd:4', 'one:1'].map((task) => take(task).then(() => order.push(task)))
  await expect(take('crowd:5')).rejects.toMatchObject({ code: 'rate_limited' })
  for (const task of ['crowd:1', 'crowd:2', 'one:1']) {
    give(task)
    await expect.poll(() => order.length).toBeGreaterThan(['crowd:1', 'crowd:2', 'one:1'].indexOf(task))
  }
  await Promise.all(line)
  expect(order).toEqual(['one:1', 'crowd:3', 'crowd:4'])
})
