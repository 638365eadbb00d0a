import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { startTestApp } from './test-app.ts'

/** As `/proc/net/tcp` writes them. */
const established = '01'

/** How many connections to the port the kernel has completed, asked without giving up the processor. */
function completed(port: number): number {
  const there = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  return rows.map((row) => row.trim().split(/ +/)).filter(([, , remote, state]) => remote?.endsWith(there) && state === established).length
}

test('while a process is busy, 2,000 people who come at once wait in line; nobody is left to knock again after a second', async () => {
  await using app = await startTestApp()
  const { port } = new URL(app.url)
  // All in one turn of the loop: the process takes nobody in before it is over.
  const people = Array.from({ length: 2000 }, () => connect(Number(port), '127.0.0.1').on('error', () => undefined))
  // A connection is asked for at the end of the step that makes it.
  await new Promise<void>((resolve) => process.nextTick(resolve))
  const came = completed(Number(port))
  for (const each of people) each.destroy()
  // A system that keeps fewer in line bounds ours.
  const lineMax = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'))
  expect(came).toBeGreaterThanOrEqual(Math.min(2000, lineMax))
})
