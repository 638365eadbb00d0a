import type { Admission, Attempt, Limits, LimitWindow, Waits } from './index.ts'
import { createSweptMap } from './swept-map.ts'

type Admitted = { at: number[]; first: number; endsAt: number }
type Failures = { count: number; waitUntil: number; endsAt: number }

/** `now` is in milliseconds and never goes back. */
export function createInProcessLimits({ now = () => performance.now() }: { now?: () => number } = {}): Limits & { readonly size: number } {
  const admitted = createSweptMap<Admitted>()
  const failed = createSweptMap<Failures>()

  function ask(windows: readonly LimitWindow[], spend: boolean): Admission[] {
    const at = now()
    const counted = windows.map((window) => ({ ...window, lengthMs: window.windowSeconds * 1000, ...liveOf(window, at) }))
    const admit = spend && counted.every(({ count, requestsMax }) => count < requestsMax)
    return counted.map(({ key, live, count, requestsMax, lengthMs }) => {
      if (admit) {
        live.at.push(at)
        live.endsAt = at + lengthMs
        admitted.set(key, live)
      }
      const hasRoom = count < requestsMax
      const oldest = live.at[live.first] ?? at
      const leaver = live.at[live.first + count - requestsMax] ?? at
      return {
        admitted: hasRoom,
        remaining: hasRoom ? requestsMax - count - (admit ? 1 : 0) : 0,
        retryAfterSeconds: hasRoom ? 0 : secondsUntil(leaver + lengthMs, at),
        resetSeconds: secondsUntil(oldest + lengthMs, at),
      }
    })
  }

  function liveOf({ key, windowSeconds }: LimitWindow, at: number): { live: Admitted; count: number } {
    admitted.sweep(at)
    const live = admitted.get(key) ?? { at: [], first: 0, endsAt: 0 }
    dropUntil(live, at - windowSeconds * 1000)
    return { live, count: live.at.length - live.first }
  }

  function attempt(key: string, { failuresFree, firstSeconds, longestSeconds, forgetSeconds }: Waits): Attempt {
    const at = now()
    failed.sweep(at)
    const known = failed.get(key)
    const { count, waitUntil } = known && known.endsAt > at ? known : { count: 0, waitUntil: 0 }
    if (at < waitUntil) return { allowed: false, retryAfterSeconds: secondsUntil(waitUntil, at) }
    const failures = count + 1
    const waitSeconds = failures < failuresFree ? 0 : Math.min(firstSeconds * 2 ** (failures - failuresFree), longestSeconds)
    failed.set(key, { count: failures, waitUntil: at + waitSeconds * 1000, endsAt: at + forgetSeconds * 1000 })
    return { allowed: true, retryAfterSeconds: 0 }
  }

  return {
    admit: async (windows) => ask(windows, true),
    look: async (windows) => ask(windows, false),
    attempt: async (key, waits) => attempt(key, waits),
    succeeded: async (key) => failed.delete(key),
    async forget(keys) {
      for (const key of keys) {
        admitted.delete(key)
        failed.delete(key)
      }
    },
    get size() {
      return admitted.size + failed.size
    },
    async [Symbol.asyncDispose]() {
      admitted.clear()
      failed.clear()
    },
  }
}

function dropUntil(window: Admitted, time: number): void {
  while (window.first < window.at.length && window.at[window.first]! <= time) window.first++
  if (window.first * 2 > window.at.length) {
    window.at.splice(0, window.first)
    window.first = 0
  }
}

function secondsUntil(time: number, now: number): number {
  // To the microsecond: the sum of two such numbers is off by less, and must not look like another second.
  return Math.max(1, Math.ceil(Math.round((time - now) * 1000) / 1_000_000))
}
