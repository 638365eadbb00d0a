import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { until } from './cluster/cluster.ts'

test('a program that a test started goes with the test’s process, however that ends, and holds none of its streams', async () => {
  const script = `
    const { startRedis } = await import(${JSON.stringify(new URL('engines/redis.ts', import.meta.url))})
    process.stdout.write(String((await startRedis()).pid))
    setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  const pid = Number(String((await once(holder.stdout, 'data'))[0]))
  expect(isAlive(pid)).toBe(true)
  const streamsClosed = once(holder, 'close')
  holder.kill('SIGKILL')
  await streamsClosed
  await until(() => !isAlive(pid))
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
