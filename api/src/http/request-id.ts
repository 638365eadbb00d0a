import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'
import { newId } from '#lib/ids.ts'

/** What proxies make: hex, UUIDs. It goes into logs and headers. */
const isId = /^[\w.-]{8,64}$/
export type TrustedProxies = boolean | number | string[]

/** The id that a proxy of ours gave the request, so that its log and ours name it alike; anybody else's is not believed. */
export function createRequestIds(proxies: TrustedProxies): (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string {
  const isProxy = proxyTest(proxies)
  return ({ headers, socket }) => {
    const given = headers['x-request-id']
    return typeof given === 'string' && isId.test(given) && isProxy(socket.remoteAddress ?? '') ? given : newId()
  }
}

/** Whether a connection comes from a proxy whose headers are believed. */
export function proxyTest(proxies: TrustedProxies): (address: string) => boolean {
  if (!Array.isArray(proxies)) return () => Number(proxies) > 0
  return (address) => {
    if (!ipaddr.isValid(address)) return false
    const parsed = ipaddr.process(address)
    return proxies.some((proxy) => matches(parsed, proxy))
  }
}

const ranges: Record<string, string[]> = { loopback: ['loopback'], linklocal: ['linkLocal'], uniquelocal: ['private', 'uniqueLocal'] }

function matches(address: ipaddr.IPv4 | ipaddr.IPv6, proxy: string): boolean {
  if (ranges[proxy]) return ranges[proxy].includes(address.range())
  const cidr = ipaddr.isValidCIDR(proxy) ? ipaddr.parseCIDR(proxy) : ipaddr.isValid(proxy) ? hostOf(proxy) : null
  return cidr !== null && cidr[0].kind() === address.kind() && address.match(cidr)
}

function hostOf(proxy: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const address = ipaddr.process(proxy)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}
