import { AppError } from '#lib/app-error.ts'
import { createDestinations, parseDestination, portOf } from '#ports/egress/destinations.ts'
import { createEgress, type EgressOptions } from '#ports/egress/index.ts'
import { encryptFor, type Receiver } from './encrypt.ts'
import { identify, type PushKey } from './identify.ts'

export { isReceiver } from './encrypt.ts'
export { newPushKey, type PushKey } from './identify.ts'

/** `gone`: nobody is reached there any more, or may be. `refused`: the service does not take it, for a reason that is in `status`. */
export type Sent = { as: 'taken' } | { as: 'gone' } | { as: 'refused'; status: number }

/** Services that pass messages on to browsers. Their addresses come from browsers: they are strangers' words. */
export interface Push extends AsyncDisposable {
  /** Whether anything is ever sent there: to https, and to public addresses, unless the operator named the hosts. */
  mayGoTo(endpoint: string): boolean
  /** @throws `upstream_failed`, `upstream_timeout` for what may work later */
  send(receiver: Receiver, text: string, key: PushKey, signal?: AbortSignal): Promise<Sent>
}

export type PushOptions = {
  /** Where alone messages go, as `host` or `host:port`; such a host may be private, and without TLS. Empty: to whatever is public. */
  hosts: readonly string[]
  /** Who runs this, for who runs the service: an https or a mailto address. */
  contact: string
} & Pick<EgressOptions, 'proxies' | 'namesToProxy' | 'resolver'>

/** How long a service keeps a message for a browser that is not there. */
const keptSeconds = 24 * 3600
const answerBytesMax = 64 * 1024

export function createPush({ hosts, contact, ...ways }: PushOptions): Push {
  // A way out of its own: what tools may reach on the inside is open to no browser's address.
  const egress = createEgress({ ...ways, allowHosts: hosts, bytesMax: answerBytesMax })
  const destinations = createDestinations(hosts)
  const named = new Set(hosts.map((host) => host.toLowerCase()))

  function mayGoTo(endpoint: string): boolean {
    try {
      const url = parseDestination(endpoint)
      if (named.size > 0) return named.has(url.hostname) || named.has(`${url.hostname}:${portOf(url)}`)
      destinations.checkName(url.hostname, portOf(url))
      return url.protocol === 'https:' && url.port === ''
    } catch {
      return false
    }
  }

  async function post(receiver: Receiver, text: string, key: PushKey, signal?: AbortSignal): Promise<number> {
    const { status } = await egress.fetch(receiver.endpoint, {
      method: 'POST',
      headers: {
        authorization: await identify(receiver.endpoint, key, contact),
        'content-encoding': 'aes128gcm',
        'content-type': 'application/octet-stream',
        ttl: String(keptSeconds),
        urgency: 'high',
      },
      body: encryptFor(receiver, text),
      staysHere: true,
      ...(signal && { signal }),
    })
    return status
  }

  return {
    mayGoTo,
    async send(receiver, text, key, signal) {
      if (!mayGoTo(receiver.endpoint)) return { as: 'gone' }
      try {
        const status = await post(receiver, text, key, signal)
        if (status >= 200 && status < 300) return { as: 'taken' }
        if (status === 404 || status === 410) return { as: 'gone' }
        if (status === 429 || status >= 500) throw new AppError('upstream_failed', `The push service answers ${status}.`)
        return { as: 'refused', status }
      } catch (error) {
        // A name that leads inside.
        if (error instanceof AppError && error.code === 'forbidden') return { as: 'gone' }
        throw error
      }
    },
    [Symbol.asyncDispose]: () => egress[Symbol.asyncDispose](),
  }
}
