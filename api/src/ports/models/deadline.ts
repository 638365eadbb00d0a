export type Deadline = { set(inMs: number): void; clear(): void; readonly passed: boolean }

/**
 * One timer however often the deadline moves on: it looks at the clock when it fires. After a pause of this process timers fire
 * before the sockets are read, so what has arrived by then is read first and may still move the deadline on.
 */
export function createDeadline(timeoutMs: number, onPassed: () => void): Deadline {
  let passed = false
  let at = performance.now() + timeoutMs
  let firesAt = at
  let timer = setTimeout(check, timeoutMs)
  let turn: NodeJS.Immediate | undefined

  function check(): void {
    if (!isOver()) return
    // The second turn is for what is unpacked in between.
    turn = setImmediate(() => {
      turn = setImmediate(() => {
        if (!isOver()) return
        passed = true
        onPassed()
      })
    })
  }

  function isOver(): boolean {
    const leftMs = at - performance.now()
    if (leftMs > 0) arm(leftMs)
    return leftMs <= 0
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
    clear() {
      clearTimeout(timer)
      clearImmediate(turn)
    },
    get passed() {
      return passed
    },
  }
}
