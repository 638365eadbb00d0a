import { EventEmitter } from 'node:events'
import type { FastifyRequest } from 'fastify'
import { expect, onTestFinished, test, vi } from 'vitest'
import { fileIn } from './file-in.ts'

function arriving() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const raw = Object.assign(new EventEmitter(), { complete: false, unpipe: vi.fn(), resume: vi.fn(), destroy: vi.fn() })
  const file = fileIn({ raw, headers: {}, isMultipart: () => true, holdAccess: () => () => {} } as unknown as FastifyRequest)
  return { raw, file }
}

test('an upload that says nothing for 30 s ends; each piece is heard', () => {
  const { raw, file } = arriving()
  for (let pieces = 0; pieces < 5; pieces++) {
    vi.advanceTimersByTime(29_000)
    raw.emit('data')
  }
  vi.advanceTimersByTime(29_000)
  expect(file.signal.aborted).toBe(false)
  vi.advanceTimersByTime(1000)
  expect(file.signal.reason).toMatchObject({ code: 'invalid_request', message: expect.stringContaining('did not come in time') })
  file[Symbol.dispose]()
})

test('one that drips ends after 15 minutes, and what still comes then is waited for as long as it comes at all', () => {
  const { raw, file } = arriving()
  for (let minutes = 0; minutes < 14; minutes += 0.25) {
    vi.advanceTimersByTime(15_000)
    raw.emit('data')
  }
  expect(file.signal.aborted).toBe(false)
  for (let pieces = 0; pieces < 4; pieces++) {
    vi.advanceTimersByTime(15_000)
    raw.emit('data')
  }
  expect(file.signal.aborted).toBe(true)
  file[Symbol.dispose]()
  expect(raw.resume).toHaveBeenCalledOnce()
  vi.advanceTimersByTime(30_000)
  expect(raw.destroy).toHaveBeenCalledOnce()
})

test('one that came whole is left alone', () => {
  const { raw, file } = arriving()
  raw.complete = true
  raw.emit('close')
  file[Symbol.dispose]()
  vi.advanceTimersByTime(60 * 60_000)
  expect(file.signal.aborted).toBe(false)
  expect(raw.destroy).not.toHaveBeenCalled()
})
