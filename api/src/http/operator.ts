import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'

/** `open`: without a token, who asks from this machine is the operator. Behind a proxy that is everybody. */
export type OperatorTerms = { token: string | undefined; open: boolean }

/** Whether the request holds METRICS_TOKEN or, where that is not set and Jarvis is for this machine alone, comes from it. */
export function isOperator(request: FastifyRequest, { token, open }: OperatorTerms): boolean {
  if (token === undefined)
    return (
      open && request.headers['x-forwarded-for'] === undefined && ipaddr.process(request.socket.remoteAddress ?? '0.0.0.0').range() === 'loopback'
    )
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${token}`))
}

const digest = (value: string) => createHash('sha256').update(value).digest()
