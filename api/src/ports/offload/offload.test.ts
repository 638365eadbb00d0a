import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openOffload } from './index.ts'

const open = (options: Partial<Parameters<typeof openOffload>[1]> = {}) =>
  openOffload<string, string>(new URL('offload-worker.fixture.ts', import.meta.url), {
    failure: 'It could not be done.',
    deadlineMs: 60_000,
    ...options,
  })
const overloaded = { code: 'overloaded', message: 'It could not be done.' }

test('work is done in order, off the event loop', async () => {
  await using offload = open()
  expect(await Promise.all(['a', 'b', 'c'].map((text) => offload.run(text)))).toEqual(['A', 'B', 'C'])
})

test('work that does not end is killed at its deadline, and what came after it is done', async () => {
  await using offload = open({ deadlineMs: 4000 })
  await offload.run('a')
  const spinning = offload.run('spin')
  const after = offload.run('b')
  // The event loop is free all the while.
  let turns = 0
  const turning = setInterval(() => turns++, 10)
  await expect(spinning).rejects.toMatchObject(overloaded)
  clearInterval(turning)
  expect(turns).toBeGreaterThan(5)
  expect(await after).toBe('B')
})

test.each(['heap', 'buffers'])('work that takes too much memory (%s) is killed', async (input) => {
  await using offload = open({ heapMegabytesMax: 64, externalMegabytesMax: 64 })
  await expect(offload.run(input)).rejects.toMatchObject(overloaded)
  expect(await offload.run('a')).toBe('A')
})

test('a thread that has nothing to do goes, with what it holds; the next piece gets another one', async () => {
  await using offload = open({ idleMs: 100 })
  const first = await offload.run('thread')
  await expect.poll(async () => (await setTimeout(500), await offload.run('thread'))).not.toBe(first)
})

test('what the work refuses is told as it is', async () => {
  await using offload = open()
  await expect(offload.run('refuse')).rejects.toMatchObject({ code: 'invalid_request', message: 'No.' })
})

test('who gives up ends the work, and waits for it no longer', async () => {
  await using offload = open()
  const stopping = new AbortController()
  const spinning = offload.run('spin', stopping.signal)
  stopping.abort(new Error('stopped'))
  await expect(spinning).rejects.toThrow('stopped')
  expect(await offload.run('a')).toBe('A')
})

test('what nobody can wait for is refused at once', async () => {
  await using offload = open({ waitingMax: 1 })
  const held = Promise.allSettled([offload.run('spin'), offload.run('a')])
  await expect(offload.run('b')).rejects.toMatchObject(overloaded)
  await offload[Symbol.asyncDispose]()
  expect(await held).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
})
