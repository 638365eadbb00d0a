import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createSoon } from './soon.ts'

const never = () => new Promise<never>(() => {})
const forEver = 600_000

test('what does not answer is waited for so long, and by nobody else for a while; then it is asked again', async () => {
  const soon = createSoon({ msMax: 1, restMs: forEver })
  await expect(soon(never)).rejects.toMatchObject({ name: 'TimeoutError' })
  let asked = 0
  await expect(soon(async () => ++asked)).rejects.toThrow('left alone')
  expect(asked).toBe(0)

  const rested = createSoon({ msMax: 1, restMs: 1 })
  await expect(rested(never)).rejects.toMatchObject({ name: 'TimeoutError' })
  await wait(5)
  expect(await createSoon({ msMax: forEver, restMs: forEver })(async () => 'there')).toBe('there')
  expect(await rested(async () => 'there again')).toBe('there again')
})

test('a failure, and a caller who leaves, say nothing of the next one', async () => {
  const soon = createSoon({ msMax: forEver, restMs: forEver })
  await expect(soon(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  const leaves = new AbortController()
  const left = expect(soon(never, leaves.signal)).rejects.toThrow('gone')
  leaves.abort(new Error('gone'))
  await left
  expect(await soon(async () => 'there')).toBe('there')
})
