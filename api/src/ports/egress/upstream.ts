import type { Socket } from 'node:net'
import { Agent, type Dispatcher } from 'undici'
import type { Proxies } from '#config/proxies.ts'
import { authorityOf, openOutward, proxyFor, tunnelThrough } from '#ports/proxy/index.ts'
import type { Destinations } from './destinations.ts'

type Target = { protocol: string; hostname: string; port: number }
type UpstreamOptions = { destinations: Destinations; proxies?: Proxies; namesToProxy?: readonly string[] }

export type Upstream = ReturnType<typeof createUpstream>

/**
 * The organisation's proxy as one more step of a way out that is checked all the same: the name is looked up and checked here, and the proxy
 * gets the address to dial, so that its own look-up cannot lead inside. Only hosts of `namesToProxy` it looks up itself.
 */
export function createUpstream({ destinations, proxies = { http: undefined, https: undefined, none: '' }, namesToProxy = [] }: UpstreamOptions) {
  const dispatcher: Dispatcher = openOutward(proxies) ?? new Agent()
  const handedOver = new Set(namesToProxy.map((host) => host.toLowerCase()))

  /** The proxy on the way to a destination, and whether it gets the name; undefined where there is none. */
  function wayTo({ protocol, hostname, port }: { protocol: string; hostname: string; port: string | number }) {
    const target = { protocol, hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) }
    const proxy = proxyFor(proxies, target)
    return proxy && { proxy, byName: handedOver.has('*') || handedOver.has(hostname.toLowerCase()) }
  }

  return {
    dispatcher,
    wayTo,
    /** A connection to it through the proxy; undefined where it is dialled directly. @throws `forbidden` */
    async dial({ protocol, hostname, port }: Target): Promise<Socket | undefined> {
      const way = wayTo({ protocol, hostname, port })
      if (!way) return undefined
      if (way.byName) destinations.checkName(hostname, port)
      const host = way.byName ? hostname.replace(/^\[|\]$/g, '') : (await destinations.addressesOf(hostname, port))[0]!.address
      return await tunnelThrough(way.proxy, authorityOf(host, port))
    },
    destroy: () => dispatcher.destroy(),
  }
}
