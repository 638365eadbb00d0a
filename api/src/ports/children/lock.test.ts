import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { withLock } from './lock.ts'

test('one at a time holds a name', async () => {
  const name = randomUUID()
  let holders = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 8 }, () =>
      withLock(name, async () => {
        most = Math.max(most, ++holders)
        await new Promise(setImmediate)
        holders--
      }),
    ),
  )
  expect(most).toBe(1)
})

test('a failure lets go of the name', async () => {
  const name = randomUUID()
  await expect(withLock(name, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await withLock(name, async () => 'mine')).toBe('mine')
})

test('a killed holder lets go of the name', async () => {
  const name = randomUUID()
  const program = `
    const { withLock } = await import(${JSON.stringify(new URL('lock.ts', import.meta.url))})
    await withLock(${JSON.stringify(name)}, () => new Promise(() => { process.stdout.write('held'); setInterval(() => {}, 1000) }))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'ignore'] })
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => Promise.reject(new Error('The child ended early')))])
  const waited = withLock(name, async () => 'mine')
  child.kill('SIGKILL')
  expect(await waited).toBe('mine')
})
