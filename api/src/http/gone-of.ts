import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '#lib/app-error.ts'

/** Aborts when the connection closes from either side, and when the access that asked is no more. */
export function goneOf(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  const letGo = request.holdAccess((why) => gone.abort(why))
  reply.raw.once('close', () => {
    letGo()
    gone.abort(new AppError('invalid_request', 'The connection was closed.'))
  })
  return gone.signal
}
