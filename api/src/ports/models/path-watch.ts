import { setTimeout as pause } from 'node:timers/promises'
import { errors } from 'undici'
import { probe } from './path-probe.ts'
import { ProviderError } from './provider-error.ts'

/** One call that waits for an answer. */
export type Waiting = Disposable & {
  /** Bytes came. */
  heard(): void
  /** How the call failed: a connection that was not made in time is known to the next calls. */
  failed(error: unknown): void
}

/** `lateAnswers`: how often it seemed dead, and said something after all. */
type Call = { end: (error: Error) => void; isBegun: boolean }
type Path = { calls: Set<Call>; isHeard: boolean; isWatched: boolean; deadUntil: number; lateAnswers: number }
export type PathWatchOptions = { quietMs?: number; probeMsMax?: number; deadMs?: number }

/** By then it is a server that does one thing at a time: a connection that its kernel takes has to do. */
const lateAnswersMax = 2

/**
 * Tells a provider that thinks from a path that leads nowhere. While calls to one origin wait and no byte comes, it is asked now and then on a
 * connection of its own for something that a server answers beside its work. When not even a connection is made, the calls end; when one is and
 * nothing comes back, those end that have heard nothing yet: an answer that has begun may be paused, with its machine, and goes on.
 */
export function createPathWatch({ quietMs = 1500, probeMsMax = 3000, deadMs = 2000 }: PathWatchOptions = {}) {
  const paths = new Map<string, Path>()

  async function watch({ origin }: URL, path: Path): Promise<void> {
    /** Of those that wait, whom nobody answers any more. */
    const lost = async (waiting: Call[]): Promise<Call[]> => {
      const found = await probe(origin, probeMsMax, () => void path.lateAnswers++)
      if (found === 'answered') path.lateAnswers = 0
      if (path.isHeard || found === 'answered') return []
      const there = waiting.filter((call) => path.calls.has(call))
      if (found === 'silent') return there
      return path.lateAnswers >= lateAnswersMax ? [] : there.filter(({ isBegun }) => !isBegun)
    }
    path.isWatched = true
    for (let isDead = false; path.calls.size > 0;) {
      // A call that comes later may not even be connected: it is judged by the next round.
      const waiting = [...path.calls]
      path.isHeard = false
      if (!isDead) await pause(quietMs, undefined, { ref: false })
      const ended = path.calls.size > 0 && !path.isHeard ? await lost(waiting) : []
      isDead = ended.length > 0
      if (!isDead) continue
      path.deadUntil = performance.now() + deadMs
      for (const call of ended) if (path.calls.delete(call)) call.end(deadPath(origin))
    }
    path.isWatched = false
  }

  return {
    /** `to` is where the connection goes: the provider, or a proxy. `end` is called once at most. @throws ProviderError while the path is known to be dead */
    wait(to: URL, end: (error: Error) => void): Waiting {
      const path = paths.get(to.origin) ?? { calls: new Set(), isHeard: false, isWatched: false, deadUntil: 0, lateAnswers: 0 }
      paths.set(to.origin, path)
      if (performance.now() < path.deadUntil) throw new ProviderError('upstream_failed.unreachable', {}, { isFinal: true })
      const call: Call = { end, isBegun: false }
      path.calls.add(call)
      if (!path.isWatched) void watch(to, path)
      return {
        heard: () => void (path.isHeard = call.isBegun = true),
        failed(error) {
          if (error instanceof errors.ConnectTimeoutError) path.deadUntil = performance.now() + deadMs
        },
        [Symbol.dispose]: () => void path.calls.delete(call),
      }
    },
  }
}

const deadPath = (origin: string) => Object.assign(new Error(`${origin} no longer answers`), { code: 'ETIMEDOUT' })
