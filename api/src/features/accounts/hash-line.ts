import { refusal } from '#lib/refusal.ts'

/** Who asks for a hash. `known`: this account has signed in from there before, or is signed in. */
export type Asker = { address: string; email: string; known: boolean }
type Waiter = Asker & { start(): void; refuse(error: unknown): void }

const activeMax = 2
const waitingMax = 200
const waitMsMax = 20_000
const guessesMax = 10_000

/**
 * Hashing a password takes a core for a quarter of a second, and anybody may ask for it. So the line is not first come, first served: half of
 * the work, and of the room, is for accounts where they signed in before, the other half for all others, for anybody may have an account of
 * their own. In each half come first addresses that guessed least, then each address in turn. When the line is full, who stands in it most
 * often makes room.
 */
export function createHashLine({ now = () => performance.now() }: { now?: () => number } = {}) {
  let active: Asker[] = []
  let waiting: Waiter[] = []
  /** Whose turn it was last, where both kinds wait. */
  let lastKnown = false
  /** When each address was last at work; and its wrong guesses, which halve every minute. */
  const served = new Map<string, number>()
  const guesses = new Map<string, { count: number; at: number }>()

  const guessesOf = (address: string) => {
    const { count, at } = guesses.get(address) ?? { count: 0, at: 0 }
    return count * 2 ** ((at - now()) / 60_000)
  }
  const atWork = (waiter: Asker, by: 'address' | 'email') => active.filter((other) => other[by] === waiter[by]).length
  const rankOf = (waiter: Asker) => [
    // A few typing errors of an office are no guessing.
    Math.max(0, Math.floor(Math.log2(guessesOf(waiter.address) / 8))),
    atWork(waiter, 'address') + atWork(waiter, 'email'),
    served.get(waiter.address) ?? 0,
  ]

  function next(): void {
    while (active.length < activeMax && waiting.length > 0) {
      const inTurn = waiting.filter(({ known }) => known !== lastKnown)
      const ranked = (inTurn.length > 0 ? inTurn : waiting).map((waiter) => ({ waiter, rank: rankOf(waiter) }))
      const { waiter } = ranked.reduce((best, other) => (isBefore(other.rank, best.rank) ? other : best))
      waiting = waiting.filter((other) => other !== waiter)
      active.push(waiter)
      lastKnown = waiter.known
      keep(served, waiter.address, now())
      waiter.start()
    }
    if (waiting.length === 0) served.clear()
  }

  /** Of the address that stands in line most often the newest, of those who have more than their half. @throws overloaded when that is the newcomer */
  function makeRoom(newcomer: Asker): void {
    const alike = waiting.filter(({ known }) => known === newcomer.known)
    const hasHalf = alike.length >= waitingMax / 2
    const pool = hasHalf ? alike : waiting.filter(({ known }) => known !== newcomer.known)
    const counts = Map.groupBy(pool, ({ address }) => address)
    const standing = (address: string) => counts.get(address)?.length ?? 0
    const last = pool.reduce((worst, other) => (standing(other.address) >= standing(worst.address) ? other : worst))
    if (hasHalf && standing(newcomer.address) + 1 >= standing(last.address)) throw tooBusy()
    waiting = waiting.filter((other) => other !== last)
    last.refuse(tooBusy())
  }

  return {
    /** @throws overloaded */
    async run<Result>(asker: Asker, hash: () => Promise<Result>): Promise<Result> {
      if (waiting.length >= waitingMax) makeRoom(asker)
      let timer: NodeJS.Timeout | undefined
      let own: Waiter | undefined
      await new Promise<void>((resolve, reject) => {
        own = { ...asker, start: resolve, refuse: reject }
        waiting.push(own)
        timer = setTimeout(() => {
          waiting = waiting.filter((other) => other !== own)
          reject(tooBusy())
        }, waitMsMax)
        next()
      }).finally(() => clearTimeout(timer))
      try {
        return await hash()
      } finally {
        active = active.filter((other) => other !== own)
        next()
      }
    },

    /** A wrong guess costs the address that made it: its next tries wait behind those of others. */
    guessed: (address: string) => keep(guesses, address, { count: guessesOf(address) + 1, at: now() }),
  }
}

function isBefore(one: number[], other: number[]): boolean {
  const at = one.findIndex((value, index) => value !== other[index])
  return at >= 0 && one[at]! < other[at]!
}

/** The newest stay. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > guessesMax) map.delete(map.keys().next().value!)
}

const tooBusy = () => refusal('overloaded.sign_in', {}, { retryAfterSeconds: 2 })
