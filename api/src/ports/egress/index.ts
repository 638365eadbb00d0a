import { Agent, buildConnector, type Dispatcher, fetch, Headers, type RequestInit, type Response } from 'undici'
import { AppError } from '#lib/app-error.ts'
import type { Proxies } from '#config/proxies.ts'
import { idleMsMax } from '#ports/proxy/index.ts'
import { createDestinations, type Destinations, parseDestination, pinned, portOf, type Resolver } from './destinations.ts'
import { createUpstream, type Upstream } from './upstream.ts'

export type EgressOptions = {
  /** `host` or `host:port` that may be reached although it is private: an operator's decision. */
  allowHosts?: readonly string[]
  resolver?: Resolver
  proxies?: Proxies
  /** Hosts that a proxy looks up itself, `*` for all: what it may then reach is for it to refuse. */
  namesToProxy?: readonly string[]
  timeoutMs?: number
  /** Of the body, after decompression. */
  bytesMax?: number
  redirectsMax?: number
}

export type EgressRequest = {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array<ArrayBuffer>
  signal?: AbortSignal
  timeoutMs?: number
  bytesMax?: number
  /** An answer that leads elsewhere is the answer. */
  staysHere?: boolean
}

export type EgressResponse = {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  /** Where the redirects ended. */
  url: string
  body: Buffer
  /** The body in the charset that its content type names, else UTF-8. */
  text(): string
}

/**
 * The way out to the web. It dials public addresses only, and it checks the address that it dials, on every redirect: neither a redirect
 * nor a name that changes its address leads inside.
 */
export interface Egress extends AsyncDisposable {
  /**
   * Any status is an answer. `timeoutMs` covers everything from the name's lookup to the last byte.
   * @throws `forbidden` for a destination that is not public http(s), `invalid_request` for no URL, `payload_too_large`, `upstream_timeout`, `upstream_failed`; the signal's reason when it aborts
   */
  fetch(url: string, request?: EgressRequest): Promise<EgressResponse>
}

export function createEgress(options: EgressOptions = {}): Egress {
  const { allowHosts = [], resolver, timeoutMs = 10_000, bytesMax = 2 * 1024 * 1024, redirectsMax = 5 } = options
  const destinations = createDestinations(allowHosts, resolver)
  const upstream = createUpstream({ destinations, ...options })
  const agent = new Agent({ connect: guardedConnect(destinations, upstream), ...idleMsMax, connections: 8 })

  /** A proxy that looks the name up gets the request itself, where it is not encrypted: many let CONNECT through to encrypted sites alone. */
  function dispatcherFor(target: URL): Dispatcher {
    if (upstream.wayTo(target)?.byName !== true) return agent
    destinations.checkName(target.hostname, portOf(target))
    return upstream.dispatcher
  }

  async function follow(url: string, request: EgressRequest, signal: AbortSignal): Promise<{ response: Response; url: URL }> {
    let target = parseDestination(url)
    let init: RequestInit = { method: request.method ?? 'GET', headers: request.headers ?? {}, body: request.body ?? null }
    for (let redirects = 0; ; redirects++) {
      const response = await fetch(target, { ...init, redirect: 'manual', signal, dispatcher: dispatcherFor(target) })
      const location = response.headers.get('location')
      if (request.staysHere || location === null || ![301, 302, 303, 307, 308].includes(response.status)) return { response, url: target }
      await response.body?.cancel()
      if (redirects === redirectsMax) throw new AppError('upstream_failed', 'The site redirects too often.')
      const next = parseDestination(location, target)
      init = redirectedInit(init, response.status, next.origin === target.origin)
      target = next
    }
  }

  return {
    async fetch(url, request = {}) {
      const timeout = AbortSignal.timeout(request.timeoutMs ?? timeoutMs)
      const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout
      try {
        const { response, url: finalUrl } = await follow(url, request, signal)
        const body = await readBody(response, request.bytesMax ?? bytesMax)
        const headers = Object.fromEntries(response.headers)
        return { status: response.status, headers, url: finalUrl.href, body, text: () => decode(body, headers['content-type'] ?? '') }
      } catch (error) {
        request.signal?.throwIfAborted()
        throw asAppError(error, timeout.aborted)
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([agent.destroy(), upstream.destroy()])
    },
  }
}

/** Checks what is about to be dialled, on every connection: a socket never looks up a literal address, so a guarded lookup would not do. */
function guardedConnect(destinations: Destinations, upstream: Upstream): buildConnector.connector {
  const timeout = 5000
  return (options, callback) => {
    const refuse = (error: Error) => callback(error, null)
    const port = Number(options.port || (options.protocol === 'https:' ? 443 : 80))
    async function dial() {
      const tunnel = await upstream.dial({ protocol: options.protocol, hostname: options.hostname, port })
      if (!tunnel) return buildConnector({ timeout, lookup: pinned(await destinations.addressesOf(options.hostname, port)) })(options, callback)
      if (options.protocol === 'https:') return buildConnector({ timeout })({ ...options, httpSocket: tunnel }, callback)
      callback(null, tunnel)
    }
    dial().catch(refuse)
  }
}

/** As the fetch standard has it; what authenticates stays with the origin it was meant for. */
function redirectedInit(init: RequestInit, status: number, sameOrigin: boolean): RequestInit {
  const headers = new Headers(init.headers)
  if (!sameOrigin) for (const name of ['authorization', 'cookie', 'proxy-authorization', 'x-subscription-token']) headers.delete(name)
  const becomesGet = status === 303 ? init.method !== 'HEAD' : status < 303 && init.method === 'POST'
  if (!becomesGet) return { ...init, headers: Object.fromEntries(headers) }
  for (const name of ['content-type', 'content-length', 'content-encoding', 'content-language']) headers.delete(name)
  return { method: 'GET', headers: Object.fromEntries(headers), body: null }
}

async function readBody(response: Response, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Leaving the loop cancels the stream: what a compressed body would still grow to is never produced.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) throw new AppError('payload_too_large', `The answer is over ${bytesMax} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function decode(body: Buffer, contentType: string): string {
  const label = /charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(label).decode(body)
  } catch {
    return new TextDecoder().decode(body)
  }
}

/**
 * undici wraps what a connector or the network says in a TypeError. Of that the code alone is kept: the message names the host, which somebody
 * asked for, and a cause is logged.
 */
function asAppError(error: unknown, timedOut: boolean): AppError {
  let why = ''
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AppError) return cause
    const { code = '' } = cause as NodeJS.ErrnoException
    if (timedOut || code.endsWith('_TIMEOUT') || code === 'ETIMEDOUT') return new AppError('upstream_timeout', 'The site did not answer in time.')
    why = code || why || cause.name
  }
  return new AppError('upstream_failed', 'The site could not be reached.', { cause: new Error(why) })
}
