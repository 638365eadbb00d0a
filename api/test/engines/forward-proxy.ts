import { once } from 'node:events'
import { createServer, request as dial } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/**
 * A forward proxy as organisations have one, on loopback: absolute requests and CONNECT. It believes nobody's addresses: whatever it is asked
 * for leads to `to`, a `host:port`, and `asked` has what it was asked for.
 */
export async function startForwardProxy(to: (asked: string) => string) {
  const asked: { target: string; headers: Record<string, unknown> }[] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    asked.push({ target: `${request.method} ${request.url}`, headers: request.headers })
    const { pathname, search } = new URL(request.url!)
    const [host, port] = to(request.url!).split(':')
    const onward = dial({ host, port, method: request.method, path: pathname + search, headers: request.headers })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.writeHead(502).end())
    request.pipe(onward)
  })
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)))
  server.on('connect', (request, client) => {
    asked.push({ target: `CONNECT ${request.url}`, headers: request.headers })
    const [host, port] = to(request.url!).split(':')
    const onward = connect({ host: host!, port: Number(port) }, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      onward.pipe(client).pipe(onward)
    })
    for (const socket of [onward, client as Socket]) sockets.add(socket.on('error', () => undefined))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const port = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${port}`,
    /** With a name and a password in it. */
    urlOf: (user: string, password: string) => `http://${user}:${password}@127.0.0.1:${port}`,
    asked,
    targets: () => asked.map(({ target }) => target),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
