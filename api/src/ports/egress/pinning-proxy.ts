import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as dial, type RequestOptions, type ServerResponse } from 'node:http'
import { request as dialTls } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type Duplex, pipeline, Transform } from 'node:stream'
import { AppError } from '#lib/app-error.ts'
import type { Proxies } from '#config/proxies.ts'
import { proxyEndpoint, proxyHeaders } from '#ports/proxy/index.ts'
import { createDestinations, parseDestination, pinned, portOf, type Resolver } from './destinations.ts'
import { createUpstream } from './upstream.ts'

export type PinningProxyOptions = {
  allowHosts?: readonly string[]
  resolver?: Resolver
  /** The organisation's own proxy, behind this one. */
  proxies?: Proxies
  namesToProxy?: readonly string[]
  /** Of one answer, or of one tunnel, from the site to the browser. */
  bytesMax?: number
  /** How long a connection may say nothing, and how long it may last. */
  idleMs?: number
  lifeMs?: number
  connectionsMax?: number
}

export type PinningProxy = { url: string } & AsyncDisposable

/** Answered by the proxy itself: who gets this header back is behind it. The name resolves nowhere else (RFC 6761). */
export const proxyProbe = { url: 'http://pinning-proxy.invalid/', header: 'x-pinning-proxy' }

const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/**
 * A browser's only way out, on loopback: a proxy that resolves a name once, checks all its addresses and dials one of those. Every request,
 * sub-resource, redirect and socket of a page comes through here, so none can reach what is not public.
 */
export async function openPinningProxy(options: PinningProxyOptions = {}): Promise<PinningProxy> {
  const { allowHosts = [], resolver, bytesMax = 32 * 1024 * 1024, idleMs = 30_000, lifeMs = 300_000, connectionsMax = 256 } = options
  const destinations = createDestinations(allowHosts, resolver)
  const beyond = createUpstream({ destinations, ...options })
  const sockets = new Set<Duplex>()

  function watch(socket: Socket | Duplex): void {
    sockets.add(socket)
    const life = setTimeout(() => socket.destroy(), lifeMs).unref()
    socket.once('close', () => (clearTimeout(life), sockets.delete(socket)))
    socket.on('error', () => socket.destroy())
    if ('setTimeout' in socket) socket.setTimeout(idleMs, () => socket.destroy())
  }

  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === proxyProbe.url) return void response.writeHead(200, { [proxyProbe.header]: 'yes' }).end()
    const url = parseDestination(request.url ?? '')
    if (url.protocol === 'https:') throw new AppError('forbidden', 'Encrypted sites are reached by CONNECT.')
    const route = await routeTo(url, request.headers)
    const upstream = (route.protocol === 'https:' ? dialTls : dial)({ ...route, method: request.method ?? 'GET' })
    upstream.on('socket', watch)
    response.once('close', () => upstream.destroy())
    request.pipe(upstream)
    const [answer] = (await once(upstream, 'response')) as [IncomingMessage]
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers))
    pipeline(answer, limited(bytesMax), response, () => upstream.destroy())
  }

  /** How a page that is not encrypted is asked for: of a proxy that looks names up as a whole, through a tunnel to its address, or directly. */
  async function routeTo(url: URL, own: IncomingHttpHeaders): Promise<RequestOptions> {
    const port = portOf(url)
    const headers = { ...endToEnd(own), host: url.host }
    const way = beyond.wayTo(url)
    if (way?.byName) {
      destinations.checkName(url.hostname, port)
      return { ...proxyEndpoint(way.proxy), agent: false, path: url.href, headers: { ...headers, ...proxyHeaders(way.proxy) } }
    }
    const path = url.pathname + url.search
    const socket = await beyond.dial({ protocol: url.protocol, hostname: url.hostname, port })
    if (socket) return { path, headers, createConnection: () => socket }
    const lookup = pinned(await destinations.addressesOf(url.hostname, port))
    return { hostname: url.hostname.replace(/^\[|\]$/g, ''), port, lookup, agent: false, path, headers }
  }

  async function tunnel(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const url = parseDestination(`https://${request.url ?? ''}`)
    const port = portOf(url)
    const upstream =
      (await beyond.dial({ protocol: url.protocol, hostname: url.hostname, port })) ??
      connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port, lookup: pinned(await destinations.addressesOf(url.hostname, port)) })
    watch(upstream)
    client.once('close', () => upstream.destroy())
    if (upstream.connecting) await once(upstream, 'connect')
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    upstream.write(head)
    pipeline(upstream, limited(bytesMax), client, () => client.destroy())
    pipeline(client, upstream, () => upstream.destroy())
  }

  const server = createServer((request, response) => {
    forward(request, response).catch((error: unknown) => {
      if (response.headersSent) return void response.destroy()
      const refused = error instanceof AppError
      response.writeHead(refused ? 403 : 502, { 'content-type': 'text/plain; charset=utf-8' })
      response.end(refused ? error.message : 'The site could not be reached.')
    })
  })
  server.maxConnections = connectionsMax
  server.on('connection', watch)
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    tunnel(request, client, head).catch((error: unknown) => {
      client.end(`HTTP/1.1 ${error instanceof AppError ? '403 Forbidden' : '502 Bad Gateway'}\r\ncontent-length: 0\r\n\r\n`)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await Promise.all([closed, beyond.destroy()])
    },
  }
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase())
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name) && !named.includes(name)))
}

function limited(bytesMax: number): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > bytesMax) done(new AppError('payload_too_large', `The answer is over ${bytesMax} bytes.`))
      else done(null, chunk)
    },
  })
}
