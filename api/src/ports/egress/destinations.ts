import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { AppError } from '#lib/app-error.ts'
import { isPublicAddress } from './public-address.ts'

/** How names become addresses: the system's resolver, or a test's. */
export type Resolver = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void

export type Destinations = ReturnType<typeof createDestinations>

/** Decides where anything of ours may connect to. `allowHosts` names, as `host` or `host:port`, private hosts that an operator opened. */
export function createDestinations(allowHosts: readonly string[], resolver: Resolver = systemLookup) {
  const allowed = new Set(allowHosts.map((host) => host.toLowerCase()))
  const isAllowed = (hostname: string, port: number) =>
    [hostname, `${hostname}:${port}`, `[${hostname}]:${port}`].some((spelling) => allowed.has(spelling))

  return {
    /**
     * The same for a host whose name somebody else looks up: what can be seen of it, which is a literal address and the names of this machine.
     * @throws `forbidden`
     */
    checkName(host: string, port: number): void {
      const hostname = host.replace(/^\[|\]$/g, '')
      if (isAllowed(hostname, port)) return
      if (isLocalhost(hostname) || (isIP(hostname) > 0 && !isPublicAddress(hostname))) throw destinationRefused(hostname)
    },
    /**
     * The addresses to dial for a host as the URL parser writes it, every one of them checked: one private address among public ones
     * refuses the name. Dial these and no others, for a second lookup may answer differently.
     * @throws `forbidden`; the resolver's error for a name that it does not know
     */
    async addressesOf(host: string, port: number): Promise<LookupAddress[]> {
      const hostname = host.replace(/^\[|\]$/g, '')
      const family = isIP(hostname)
      const isOpen = isAllowed(hostname, port)
      if (!isOpen && isLocalhost(hostname)) throw destinationRefused(hostname)
      const addresses = family > 0 ? [{ address: hostname, family }] : await resolve(resolver, hostname)
      const isFit = addresses.length > 0 && (isOpen || addresses.every(({ address }) => isPublicAddress(address)))
      if (!isFit) throw destinationRefused(hostname)
      return addresses
    },
  }
}

/** The one parser of addresses that leave: http(s) without credentials, as the URL standard reads it. @throws `forbidden`, `invalid_request` */
export function parseDestination(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href)
  if (!url) throw new AppError(base ? 'upstream_failed' : 'invalid_request', 'This is not a URL.')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw destinationRefused(url.protocol)
  if (url.username || url.password) throw new AppError('forbidden', 'A URL may not carry credentials.')
  return url
}

export const portOf = (url: URL) => Number(url.port || (url.protocol === 'https:' ? 443 : 80))

/** A socket's `lookup` that answers with what was checked. */
export function pinned(addresses: LookupAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    if (options.all) return callback(null, addresses)
    callback(null, addresses[0]!.address, addresses[0]!.family)
  }
}

function resolve(resolver: Resolver, hostname: string): Promise<LookupAddress[]> {
  return new Promise((done, fail) => resolver(hostname, { all: true }, (error, addresses) => (error ? fail(error) : done(addresses))))
}

/** Names for this machine that resolvers may or may not know (RFC 6761). */
function isLocalhost(hostname: string): boolean {
  return /(^|\.)localhost\.?$/i.test(hostname)
}

function destinationRefused(destination: string): AppError {
  return new AppError('forbidden', `${destination} is not an address on the public web.`)
}
