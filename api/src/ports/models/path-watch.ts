import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { errors } from 'undici'
import { ProviderError } from './provider-error.ts'

/** One call that waits for an answer. */
export type Waiting = Disposable & {
  /** Bytes came. */
  heard(): void
  /** How the call failed: a connection that was not made in time is known to the next calls. */
  failed(error: unknown): void
}

type Path = { calls: Set<(error: Error) => void>; isHeard: boolean; isWatched: boolean; deadUntil: number }
export type PathWatchOptions = { quietMs?: number; probeMsMax?: number; deadMs?: number }

/**
 * Tells a provider that thinks from a path that swallows packets. While calls to one origin wait and no byte comes, a bare TCP connection to it
 * is opened now and then: the other machine's kernel answers, however busy its programs are. When two in a row are not answered, the calls end.
 */
export function createPathWatch({ quietMs = 1500, probeMsMax = 1500, deadMs = 2000 }: PathWatchOptions = {}) {
  const paths = new Map<string, Path>()

  async function watch({ origin }: URL, path: Path): Promise<void> {
    const isAnswered = async () => path.isHeard || (await answers(origin, probeMsMax)) || path.isHeard
    path.isWatched = true
    for (let isDead = false; path.calls.size > 0;) {
      // A call that comes later may not even be connected: it is judged by the next round.
      const waiting = [...path.calls]
      path.isHeard = false
      if (!isDead) await pause(quietMs, undefined, { ref: false })
      isDead = path.calls.size > 0 && !((await isAnswered()) || (await isAnswered()))
      if (!isDead) continue
      path.deadUntil = performance.now() + deadMs
      for (const end of waiting) if (path.calls.delete(end)) end(deadPath(origin))
    }
    path.isWatched = false
  }

  return {
    /** `to` is where the connection goes: the provider, or a proxy. `end` is called once at most. @throws ProviderError while the path is known to be dead */
    wait(to: URL, end: (error: Error) => void): Waiting {
      const path = paths.get(to.origin) ?? { calls: new Set(), isHeard: false, isWatched: false, deadUntil: 0 }
      paths.set(to.origin, path)
      if (performance.now() < path.deadUntil) throw new ProviderError('upstream_failed.unreachable', {}, { isFinal: true })
      path.calls.add(end)
      if (!path.isWatched) void watch(to, path)
      return {
        heard: () => void (path.isHeard = true),
        failed(error) {
          if (error instanceof errors.ConnectTimeoutError) path.deadUntil = performance.now() + deadMs
        },
        [Symbol.dispose]: () => void path.calls.delete(end),
      }
    },
  }
}

/** Whether a connection is made or refused, which only a path that works can do. A name that is not known says nothing of the path. */
async function answers(origin: string, msMax: number): Promise<boolean> {
  const { hostname, port, protocol } = new URL(origin)
  const signal = AbortSignal.timeout(msMax)
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) })
  try {
    await once(socket, 'connect', { signal })
    return true
  } catch (error) {
    if (!signal.aborted && !silent.has(String((error as { code?: unknown }).code))) return true
    // At once, perhaps, and a moment later it is there again.
    if (!signal.aborted) await once(signal, 'abort')
    return false
  } finally {
    socket.destroy()
  }
}

/** What the network of this machine says when it leads nowhere. */
const silent = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN'])

const deadPath = (origin: string) => Object.assign(new Error(`${origin} no longer answers, not even a connection`), { code: 'ETIMEDOUT' })
