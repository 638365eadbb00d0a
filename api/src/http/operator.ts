import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'

/** Whether the request holds METRICS_TOKEN or, where that is not set, comes from this machine. */
export function isOperator(request: FastifyRequest, token: string | undefined): boolean {
  if (token === undefined)
    return request.headers['x-forwarded-for'] === undefined && ipaddr.process(request.socket.remoteAddress ?? '0.0.0.0').range() === 'loopback'
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${token}`))
}

const digest = (value: string) => createHash('sha256').update(value).digest()
