import type { AppError } from '#lib/app-error.ts'
import { limitRefusals } from '#lib/meters.ts'
import { refusal } from '#lib/refusal.ts'
import type { Caller } from '#lib/caller.ts'
import type { Admission, Limits, LimitWindow } from './index.ts'

export type RateLimit = LimitWindow & { name: string }
/** The windows of a plan that one request of somebody counts for. */
export type WindowsOf = (caller: Pick<Caller, 'userId' | 'plan' | 'apiKey'>) => RateLimit[]

/** What one request met: its windows, what each has left, and the refusal when one of them is full. */
export type Asked = { windows: readonly RateLimit[]; admissions: readonly Admission[]; refusal: AppError | null }

/** The windows that one request counts for, of a plan that allows so many a minute: the person's, and the API key's where it has a limit of its own. */
export function planWindows({ userId, apiKey }: Pick<Caller, 'userId' | 'apiKey'>, requestsPerMinute: number): RateLimit[] {
  const person = { name: 'plan', key: `plan:${userId}`, requestsMax: requestsPerMinute, windowSeconds: 60 }
  if (!apiKey) return [person]
  const requestsMax = Math.min(apiKey.requestsPerMinute ?? requestsPerMinute, requestsPerMinute)
  return [person, { name: 'key', key: `key:${apiKey.id}`, requestsMax, windowSeconds: 60 }]
}

/** Spends one request of these windows, or returns the refusal, which is for the caller to throw. */
export async function ask(limits: Pick<Limits, 'admit'>, windows: readonly RateLimit[]): Promise<Asked> {
  const admissions = await limits.admit(windows)
  return { windows, admissions, refusal: refusalIn(windows, admissions) }
}

/**
 * The same for something that may arrive many times at once, on any process: what has the same name spends one request for all of them. Windows
 * are spent together or not at all, so the name is a window for one.
 */
export async function askOnce(limits: Pick<Limits, 'admit'>, name: string, windows: readonly RateLimit[]): Promise<Asked> {
  const [first, ...admissions] = await limits.admit([{ key: `once:${name}`, requestsMax: 1, windowSeconds: onceSeconds }, ...windows])
  return { windows, admissions, refusal: first!.admitted ? refusalIn(windows, admissions) : null }
}

const onceSeconds = 60

function refusalIn(windows: readonly RateLimit[], admissions: readonly Admission[]): AppError | null {
  const full = windows
    .map((window, index) => ({ ...window, ...admissions[index]! }))
    .filter(({ admitted }) => !admitted)
    .toSorted((a, b) => b.retryAfterSeconds - a.retryAfterSeconds)[0]
  if (full) limitRefusals.inc({ limit: full.name })
  return full ? refusalOf(full) : null
}

function refusalOf({ requestsMax, windowSeconds, retryAfterSeconds }: RateLimit & Admission): AppError {
  return refusal('rate_limited', { requestsMax, windowSeconds }, { retryAfterSeconds })
}
