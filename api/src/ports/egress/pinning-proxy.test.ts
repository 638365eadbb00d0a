import { once } from 'node:events'
import { createServer, request, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Resolver } from './destinations.ts'
import { openPinningProxy, type PinningProxy, type PinningProxyOptions } from './pinning-proxy.ts'
import { privateHosts } from './private-spellings.fixture.ts'

let canary: Server
let connections = 0
let port: number
let proxy: PinningProxy

beforeAll(async () => {
  canary = createTcpServer((socket) => (connections++, socket.destroy())).listen(0, '::')
  await once(canary, 'listening')
  port = (canary.address() as AddressInfo).port
  proxy = await openPinningProxy()
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  canary.close()
})

async function site(listener: RequestListener, options: PinningProxyOptions = {}) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const open = await openPinningProxy({ allowHosts: [host], ...options })
  return {
    host,
    port: Number(host.split(':')[1]),
    proxy: open,
    async [Symbol.asyncDispose]() {
      await open[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
    },
  }
}

async function through({ url }: PinningProxy, path: string, headers: Record<string, string> = {}) {
  const asked = request(url, { path, headers }).end()
  const [answer] = await once(asked, 'response')
  return { status: answer.statusCode as number, headers: answer.headers as Record<string, string>, body: await text(answer) }
}

/** The first line that comes back for CONNECT, and the socket that it leaves open. */
async function tunnel({ url }: PinningProxy, authority: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
  const [head] = (await once(socket, 'data')) as [Buffer]
  return { status: Number(head.toString().split(' ')[1]), socket }
}

test('there are as many spellings of private hosts as are promised', () => {
  expect(new Set(privateHosts).size).toBeGreaterThanOrEqual(70)
})

test.each(privateHosts)('%s is refused, asked plainly or by a tunnel, and nothing is dialled', async (host) => {
  const before = connections
  const ascii = encodeURI(decodeURI(host))
  expect((await through(proxy, `http://${ascii.replace(/%5B/gi, '[').replace(/%5D/gi, ']')}:${port}/`)).status).toBe(403)
  const tunnelled = await tunnel(proxy, `${ascii.replace(/%5B/gi, '[').replace(/%5D/gi, ']')}:${port}`)
  tunnelled.socket.destroy()
  expect(tunnelled.status).toBe(403)
  expect(connections).toBe(before)
})

test.each(['/', 'file:///etc/passwd', 'ftp://example.com/', 'http://user:secret@example.com/', 'gopher://127.0.0.1/'])(
  'a request for %s is refused',
  async (path) => {
    expect((await through(proxy, path)).status).toBe(403)
  },
)

test('a name that changes its address between two requests is refused as soon as it is private', async () => {
  const answers = ['127.0.0.1', '127.0.0.1']
  const rebinding: Resolver = (_name, _options, done) => done(null, [{ address: answers.shift()!, family: 4 }])
  await using rebound = await openPinningProxy({ resolver: rebinding })
  const before = connections
  expect((await through(rebound, `http://rebind.test:${port}/`)).status).toBe(403)
  const { status, socket } = await tunnel(rebound, `rebind.test:${port}`)
  socket.destroy()
  expect([status, connections]).toEqual([403, before])
})

test('one private address among public ones refuses the name', async () => {
  const both: Resolver = (_name, _options, done) =>
    done(null, [
      { address: '93.184.215.14', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ])
  await using mixed = await openPinningProxy({ resolver: both })
  expect((await through(mixed, `http://mixed.test:${port}/`)).status).toBe(403)
})

test('a name is looked up once for each connection, and the address that was checked is the one that is dialled', async () => {
  let lookups = 0
  await using named = await site((_request, response) => response.end('here'))
  const once4: Resolver = (_name, _options, done) => done(null, [{ address: lookups++ === 0 ? '127.0.0.1' : '10.0.0.1', family: 4 }])
  await using pinned = await openPinningProxy({ allowHosts: [`inside.test:${named.port}`], resolver: once4 })
  expect((await through(pinned, `http://inside.test:${named.port}/`)).body).toBe('here')
  expect(lookups).toBe(1)
})

test('headers that belong to one connection stay on it', async () => {
  await using echo = await site((incoming, response) => response.end(JSON.stringify(incoming.headers)))
  const { body } = await through(echo.proxy, `http://${echo.host}/`, {
    'proxy-authorization': 'Basic secret',
    connection: 'x-hop',
    'x-hop': '1',
    accept: 'text/html',
  })
  const seen = JSON.parse(body) as Record<string, string>
  expect(seen).toMatchObject({ accept: 'text/html', host: echo.host })
  expect(seen).not.toHaveProperty('proxy-authorization')
  expect(seen).not.toHaveProperty('x-hop')
})

test('an answer is cut off at its limit, plain or in a tunnel', async () => {
  await using large = await site((_request, response) => response.end(Buffer.alloc(100_000)), { bytesMax: 50_000 })
  await expect(through(large.proxy, `http://${large.host}/`)).rejects.toThrow(/aborted|terminated|hang up/)
  const { socket } = await tunnel(large.proxy, large.host)
  let received = 0
  socket.on('data', (chunk: Buffer) => (received += chunk.length))
  socket.write(`GET / HTTP/1.1\r\nHost: ${large.host}\r\n\r\n`)
  await once(socket, 'close')
  expect(received).toBeLessThanOrEqual(50_000)
})

test('a connection that says nothing, or that lasts too long, is closed', async () => {
  await using silent = await site(() => undefined, { idleMs: 150 })
  const idle = await tunnel(silent.proxy, silent.host)
  await once(idle.socket, 'close')
  await using chatty = await site((_request, response) => void setInterval(() => response.write('.'), 10).unref(), { lifeMs: 200 })
  await expect(through(chatty.proxy, `http://${chatty.host}/`)).rejects.toThrow()
})

test('closing it closes every tunnel', async () => {
  await using open = await site((_request, response) => response.end())
  const { socket } = await tunnel(open.proxy, open.host)
  const closed = once(socket, 'close')
  await open.proxy[Symbol.asyncDispose]()
  await closed
  expect(socket.destroyed).toBe(true)
})
