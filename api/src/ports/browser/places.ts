import { AppError } from '#lib/app-error.ts'
import { createShares } from '#lib/shares.ts'
import type { BrowserTask } from './index.ts'

export type PlacesOptions = {
  placesMax: number
  /** How many more may wait, half of them for one person, and for how long. */
  waitingMax?: number
  waitMs?: number
  /** A place that nobody used for so long is taken back; sooner when others wait, and soonest from one who has more places than they would. */
  idleMs?: number
  idleMsWhenFull?: number
  idleMsWhenUneven?: number
  now?: () => number
}

/** `atWork`: how many actions are under way. `rests`: the task waits for its person. */
type Place = { userId: string; usedAt: number; atWork: number; rests: boolean; giveBack: () => void }

/**
 * Who may have a browser context: at most `placesMax` tasks, with a short line behind them, shared by person. Where others wait, a task that
 * rests loses its place at once, and one of who has most places when it is idle. `expire` closes what a lost place held.
 */
export function createPlaces(options: PlacesOptions, expire: (taskId: string) => void) {
  const { placesMax, waitingMax = 8, waitMs = 15_000, now = Date.now } = options
  const { idleMs = 600_000, idleMsWhenFull = 60_000, idleMsWhenUneven = 5000 } = options
  const held = new Map<string, Place>()
  const shares = createShares({
    activeMax: placesMax,
    perPersonMax: placesMax,
    waitingMax,
    waitingPerPersonMax: Math.ceil(waitingMax / 2),
    waitMsMax: waitMs,
  })
  const sweeping = setInterval(sweep, 1000).unref()

  function sweep(): void {
    const idleMax = shares.waiting() > 0 ? idleMsWhenFull : idleMs
    for (const [taskId, { usedAt, atWork }] of held) if (atWork === 0 && now() - usedAt > idleMax) give(taskId)
    while (makeRoom());
  }

  /** For one who waits; returns whether there was room to be made. */
  function makeRoom(): boolean {
    const line = shares.line()
    if (line.length === 0) return false
    const fewest = Math.min(...line.map((userId) => shares.activeOf(userId)))
    const free = [...held].filter(
      ([, { userId, usedAt, atWork, rests }]) =>
        atWork === 0 && (rests || (shares.activeOf(userId) > fewest + 1 && now() - usedAt > idleMsWhenUneven)),
    )
    const [first] = free.toSorted(
      ([, a], [, b]) => Number(b.rests) - Number(a.rests) || shares.activeOf(b.userId) - shares.activeOf(a.userId) || a.usedAt - b.usedAt,
    )
    if (first) give(first[0])
    return first !== undefined
  }

  function give(taskId: string): void {
    const place = held.get(taskId)
    if (!place) return
    held.delete(taskId)
    expire(taskId)
    place.giveBack()
  }

  return {
    /** Takes a place, or keeps the one that the task has. @throws `overloaded`, `rate_limited` when the line is full or too slow; the signal's reason */
    async take({ taskId, userId }: BrowserTask, signal: AbortSignal): Promise<void> {
      signal.throwIfAborted()
      sweep()
      if (held.has(taskId)) return
      const ahead = shares.waiting()
      const taken = shares.take(userId, signal)
      sweep()
      const giveBack = await taken.catch((error: unknown) => {
        throw error instanceof AppError && error.code === 'overloaded' ? noPlace({ placesMax, waitingMax, ahead, waitMs, cause: error }) : error
      })
      held.set(taskId, { userId, usedAt: now(), atWork: 0, rests: false, giveBack })
    },
    /** An action begins; returns the function that ends it. */
    use(taskId: string): () => void {
      const place = held.get(taskId)
      if (!place) return () => {}
      place.atWork++
      place.rests = false
      return () => {
        place.atWork--
        place.usedAt = now()
      }
    },
    /** The task waits for its person. */
    rest(taskId: string): void {
      const place = held.get(taskId)
      if (!place) return
      place.rests = true
      sweep()
    },
    give,
    stop: () => clearInterval(sweeping),
  }
}

type Line = { placesMax: number; waitingMax: number; ahead: number; waitMs: number; cause: unknown }
function noPlace({ placesMax, waitingMax, ahead, waitMs, cause }: Line): AppError {
  const inUse = `All ${placesMax} browser pages are in use`
  if (ahead >= waitingMax) return new AppError('overloaded', `${inUse}, and ${ahead} others wait.`, { cause })
  return new AppError('overloaded', `${inUse}; no place came free in ${waitMs / 1000} s as number ${ahead + 1} in line. Try later.`, { cause })
}
