import { expect, test } from 'vitest'
import { createLog } from '#lib/log.ts'
import { createEgress } from '#ports/egress/index.ts'
import { connectMcp, type McpListing } from './index.ts'

/** A server that says what the protocol's SDK would not; `answer` is the source of what it does with a message. */
async function connect(answer: string) {
  const source = `
    const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n')
    const hello = { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' } }
    const echo = { name: 'echo', inputSchema: { type: 'object' } }
    let asked = 0
    const lines = require('node:readline').createInterface({ input: process.stdin })
    lines.on('line', (line) => {
      const { id, method } = JSON.parse(line)
      if (method === 'initialize') say({ id, result: hello })
      else ${answer}
    })`
  const told: McpListing[] = []
  const stack = new AsyncDisposableStack()
  const egress = stack.use(createEgress({ allowHosts: [] }))
  const server = { name: 'hostile', transport: 'stdio' as const, command: process.execPath, args: ['-e', source], env: {}, tools: {} }
  const connection = stack.use(connectMcp(server, { egress, log: createLog('silent'), onTools: async (listing) => void told.push(listing) }))
  await connection.tried
  return { connection, told, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const signal = new AbortController().signal

test('a list that never ends, with nothing on its pages, is read so far and no further', async () => {
  await using server = await connect(`if (method === 'tools/list')
    say({ id, result: { tools: asked++ === 0 ? [echo] : [], nextCursor: 'page ' + asked } })
    else if (method === 'tools/call') say({ id, result: { content: [{ type: 'text', text: 'asked ' + asked }] } })`)
  expect(server.told.map(({ tools }) => tools.map(({ name }) => name))).toEqual([['echo']])
  expect(await server.connection.call('echo', {}, signal)).toEqual({ text: 'asked 200', failed: false })
})

test('a server that asks without end and reads no answer is ended, not kept in memory', async () => {
  await using server = await connect(`if (method === 'tools/list') say({ id, result: { tools: [echo] } })
    else if (method === 'tools/call') {
      lines.pause()
      const ask = () => { while (say({ id: 'x'.repeat(100000), method: 'ping' })); process.stdout.once('drain', ask) }
      ask()
    }`)
  await expect(server.connection.call('echo', {}, signal)).rejects.toMatchObject({ code: 'upstream_failed' })
})
