import { expect, test } from 'vitest'
import { createSemaphore } from './semaphore.ts'

test('never more at once than allowed, all in line are served, and beyond the line it refuses', async () => {
  const run = createSemaphore(2, 3, 'overloaded.sign_in')
  let active = 0
  let most = 0
  const gates: (() => void)[] = []
  const task = () =>
    run(async () => {
      most = Math.max(most, ++active)
      await new Promise<void>((resolve) => gates.push(resolve))
      active--
    })
  const accepted = Array.from({ length: 5 }, task)
  await expect(task()).rejects.toMatchObject({ code: 'overloaded' })
  while (gates.length > 0) {
    gates.shift()!()
    await new Promise(setImmediate)
  }
  await Promise.all(accepted)
  expect(most).toBe(2)
})
