/** Room for `burst` at once and `perSecond` for good. `take` gives 0, or the whole seconds until there is room again. */
export function createTokenBucket(burst: number, perSecond: number, now = () => performance.now()) {
  let tokens = burst
  let at = now()
  return {
    take(): number {
      const since = now() - at
      at += since
      tokens = Math.min(burst, tokens + (since / 1000) * perSecond)
      if (tokens < 1) return Math.ceil((1 - tokens) / perSecond)
      tokens--
      return 0
    },
  }
}
