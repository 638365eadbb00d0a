export type Deadline = { set(inMs: number): void; clear(): void; readonly passed: boolean }

/** One timer however often the deadline moves on: it looks at the clock when it fires. */
export function createDeadline(timeoutMs: number, onPassed: () => void): Deadline {
  let passed = false
  let at = performance.now() + timeoutMs
  let firesAt = at
  let timer = setTimeout(check, timeoutMs)

  function check(): void {
    const leftMs = at - performance.now()
    if (leftMs > 0) return arm(leftMs)
    passed = true
    onPassed()
  }

  function arm(inMs: number): void {
    clearTimeout(timer)
    firesAt = performance.now() + inMs
    timer = setTimeout(check, inMs)
  }

  return {
    set(inMs) {
      at = performance.now() + inMs
      if (at < firesAt) arm(inMs)
    },
    clear: () => clearTimeout(timer),
    get passed() {
      return passed
    },
  }
}
