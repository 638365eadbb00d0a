import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog } from '#lib/log.ts'
import { commandLine } from '#ports/children/process-id.ts'
import { createEgress, type Egress } from '#ports/egress/index.ts'
import { startMcpSimulator } from '../../../../simulators/mcp/http.ts'
import { simulatedTools } from '../../../../simulators/mcp/server.ts'
import { connectMcp, type McpListing, type McpServer, type McpTool } from './index.ts'
import { readOutput, readPage } from './read-answers.ts'

const main = fileURLToPath(new URL('../../../../simulators/mcp/main.ts', import.meta.url))
const stdio: McpServer = { name: 'files', transport: 'stdio', command: process.execPath, args: [main], env: { GIVEN: 'yes' }, tools: {} }
const signal = new AbortController().signal

let cleanups: AsyncDisposableStack
beforeEach(() => void (cleanups = new AsyncDisposableStack()))
afterEach(() => cleanups.disposeAsync())

async function connect(server: McpServer, host?: string) {
  const told: McpTool[][] = []
  const egress = cleanups.use(createEgress({ allowHosts: host ? [host] : [] }))
  const connection = cleanups.use(connectMcp(server, { egress, log: createLog('silent'), onTools: async ({ tools }) => void told.push(tools) }))
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
  const onTools = async ({ tools }: McpListing) => void told.push(...tools.map(({ name }) => name))
  const connection = cleanups.use(connectMcp(server, { egress: deepening, log: createLog('silent'), onTools }))
  await connection.tried
  expect(told).toContain('never')
  expect(told).not.toContain('deep')
  expect(await connection.call('echo', { text: 'deep' }, signal)).toEqual({ text: 'The result is nested too deeply to be read.', failed: true })
  expect(await connection.call('echo', { text: 'hi' }, signal)).toMatchObject({ text: 'You said: hi', failed: false })
})

/** Tools as servers list them against the protocol's schema, or beyond what its SDK reads of it: JSON, and what becomes of each. */
const oddTools: [string, string][] = [
  ['{"name":"a","description":null,"inputSchema":{"type":"object"}}', 'offered'],
  ['{"name":"b","inputSchema":{"type":"object","properties":{"a":true}}}', 'offered'],
  ['{"name":"c","inputSchema":{"type":"object","properties":{"__proto__":{"type":"string"}}}}', 'offered'],
  ['{"name":"d","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":"yes"}}', 'offered'],
  ['{"name":"e","inputSchema":{"type":"object"},"outputSchema":{"type":"array"}}', 'offered'],
  ['{"name":"f","inputSchema":{"type":"object"},"icons":[{"src":5}],"_meta":5,"execution":0}', 'offered'],
  ['{"name":"g","inputSchema":{"properties":{"a":{"type":"string"}}}}', 'offered'],
  ['{"name":"h","title":5,"inputSchema":{"type":"object"}}', 'title: '],
  ['{"name":"i","description":{},"inputSchema":{"type":"object"}}', 'description: '],
  ['{"name":"j"}', 'inputSchema: '],
  ['{"name":"k","inputSchema":{"type":"array"}}', 'inputSchema.type: '],
  ['{"name":"l","inputSchema":{"type":"object","properties":5}}', 'inputSchema.properties: '],
  ['null', 'it: must be an object'],
  ['{"name":{},"inputSchema":{"type":"object"}}', 'name: '],
]

test('an odd tool hides no other of its server: what can be read of it is offered, or it is left out with the reason, once in the log', async () => {
  const tools = [...simulatedTools(), ...oddTools.map(([json]) => JSON.parse(json) as never)]
  const simulator = cleanups.use(await startMcpSimulator({ tools }))
  const egress = cleanups.use(createEgress({ allowHosts: [simulator.host] }))
  const told: McpListing[] = []
  const lines: string[] = []
  const log = createLog('info', { write: (line) => void lines.push(line) })
  const server: McpServer = { name: 'files', transport: 'http', url: simulator.url, headers: {}, tools: {} }
  const connection = cleanups.use(connectMcp(server, { egress, log, onTools: async (listing) => void told.push(listing) }))
  await connection.tried
  const [{ tools: offered, leftOut }] = told as [McpListing]
  const good = oddTools.flatMap(([json, fate]) => (fate === 'offered' ? [(JSON.parse(json) as { name: string }).name] : []))
  expect(offered.map(({ name }) => name)).toEqual([...simulatedTools().map(({ name }) => name), ...good])
  expect(offered.find(({ name }) => name === 'c')!.inputSchema).toEqual(JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}'))
  const refused = oddTools.filter(([, fate]) => fate !== 'offered')
  expect(leftOut.map(({ reason }) => reason)).toEqual(refused.map(([, fate]) => expect.stringContaining(fate) as string))
  expect(leftOut.map(({ name }) => name)).toEqual(['h', 'i', 'j', 'k', 'l', '(entry 18)', '(entry 19)'])
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warn', server: 'files', leftOut })
  expect(await connection.call('echo', { text: 'hi' }, signal)).toMatchObject({ text: 'You said: hi' })
})

test.each([
  ['a part of a kind that came later', '[{"type":"hologram","data":1},{"type":"text","text":"there"}]', '[hologram, which cannot be shown]\nthere'],
  [
    'a part that is none',
    '[null,{"type":"text","text":"there"},{"type":"text"}]',
    '[a part that cannot be read]\nthere\n[text, which cannot be shown]',
  ],
])('%s hides nothing else of a result', (_name, content, text) => {
  expect(readOutput({ content: JSON.parse(content) })).toEqual({ text, failed: false })
})

test('what is no page, and no result, is said in a line', () => {
  expect(() => readPage({ tools: 'none' }, 0)).toThrow('Its list of tools cannot be read: tools: ')
  expect(() => readOutput({ content: 5 })).toThrow('Its result cannot be read: content: ')
})
