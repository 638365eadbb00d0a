import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createDeadline } from './deadline.ts'

test('what arrived while the process stood still is read before the deadline is judged', async () => {
  const echo = spawn('cat')
  await once(echo, 'spawn')
  const deadline = createDeadline(50, () => {})
  echo.stdout.once('data', () => deadline.set(60_000))
  echo.stdin.end('x')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)
  await once(echo, 'close')
  await sleep(0)
  expect(deadline.passed).toBe(false)
  deadline.clear()
})

test('a deadline that nothing moves passes once, and one that is cleared never', async () => {
  let times = 0
  const deadline = createDeadline(10, () => times++)
  const cleared = createDeadline(10, () => times++)
  cleared.clear()
  await expect.poll(() => deadline.passed).toBe(true)
  expect(times).toBe(1)
})
