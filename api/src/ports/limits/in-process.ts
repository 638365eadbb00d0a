import type { Admission, Limits } from './index.ts'

type Window = { admittedAt: number[]; first: number; endsAt: number }

/** `now` is in milliseconds and never goes back. */
export function createInProcessLimits({ now = () => performance.now() }: { now?: () => number } = {}): Limits & { readonly size: number } {
  const windows = new Map<string, Window>()
  let hand = windows.entries()

  // Every call looks at two keys, at most one of them new: the hand outruns growth, so what is kept is at most about twice what is live, without a timer.
  function sweep(at: number) {
    for (let i = 0; i < 2; i++) {
      const step = hand.next()
      if (step.done) {
        hand = windows.entries()
        return
      }
      if (step.value[1].endsAt <= at) windows.delete(step.value[0])
    }
  }

  function admit(key: string, requestsMax: number, windowSeconds: number): Admission {
    const at = now()
    const length = windowSeconds * 1000
    sweep(at)
    const window = windows.get(key) ?? { admittedAt: [], first: 0, endsAt: 0 }
    dropUntil(window, at - length)

    const count = window.admittedAt.length - window.first
    const admitted = count < requestsMax
    if (admitted) {
      window.admittedAt.push(at)
      window.endsAt = at + length
      windows.set(key, window)
    }
    const oldest = window.admittedAt[window.first] ?? at
    const leaver = window.admittedAt[window.first + count - requestsMax] ?? at
    return {
      admitted,
      remaining: admitted ? requestsMax - count - 1 : 0,
      retryAfterSeconds: admitted ? 0 : secondsUntil(leaver + length, at),
      resetSeconds: secondsUntil(oldest + length, at),
    }
  }

  return {
    admit: async (key, requestsMax, windowSeconds) => admit(key, requestsMax, windowSeconds),
    get size() {
      return windows.size
    },
    [Symbol.asyncDispose]: async () => windows.clear(),
  }
}

function dropUntil(window: Window, time: number): void {
  while (window.first < window.admittedAt.length && window.admittedAt[window.first]! <= time) window.first++
  if (window.first * 2 > window.admittedAt.length) {
    window.admittedAt.splice(0, window.first)
    window.first = 0
  }
}

function secondsUntil(time: number, now: number): number {
  return Math.max(1, Math.ceil((time - now) / 1000))
}
