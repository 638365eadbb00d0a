import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog } from '#lib/log.ts'
import { commandLine } from '#ports/children/process-id.ts'
import { createEgress, type Egress } from '#ports/egress/index.ts'
import { startMcpSimulator } from '../../../../simulators/mcp/http.ts'
import { connectMcp, type McpServer, type McpTool } from './index.ts'

const main = fileURLToPath(new URL('../../../../simulators/mcp/main.ts', import.meta.url))
const stdio: McpServer = { name: 'files', transport: 'stdio', command: process.execPath, args: [main], env: { GIVEN: 'yes' }, tools: {} }
const signal = new AbortController().signal

let cleanups: AsyncDisposableStack
beforeEach(() => void (cleanups = new AsyncDisposableStack()))
afterEach(() => cleanups.disposeAsync())

async function connect(server: McpServer, host?: string) {
  const told: McpTool[][] = []
  const egress = cleanups.use(createEgress({ allowHosts: host ? [host] : [] }))
  const connection = cleanups.use(connectMcp(server, { egress, log: createLog('silent'), onTools: async (tools) => void told.push(tools) }))
  await connection.tried
  return { connection, told }
}

async function connectHttp() {
  const simulator = cleanups.use(await startMcpSimulator())
  const server: McpServer = { name: 'files', transport: 'http', url: simulator.url, headers: {}, tools: {} }
  return { simulator, ...(await connect(server, simulator.host)) }
}

const overEach = test.each([
  ['streamable HTTP', connectHttp],
  ['stdio', () => connect(stdio)],
])

overEach('over %s tools are listed and called, and a failure is the server’s answer', async (_transport, connected) => {
  const { connection, told } = await connected()
  expect(told[0]!.map(({ name }) => name)).toEqual(expect.arrayContaining(['echo', 'fail', 'never', 'flood', 'crash']))
  expect(await connection.call('echo', { text: 'hi' }, signal)).toEqual({ text: 'You said: hi', failed: false })
  expect(await connection.call('fail', {}, signal)).toEqual({ text: 'It did not work out.', failed: true })
})

overEach('over %s an answer over the limit ends its own call and nobody else’s', async (_transport, connected) => {
  const { connection, told } = await connected()
  const stop = new AbortController()
  let isOver = false
  const another = connection.call('never', {}, stop.signal).finally(() => (isOver = true))
  await expect(connection.call('flood', {}, signal)).rejects.toMatchObject({ code: 'payload_too_large' })
  expect(await connection.call('echo', { text: 'again' }, signal)).toMatchObject({ text: 'You said: again' })
  expect(isOver).toBe(false)
  expect(told).toHaveLength(1)
  stop.abort(new Error('enough'))
  await expect(another).rejects.toThrow('enough')
})

test('a stopped call is cancelled at the server', async () => {
  const { connection, simulator } = await connectHttp()
  const stop = new AbortController()
  const call = connection.call('never', {}, stop.signal)
  await expect.poll(() => simulator.state.calls.length).toBe(1)
  stop.abort(new Error('stopped'))
  await expect(call).rejects.toThrow('stopped')
  await expect.poll(() => simulator.state.cancelled).toBe(1)
})

test('a server that crashes fails its call and is started again', async () => {
  const { connection, told } = await connect(stdio)
  await expect(connection.call('crash', {}, signal)).rejects.toMatchObject({ code: 'upstream_failed' })
  await expect(connection.call('echo', { text: 'x' }, signal)).rejects.toMatchObject({ code: 'unavailable' })
  await expect.poll(() => told.length).toBe(2)
  expect(await connection.call('echo', { text: 'back' }, signal)).toMatchObject({ text: 'You said: back' })
})

test('a server that forgot its sessions is dialled anew', async () => {
  const { connection, simulator, told } = await connectHttp()
  simulator.forget()
  await expect(connection.call('echo', { text: 'x' }, signal)).rejects.toMatchObject({ code: 'upstream_failed' })
  await expect.poll(() => told.length).toBe(2)
  expect(await connection.call('echo', { text: 'back' }, signal)).toMatchObject({ text: 'You said: back' })
})

test('a server that is started gets none of our environment but what it was given', async () => {
  process.env.JARVIS_CANARY = 'secret'
  const { told } = await connect(stdio)
  const names = told[0]!.find(({ name }) => name === 'environment')!.description.split(' ')
  expect(names).toContain('GIVEN')
  expect(names).not.toContain('JARVIS_CANARY')
  expect(names.filter((name) => !['GIVEN', 'HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER'].includes(name))).toEqual([])
})

test('nothing is left of a server that was closed', async () => {
  const mark = `mark-${process.pid}`
  const marked = async () => (await readdir('/proc')).filter((id) => commandLine(Number(id))?.includes(mark))
  const { connection } = await connect({ ...stdio, args: [main, mark] })
  expect(await marked()).toHaveLength(1)
  await connection[Symbol.asyncDispose]()
  expect(await marked()).toEqual([])
  await expect(connection.call('echo', { text: 'x' }, signal)).rejects.toMatchObject({ code: 'unavailable' })
})

test('a program that is not there is no reason to fail the start', async () => {
  const { connection, told } = await connect({ ...stdio, command: '/nowhere/at/all' })
  expect(told).toEqual([])
  await expect(connection.call('echo', { text: 'x' }, signal)).rejects.toMatchObject({ code: 'unavailable' })
})

test('a result, and a tool’s schema, that are nested beyond measure are a failure and no tool; the server can be used again', async () => {
  const simulator = cleanups.use(await startMcpSimulator())
  const egress = cleanups.use(createEgress({ allowHosts: [simulator.host] }))
  const nested = '['.repeat(100_000) + ']'.repeat(100_000)
  const deepening: Egress = {
    ...egress,
    // The SDK of a server cannot write it.
    async fetch(url, request) {
      const response = await egress.fetch(url, request)
      const text = response
        .text()
        .replace('"content":[{"type":"text","text":"You said: deep"}]', `"content":[],"structuredContent":{"deep":${nested}}`)
        .replace(
          '{"name":"never"',
          '{"name":"deep","description":"","inputSchema":{"type":"object","properties":{"a":' + nested + '}}},{"name":"never"',
        )
      return { ...response, body: Buffer.from(text) }
    },
  }
  const server: McpServer = { name: 'files', transport: 'http', url: simulator.url, headers: {}, tools: {} }
  const told: string[] = []
  const onTools = async (tools: McpTool[]) => void told.push(...tools.map(({ name }) => name))
  const connection = cleanups.use(connectMcp(server, { egress: deepening, log: createLog('silent'), onTools }))
  await connection.tried
  expect(told).toContain('never')
  expect(told).not.toContain('deep')
  expect(await connection.call('echo', { text: 'deep' }, signal)).toEqual({ text: 'The result is nested too deeply to be read.', failed: true })
  expect(await connection.call('echo', { text: 'hi' }, signal)).toMatchObject({ text: 'You said: hi', failed: false })
})
