import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'

export type DevToolsServer = { url: string } & AsyncDisposable

/**
 * Chromium's DevTools protocol for other machines. Chromium itself listens on loopback only and answers only to names that are addresses, so what
 * it says of itself is told again with the name that was asked for. `/healthz` says whether Chromium answers.
 */
export async function serveDevTools({ host, port, devToolsPort }: { host: string; port: number; devToolsPort: number }): Promise<DevToolsServer> {
  const sockets = new Set<Duplex>()

  async function answer(request: IncomingMessage, isHealth: boolean): Promise<{ status: number; body: object }> {
    try {
      const version = await describe(devToolsPort)
      const webSocketDebuggerUrl = withHost(version.webSocketDebuggerUrl, request)
      return { status: 200, body: isHealth ? { status: 'ok' } : { ...version, webSocketDebuggerUrl } }
    } catch {
      return { status: 503, body: { status: 'down' } }
    }
  }

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname.replace(/\/$/, '')
    if (path !== '/healthz' && path !== '/json/version') return void response.writeHead(404).end()
    void answer(request, path === '/healthz').then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      return response.end(JSON.stringify(body))
    })
  })
  server.on('upgrade', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    const upstream = connect(devToolsPort, '127.0.0.1')
    const headers = Object.entries(request.headers).filter(([name]) => name !== 'host' && name !== 'origin')
    const lines = [`GET ${request.url} HTTP/1.1`, 'host: localhost', ...headers.map(([name, value]) => `${name}: ${String(value)}`)]
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`)
    upstream.write(head)
    for (const socket of [upstream, client]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket))
    }
    client.pipe(upstream).pipe(client)
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

async function describe(devToolsPort: number): Promise<{ webSocketDebuggerUrl: string }> {
  const asked = get({ host: '127.0.0.1', port: devToolsPort, path: '/json/version', headers: { host: 'localhost' }, timeout: 2000 })
  asked.once('timeout', () => asked.destroy())
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) body += chunk
  return JSON.parse(body) as { webSocketDebuggerUrl: string }
}

const withHost = (url: string, request: IncomingMessage) => `ws://${request.headers.host ?? 'localhost'}${new URL(url).pathname}`
