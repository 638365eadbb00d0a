import { planLimits } from '@jarvis/contracts/plans.ts'
import type { FastifyReply, FastifyRequest, onSendAsyncHookHandler } from 'fastify'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import type { Admission, Limits, LimitWindow } from '#ports/limits/index.ts'

export type RateLimit = LimitWindow & { name: string }

/** The windows that one request of a plan counts for: the person's, and the API key's where it has a limit of its own. */
export function planWindows({ userId, plan, apiKey }: Pick<Caller, 'userId' | 'plan' | 'apiKey'>): RateLimit[] {
  const { requestsPerMinute } = planLimits[plan]
  const person = { name: 'plan', key: `plan:${userId}`, requestsMax: requestsPerMinute, windowSeconds: 60 }
  if (!apiKey) return [person]
  const requestsMax = Math.min(apiKey.requestsPerMinute ?? requestsPerMinute, requestsPerMinute)
  return [person, { name: 'key', key: `key:${apiKey.id}`, requestsMax, windowSeconds: 60 }]
}

/** Admits one request or throws; either way the answer carries the fields of draft-ietf-httpapi-ratelimit-headers-10. @throws rate_limited */
export async function admit(limits: Limits, windows: readonly RateLimit[], reply?: FastifyReply): Promise<void> {
  const admissions = await limits.admit(windows)
  if (reply) setHeaders(reply, windows, admissions)
  const full = windows
    .map((window, index) => ({ ...window, ...admissions[index]! }))
    .filter(({ admitted }) => !admitted)
    .toSorted((a, b) => b.retryAfterSeconds - a.retryAfterSeconds)[0]
  if (!full) return
  const { requestsMax, windowSeconds, retryAfterSeconds } = full
  throw new AppError('rate_limited', `You have reached ${requestsMax} requests in ${windowSeconds} seconds. Try again in ${retryAfterSeconds} s.`, {
    retryAfterSeconds,
  })
}

/** For a limited route: an answer that spent nothing, such as a refused body or a repeat, tells what is left all the same. */
export function tellRateLimit(limits: Limits, windowsOf: (request: FastifyRequest) => readonly RateLimit[]): onSendAsyncHookHandler {
  return async (request, reply, payload) => {
    if (reply.hasHeader('ratelimit') || reply.statusCode >= 500) return payload
    const windows = windowsOf(request)
    // Whoever waits for an answer should not lose it because what is left cannot be read.
    const left = windows.length > 0 ? await limits.look(windows).catch(() => undefined) : undefined
    if (left) setHeaders(reply, windows, left)
    return payload
  }
}

function setHeaders(reply: FastifyReply, windows: readonly RateLimit[], admissions: readonly Admission[]): void {
  const policies = windows.map(({ name, requestsMax, windowSeconds }) => `"${name}";q=${requestsMax};w=${windowSeconds}`)
  const states = windows.map(({ name }, index) => `"${name}";r=${admissions[index]!.remaining};t=${admissions[index]!.resetSeconds}`)
  void reply.header('ratelimit-policy', policies.join(', '))
  void reply.header('ratelimit', states.join(', '))
}
