import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import { expect, test } from 'vitest'
import { letGoInTurn } from './let-go.ts'

/** Connects, sends a request, says so by a file, and prints the first line of the answer or the error. */
const client = `
  const [port, mark] = process.argv.slice(1)
  const socket = require('node:net').connect(Number(port), '127.0.0.1', () => {
    socket.write('GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n', () => require('node:fs').writeFileSync(mark, ''))
  })
  socket.on('data', (data) => console.log(String(data).split('\\r\\n')[0]))
  socket.on('error', ({ code }) => console.log(code))`

test('who connects while the process is too busy to see it is answered before connections close', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jarvis-let-go-'))
  const app = fastify({ forceCloseConnections: 'idle', return503OnClosing: false })
  letGoInTurn(app)
  app.get('/', async () => 'here')
  await app.listen({ port: 0, host: '127.0.0.1' })
  const mark = join(folder, 'sent')
  const program = spawn(process.execPath, ['-e', client, String((app.server.address() as AddressInfo).port), mark])
  let said = ''
  program.stdout.on('data', (data) => (said += String(data)))
  const ended = new Promise((resolve) => program.once('close', resolve))
  await new Promise<void>((resolve) => {
    setTimeout(() => {
      while (!existsSync(mark));
      // From a timer, as at the end of a drain: the loop asks for connections only after it.
      resolve()
    }, 1)
  })
  await app.close()
  await ended
  expect(said.trim()).toBe('HTTP/1.1 200 OK')
  await rm(folder, { recursive: true })
})
