import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** An IPv6 network of /64 is one household or machine: its addresses count as one. */
export function addressKey(address: string): string {
  // Behind a proxy it is whatever the proxy says.
  if (isIP(address) === 0) return address
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`)
  return `${network.toString()}/64`
}
