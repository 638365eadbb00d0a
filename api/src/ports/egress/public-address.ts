import { lookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { AppError } from '#lib/app-error.ts'

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

/** Names for this machine that resolvers may or may not know (RFC 6761). */
function isLocalhost(hostname: string): boolean {
  return /(^|\.)localhost\.?$/i.test(hostname)
}

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void

/** A `lookup` for sockets that refuses a name when any of its addresses is not public, so that the address that was checked is the one that is dialled. */
export function lookupPublic(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  if (isLocalhost(hostname)) return callback(destinationRefused(hostname), [])
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, [])
    const [first] = addresses
    if (!first || !addresses.every(({ address }) => isPublicAddress(address))) return callback(destinationRefused(hostname), [])
    if (options.all) return callback(null, addresses)
    return callback(null, first.address, first.family)
  })
}

export function destinationRefused(destination: string): AppError {
  return new AppError('forbidden', `${destination} is not an address on the public web.`)
}
