import { AppError } from '#lib/app-error.ts'

export type PlacesOptions = {
  placesMax: number
  /** How many more may wait, and for how long. */
  waitingMax?: number
  waitMs?: number
  /** A place that nobody used for so long is taken back; sooner when others wait. */
  idleMs?: number
  idleMsWhenFull?: number
  now?: () => number
}

/** Who may have a browser context: at most `placesMax` tasks, with a short line behind them. `expire` closes what a lost place held. */
export function createPlaces(options: PlacesOptions, expire: (taskId: string) => void) {
  const { placesMax, waitingMax = 8, waitMs = 15_000, idleMs = 600_000, idleMsWhenFull = 60_000, now = Date.now } = options
  const lastUse = new Map<string, number>()
  const waiting: { taskId: string; admit: () => void }[] = []
  const sweeping = setInterval(sweep, 1000).unref()

  function sweep(): void {
    const idleMax = waiting.length > 0 ? idleMsWhenFull : idleMs
    for (const [taskId, usedAt] of lastUse) if (now() - usedAt > idleMax) give(taskId)
  }

  function give(taskId: string): void {
    if (!lastUse.delete(taskId)) return
    expire(taskId)
    admitNext()
  }

  function admitNext(): void {
    while (lastUse.size < placesMax && waiting.length > 0) {
      const next = waiting.shift()!
      lastUse.set(next.taskId, now())
      next.admit()
    }
  }

  return {
    /** Takes a place, or keeps the one that the task has. @throws `overloaded` when the line is full or too slow; the signal's reason */
    async take(taskId: string, signal: AbortSignal): Promise<void> {
      signal.throwIfAborted()
      sweep()
      if (lastUse.has(taskId) || lastUse.size < placesMax) return void lastUse.set(taskId, now())
      if (waiting.length >= waitingMax)
        throw new AppError('overloaded', `All ${placesMax} browser pages are in use, and ${waiting.length} others wait.`)
      const place = waiting.length + 1
      const late = AbortSignal.timeout(waitMs)
      await new Promise<void>((resolve, reject) => {
        const entry = { taskId, admit: resolve }
        const leave = (reason: unknown) => {
          const index = waiting.indexOf(entry)
          if (index >= 0) waiting.splice(index, 1)
          reject(reason)
        }
        waiting.push(entry)
        signal.addEventListener('abort', () => leave(signal.reason), { once: true })
        late.addEventListener('abort', () => leave(tooLate(placesMax, place, waitMs)), { once: true })
        sweep()
      })
    },
    touch: (taskId: string) => void (lastUse.has(taskId) && lastUse.set(taskId, now())),
    give,
    stop: () => clearInterval(sweeping),
  }
}

const tooLate = (placesMax: number, place: number, waitMs: number) =>
  new AppError(
    'overloaded',
    `All ${placesMax} browser pages are in use; no place came free in ${waitMs / 1000} s as number ${place} in line. Try later.`,
  )
