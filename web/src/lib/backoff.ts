const firstSeconds = 0.3
const maxSeconds = 10

/** Seconds to wait before the next attempt: doubling, capped, and jittered so that a restarted server is not met by everyone at once. */
export function backoffSeconds(attempt: number, random = Math.random): number {
  return Math.min(maxSeconds, firstSeconds * 2 ** attempt) * (0.5 + random() / 2)
}
