import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'vitest'
import { startScriptedModel } from '../../../../simulators/openai/scripted.ts'
import { startFragilePath } from '#test/engines/fragile-path.ts'
import { startSilentProxy } from '#test/engines/silent-proxy.ts'
import { createChatModel } from './chat-models.ts'
import { createPathWatch } from './path-watch.ts'

const prompt = { messages: [{ role: 'user', text: 'Hi' }] as const, tools: [] }

/** Refuses what is no request, as every HTTP server does; `afterMs` is how long it computes first. */
async function listener(stack: AsyncDisposableStack, afterMs = 0) {
  const refuse = (socket: Socket) =>
    void socket.on('error', () => {}).once('data', () => setTimeout(() => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), afterMs))
  const server = createServer(refuse).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { server, port, url: new URL(`http://127.0.0.1:${port}/v1`) }
}

test.concurrent('a provider that thinks for longer than two connections may take is waited for, where the path is alive', async ({ expect }) => {
  await using stack = new AsyncDisposableStack()
  const scripted = await startScriptedModel([{ text: 'Thought of', firstTokenDelayMs: 11_000 }])
  stack.defer(() => scripted.close())
  const path = stack.use(await startFragilePath(Number(new URL(scripted.url).port)))
  const provider = { id: 'one', kind: 'openai' as const, baseUrl: `http://127.0.0.1:${path.port}/v1`, apiKey: 'key' }
  const model = createChatModel(provider, { id: 'm', provider: 'one', model: 'm', dialect: {} })
  expect((await model.complete(prompt)).text).toBe('Thought of')
  expect(scripted.requests).toHaveLength(1)
})

test.concurrent('a connection that nobody used for some seconds is not used again, however long the provider keeps it', async ({ expect }) => {
  await using stack = new AsyncDisposableStack()
  const server = createHttpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', connection: 'keep-alive', 'keep-alive': 'timeout=600' })
    response.end(JSON.stringify({ choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }] }))
  })
  server.keepAliveTimeout = 0
  const closed = once(server, 'connection').then(async ([socket]) => await once(socket as NodeJS.EventEmitter, 'close'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  stack.defer(() => void server.close())
  const provider = { id: 'one', kind: 'openai' as const, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, apiKey: 'key' }
  const model = createChatModel(provider, { id: 'm', provider: 'one', model: 'm', dialect: {} })
  expect((await model.complete(prompt)).text).toBe('Hello')
  await closed
})

test.concurrent('all calls that wait at one origin are asked about by one connection, which is closed at once', async ({ expect }) => {
  await using stack = new AsyncDisposableStack()
  const { server, url } = await listener(stack)
  const watch = createPathWatch({ quietMs: 20, probeMsMax: 60_000 })
  const ends: Error[] = []
  for (let calls = 0; calls < 5; calls++) stack.use(watch.wait(url, (error) => ends.push(error)))
  let open = 0
  for (let probes = 0; probes < 3; probes++) {
    const [socket] = (await once(server, 'connection')) as [NodeJS.Socket & NodeJS.EventEmitter]
    expect(++open).toBe(1)
    socket.on('end', () => open--).resume()
    await once(socket, 'close')
  }
  expect(ends).toEqual([])
})

test.concurrent('a server that refuses new connections still answers', async ({ expect }) => {
  await using stack = new AsyncDisposableStack()
  const { server, url } = await listener(stack)
  const closed = once(server, 'close')
  server.close()
  await closed
  const watch = createPathWatch({ quietMs: 1, probeMsMax: 60_000 })
  const ends: Error[] = []
  stack.use(watch.wait(url, (error) => ends.push(error)))
  const other = await listener(stack)
  stack.use(watch.wait(other.url, (error) => ends.push(error)))
  // So often the other one was asked meanwhile.
  for (let probes = 0; probes < 5; probes++) await once(other.server, 'connection')
  expect(ends).toEqual([])
})

test.concurrent('on a dead path the calls that waited end, one that ended before does not, and the next is refused until the path heals', async ({
  expect,
}) => {
  await using stack = new AsyncDisposableStack()
  const { port } = await listener(stack)
  const path = stack.use(await startFragilePath(port))
  const url = new URL(`http://127.0.0.1:${path.port}/v1`)
  const watch = createPathWatch({ quietMs: 20, probeMsMax: 1000, deadMs: 3000 })
  const ends: string[] = []
  const ended = Promise.withResolvers<Error>()
  await path.die()
  stack.use(watch.wait(url, ended.resolve))
  watch.wait(url, () => ends.push('over'))[Symbol.dispose]()
  expect(await ended.promise).toMatchObject({ code: 'ETIMEDOUT' })
  expect(() => watch.wait(url, () => {})).toThrow('cannot be reached')
  expect(ends).toEqual([])
  path.heal()
  await expect.poll(() => stack.use(watch.wait(url, (error) => ends.push(error.message))), { timeout: 30_000 }).toBeDefined()
})

test.concurrent('a path that takes connections and passes nothing on is dead too, by http and by TLS, until it heals', async ({ expect }) => {
  await using stack = new AsyncDisposableStack()
  const { port } = await listener(stack)
  const path = stack.use(await startSilentProxy({ port, host: '127.0.0.1' }))
  path.swallow()
  for (const scheme of ['http', 'https']) {
    const url = new URL(`${scheme}://127.0.0.1:${path.port}/v1`)
    const watch = createPathWatch({ quietMs: 20, probeMsMax: 300, deadMs: 300 })
    const ended = Promise.withResolvers<Error>()
    // An answer that has begun goes on when its machine does.
    const begun = stack.use(watch.wait(url, () => ended.reject(new Error('An answer that had begun was ended'))))
    begun.heard()
    stack.use(watch.wait(url, ended.resolve))
    expect(await ended.promise).toMatchObject({ code: 'ETIMEDOUT' })
    begun[Symbol.dispose]()
  }
  path.heal()
  const url = new URL(`http://127.0.0.1:${path.port}/v1`)
  const ends: Error[] = []
  stack.use(createPathWatch({ quietMs: 20, probeMsMax: 60_000 }).wait(url, (error) => ends.push(error)))
  const before = path.connections()
  await expect.poll(() => path.connections() - before, { timeout: 30_000 }).toBeGreaterThan(3)
  expect(ends).toEqual([])
})

test.concurrent('a server that does one thing at a time is known by its late answers, and waited for from then on', async ({ expect }) => {
  await using stack = new AsyncDisposableStack()
  const { server, url } = await listener(stack, 1500)
  const watch = createPathWatch({ quietMs: 20, probeMsMax: 300, deadMs: 1 })
  for (let calls = 0; calls < 2; calls++) {
    const ended = Promise.withResolvers<Error>()
    const answered = once(server, 'connection').then(async ([socket]) => await once(socket as Socket, 'close'))
    stack.use(watch.wait(url, ended.resolve))
    await ended.promise
    await answered
  }
  const ends: Error[] = []
  await expect.poll(() => stack.use(watch.wait(url, (error) => ends.push(error))), { timeout: 30_000 }).toBeDefined()
  for (let probes = 0; probes < 5; probes++) await once(server, 'connection')
  expect(ends).toEqual([])
})
