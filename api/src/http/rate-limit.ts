import type { FastifyReply, FastifyRequest, onSendAsyncHookHandler } from 'fastify'
import type { Limits } from '#ports/limits/index.ts'
import { ask, type Asked, type RateLimit } from '#ports/limits/rate-limit.ts'

/** Admits one request or throws; either way the answer carries the fields of draft-ietf-httpapi-ratelimit-headers-10. @throws rate_limited */
export async function admit(limits: Limits, windows: readonly RateLimit[], reply?: FastifyReply): Promise<void> {
  const asked = await ask(limits, windows)
  if (reply) writeRateLimit(reply, asked)
  if (asked.refusal) throw asked.refusal
}

/** For a limited route: an answer that spent nothing, such as a refused body or a repeat, tells what is left all the same. */
export function tellRateLimit(limits: Limits, windowsOf: (request: FastifyRequest) => readonly RateLimit[]): onSendAsyncHookHandler {
  return async (request, reply, payload) => {
    if (reply.hasHeader('ratelimit') || reply.statusCode >= 500) return payload
    const windows = windowsOf(request)
    // A person who waits for an answer should not lose it because what is left cannot be read.
    const left = windows.length > 0 ? await limits.look(windows).catch(() => undefined) : undefined
    if (left) writeRateLimit(reply, { windows, admissions: left })
    return payload
  }
}

/** The fields of draft-ietf-httpapi-ratelimit-headers-10. */
export function writeRateLimit(reply: FastifyReply, { windows, admissions }: Pick<Asked, 'windows' | 'admissions'>): void {
  const policies = windows.map(({ name, requestsMax, windowSeconds }) => `"${name}";q=${requestsMax};w=${windowSeconds}`)
  const states = windows.map(({ name }, index) => `"${name}";r=${admissions[index]!.remaining};t=${admissions[index]!.resetSeconds}`)
  void reply.header('ratelimit-policy', policies.join(', '))
  void reply.header('ratelimit', states.join(', '))
}
