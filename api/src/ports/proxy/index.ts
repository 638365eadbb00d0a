import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { Agent as TlsAgent, request as requestTls } from 'node:https'
import { isIPv6, type Socket } from 'node:net'
import { type Dispatcher, EnvHttpProxyAgent } from 'undici'
import type { Proxies } from '#config/proxies.ts'
import { AppError } from '#lib/app-error.ts'

/** A connection that is not there in time fails at once, with a proxy as without. */
export const connectMsMax = 5000
/** A connection on which nothing moves is asked about by the kernel: after so many ms, then each second, ten times. */
export const keepAliveInitialDelay = 5000
/** An idle connection may be dead at its other end: whatever a server promises, it is used again for so long and no longer. */
export const idleMsMax = { keepAliveTimeout: 4000, keepAliveMaxTimeout: 4000 }

/**
 * For outside systems that the operator named: models, Stripe, sign-in, mail. The proxy gets their names.
 * Undefined where no proxy is set: then undici's own is as good.
 */
export function openOutward({ http, https, none }: Proxies): Dispatcher | undefined {
  if (http === undefined && https === undefined) return undefined
  // Empty, not undefined: it would look into the environment itself.
  const connect = { keepAliveInitialDelay }
  const outward = new EnvHttpProxyAgent({
    httpProxy: http ?? '',
    httpsProxy: https ?? '',
    noProxy: none,
    connectTimeout: connectMsMax,
    ...idleMsMax,
    connect,
    proxyTls: connect,
  })
  proxiesOf.set(outward, { http, https, none })
  return outward
}

const proxiesOf = new WeakMap<Dispatcher, Proxies>()

/** Where the connection to an address ends: there, or at the proxy that a dispatcher of `openOutward` takes. */
export function endOf(url: URL, dispatcher: Dispatcher | undefined): URL {
  const proxies = dispatcher && proxiesOf.get(dispatcher)
  return (proxies && proxyTo(proxies, url)) ?? url
}

/** The proxy that leads to an address, as undici's own chooses it; undefined where the address is dialled directly. */
export function proxyFor({ http, https, none }: Proxies, { protocol, hostname, port }: { protocol: string; hostname: string; port: number }) {
  const proxy = protocol === 'https:' ? (https ?? http) : http
  if (proxy === undefined) return undefined
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  return none.split(/[\s,]+/).some((entry) => entry !== '' && matches(entry.toLowerCase(), host, port)) ? undefined : new URL(proxy)
}

const proxyTo = (proxies: Proxies, { protocol, hostname, port }: URL) =>
  proxyFor(proxies, { protocol, hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) })

/** The same for libraries that use Node's own client and know one address: undefined where that is dialled directly. */
export function agentsFor(proxies: Proxies, url: URL): { httpAgent: Agent; httpsAgent: TlsAgent } | undefined {
  const proxy = proxyTo(proxies, url)
  if (proxy === undefined) return undefined
  const options = { keepAlive: true, proxyEnv: { HTTP_PROXY: proxy.href, HTTPS_PROXY: proxy.href } }
  return { httpAgent: new Agent(options), httpsAgent: new TlsAgent(options) }
}

/** `example.org` and `.example.org` stand for the host and all below it, `*.example.org` for those below it alone, `*` for all; a port narrows it. */
function matches(entry: string, host: string, port: number): boolean {
  const [, bracketed, bracketedPort] = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry) ?? []
  const parts = entry.split(':')
  // An IPv6 address without brackets has more colons than one.
  const [name = '', number] = bracketed === undefined ? (parts.length === 2 ? parts : [entry]) : [bracketed, bracketedPort]
  if (number !== undefined && Number(number) !== port) return false
  if (name === '*') return true
  const domain = name.replace(/^\*?\./, '')
  return host.endsWith(`.${domain}`) || (host === domain && !name.startsWith('*'))
}

export const authorityOf = (host: string, port: number) => `${isIPv6(host) ? `[${host}]` : host}:${port}`

/** What a proxy with a password wants to see; empty without one. */
export function proxyHeaders(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {}
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }
}

/** Where the proxy itself listens, for Node's own client. */
export const proxyEndpoint = ({ hostname, port, protocol }: URL) => ({
  hostname: hostname.replace(/^\[|\]$/g, ''),
  port: Number(port || (protocol === 'https:' ? 443 : 80)),
  protocol,
})

/** A connection through the proxy to `host:port`. @throws upstream_failed when the proxy refuses, upstream_timeout when it does not answer */
export async function tunnelThrough(proxy: URL, authority: string, timeoutMs = 5000): Promise<Socket> {
  const dial = proxy.protocol === 'https:' ? requestTls : request
  const headers = { host: authority, ...proxyHeaders(proxy) }
  const asked = dial({ ...proxyEndpoint(proxy), method: 'CONNECT', path: authority, headers, agent: false })
  asked.setTimeout(timeoutMs, () => asked.destroy(new AppError('upstream_timeout', 'The proxy did not answer in time.')))
  asked.end()
  type Connected = [answer: { statusCode?: number }, socket: Socket, head: Buffer]
  const [answer, socket, head] = (await Promise.race([once(asked, 'connect'), once(asked, 'response').then(refused)])) as Connected
  // It may break before its user listens, who then finds it destroyed.
  socket.on('error', () => undefined)
  if (answer.statusCode !== 200) {
    socket.destroy()
    refused()
  }
  socket.setTimeout(0)
  if (head.length > 0) socket.unshift(head)
  return socket
}

function refused(): never {
  throw new AppError('upstream_failed', 'The proxy of this installation does not let this address through.')
}
