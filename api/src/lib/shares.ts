import { refusal } from './refusal.ts'

export type SharesOptions = {
  /** At work at once, by everybody and by one person. */
  activeMax: number
  perPersonMax: number
  /** In line, by everybody and by one person; and for how long. */
  waitingMax: number
  waitingPerPersonMax: number
  waitMsMax: number
}

type Waiter = { person: string; start: () => void }

/**
 * A few places for work that is heavy, shared by person: a free one goes to whom has the fewest at work, and among them to whom waits
 * longest, so nobody's crowd stands before another's single request. `take` returns the function that gives the place back.
 */
export function createShares({ activeMax, perPersonMax, waitingMax, waitingPerPersonMax, waitMsMax }: SharesOptions) {
  const active = new Map<string, number>()
  let activeCount = 0
  let waiting: Waiter[] = []
  const activeOf = (person: string) => active.get(person) ?? 0

  function give(person: string): () => void {
    activeCount++
    active.set(person, activeOf(person) + 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      activeCount--
      if (activeOf(person) === 1) active.delete(person)
      else active.set(person, activeOf(person) - 1)
      next()
    }
  }

  function next(): void {
    if (activeCount >= activeMax) return
    const may = waiting.filter(({ person }) => activeOf(person) < perPersonMax)
    const [first] = may.toSorted((a, b) => activeOf(a.person) - activeOf(b.person))
    first?.start()
  }

  return {
    active: () => activeCount,
    waiting: () => waiting.length,
    activeOf,
    /** Who waits, the longest first. */
    line: () => waiting.map(({ person }) => person),

    /** @throws rate_limited when the person has too many in line, overloaded when all have or the wait was too long */
    async take(person: string, signal?: AbortSignal): Promise<() => void> {
      if (activeCount < activeMax && activeOf(person) < perPersonMax) return give(person)
      if (waiting.filter((waiter) => waiter.person === person).length >= waitingPerPersonMax)
        throw refusal('rate_limited.share', {}, { retryAfterSeconds: 2 })
      if (waiting.length >= waitingMax) throw tooBusy()
      return await new Promise((resolve, reject) => {
        const leave = (error: unknown) => {
          settle()
          reject(error)
        }
        const settle = () => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', gone)
          waiting = waiting.filter((other) => other !== waiter)
        }
        const gone = () => leave(signal?.reason)
        const timer = setTimeout(() => leave(tooBusy()), waitMsMax)
        const waiter = {
          person,
          start: () => {
            settle()
            resolve(give(person))
          },
        }
        waiting.push(waiter)
        signal?.addEventListener('abort', gone, { once: true })
        if (signal?.aborted) gone()
      })
    },
  }
}

const tooBusy = () => refusal('overloaded.share', {}, { retryAfterSeconds: 5 })
