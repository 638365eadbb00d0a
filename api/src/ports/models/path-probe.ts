import { connect, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** `connected`: somebody took the connection, and passed nothing on in time. */
export type Found = 'answered' | 'connected' | 'silent'

/** Every HTTP server refuses this by itself, and shows it to no program: it costs nobody anything and stands for no request. */
const noRequest = 'PING\r\n\r\n'
/** For so long an answer that is late is waited for, aside. */
const lateMsMax = 120_000

/**
 * Asks an origin on a connection of its own: for the handshake of TLS, or for the refusal of what is no request. A connection that is refused
 * is an answer, which only a path that works can give; so is a name that nobody knows, for it says nothing of the path. `onLate` is called when
 * something comes back after `msMax`.
 */
export function probe(origin: string, msMax: number, onLate: () => void): Promise<Found> {
  const { hostname, port, protocol } = new URL(origin)
  const host = hostname.replace(/^\[|\]$/g, '')
  const isTls = protocol === 'https:'
  const tcp = connect({ host, port: Number(port) || (isTls ? 443 : 80) })
  // Nothing is sent over it, so nothing is verified: a certificate that is no good is an answer too.
  const socket = isTls ? connectTls({ socket: tcp, ...(isIP(host) === 0 && { servername: host }) }) : tcp
  const { promise, resolve } = Promise.withResolvers<Found>()
  let [isConnected, isOver] = [false, false]
  const end = (found: Found) => {
    if (isOver && found === 'answered') onLate()
    isOver = true
    resolve(found)
    clearTimeout(timer)
    clearTimeout(late)
    tcp.destroy()
    socket.destroy()
  }
  const timer = setTimeout(() => {
    if (!isConnected || tcp.destroyed) return end('silent')
    isOver = true
    resolve('connected')
    tcp.unref()
  }, msMax)
  const late = setTimeout(() => end('silent'), lateMsMax)
  late.unref()
  tcp.once('connect', () => {
    isConnected = true
    if (!isTls) tcp.write(noRequest)
  })
  for (const event of ['data', 'end', 'secureConnect']) socket.once(event, () => end('answered'))
  socket.on('error', (error: NodeJS.ErrnoException) => {
    // Said at once, perhaps, and a moment later the network is there again: only the time that is over counts.
    if (!leadsNowhere.has(String(error.code))) end('answered')
    else if (isOver) end('silent')
  })
  return promise
}

/** What the network of this machine says when it leads nowhere. */
const leadsNowhere = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN'])
