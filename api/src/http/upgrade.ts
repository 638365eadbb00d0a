import { socketProtocol } from '@jarvis/contracts/socket.ts'
import type { FastifyRequest } from 'fastify'
import { AppError } from '#lib/app-error.ts'

/** 16 bytes in base64 (RFC 6455 §4.1). */
const keyed = /^[+/0-9A-Za-z]{22}==$/

/** What the WebSocket library would refuse in bare text, or without any. @throws invalid_request */
export async function requireUpgrade({ headers }: FastifyRequest): Promise<void> {
  const { upgrade, 'sec-websocket-key': key = '', 'sec-websocket-version': version, 'sec-websocket-protocol': offered } = headers
  const refuse = (detail: string): never => {
    throw new AppError('invalid_request', detail)
  }
  if (upgrade === undefined) return refuse('Connect here with a WebSocket client: this is no page.')
  if (upgrade.toLowerCase() !== 'websocket') refuse('Only an upgrade to websocket is possible here.')
  if (!keyed.test(key)) refuse('Sec-WebSocket-Key must be 16 bytes in base64. A WebSocket library sets it.')
  if (version !== '13') refuse('Sec-WebSocket-Version must be 13.')
  const protocols = offered?.split(',').map((protocol) => protocol.trim())
  if (protocols && !protocols.includes(socketProtocol)) refuse(`Offer the subprotocol ${socketProtocol}.`)
}
