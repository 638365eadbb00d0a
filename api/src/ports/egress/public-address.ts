import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

const globalUnicast6 = ipaddr.parseCIDR('2000::/3')
// Azure answers its virtual machines on this address, with secrets, though it is in a public range.
const azureHost = '168.63.129.16'

/** Whether an address is one that anyone on the internet could be meant by. An IPv6 address that carries an IPv4 one in any way is not. */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false
  const address = ipaddr.process(text)
  if (address.range() !== 'unicast') return false
  // ipaddr.js calls ::7f00:1 and other unassigned space unicast.
  if (address.kind() === 'ipv6') return address.match(globalUnicast6)
  return address.toString() !== azureHost
}
