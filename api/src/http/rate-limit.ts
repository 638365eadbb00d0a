import type { FastifyReply } from 'fastify'
import { AppError } from '#lib/app-error.ts'
import type { Admission, Limits } from '#ports/limits/index.ts'

export type RateLimit = { name: string; key: string; requestsMax: number; windowSeconds: number }

/** Admits one request or throws; either way the answer carries the fields of draft-ietf-httpapi-ratelimit-headers-10. @throws rate_limited */
export async function admit(limits: Limits, limit: RateLimit, reply?: FastifyReply): Promise<void> {
  const admission = await limits.admit(limit.key, limit.requestsMax, limit.windowSeconds)
  if (reply) setHeaders(reply, limit, admission)
  if (admission.admitted) return
  const { retryAfterSeconds } = admission
  throw new AppError(
    'rate_limited',
    `You have reached ${limit.requestsMax} requests in ${limit.windowSeconds} seconds. Try again in ${retryAfterSeconds} s.`,
    {
      retryAfterSeconds,
    },
  )
}

function setHeaders(reply: FastifyReply, { name, requestsMax, windowSeconds }: RateLimit, { remaining, resetSeconds }: Admission): void {
  void reply.header('ratelimit-policy', `"${name}";q=${requestsMax};w=${windowSeconds}`)
  void reply.header('ratelimit', `"${name}";r=${remaining};t=${resetSeconds}`)
}
