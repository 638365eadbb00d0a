/**
 * A map that forgets what is over, without a timer: each `sweep` looks at two entries. A caller adds at most one entry between two sweeps,
 * so the hand outruns growth, and what is kept is at most about twice what is live.
 */
export function createSweptMap<Value extends { endsAt: number }>() {
  const entries = new Map<string, Value>()
  let hand = entries.entries()
  return {
    get: (key: string) => entries.get(key),
    set: (key: string, value: Value) => void entries.set(key, value),
    delete: (key: string) => void entries.delete(key),
    clear: () => entries.clear(),
    get size() {
      return entries.size
    },
    sweep(at: number): void {
      for (let looked = 0; looked < 2; looked++) {
        const step = hand.next()
        if (step.done) {
          hand = entries.entries()
          return
        }
        if (step.value[1].endsAt <= at) entries.delete(step.value[0])
      }
    },
  }
}
