import { AppError } from '#lib/app-error.ts'
import type { SearchProvider, SearchResult, WebSearch } from './index.ts'

const cacheMs = 10 * 60_000
const cachedMax = 500
/** One that is away or refuses is left alone, twice as long each time in a row. */
const restMsMin = 60_000
const restMsMax = 15 * 60_000

type Rest = { until: number; failures: number; reason: string }

/**
 * Asks the providers in order until one answers. One that is away or refuses is left alone for a while, so that a refusal is neither repeated
 * nor waited for; one query that cannot be answered costs nobody the others; and answers are remembered for ten minutes. Both in this process: what another process learns is worth less than asking it would cost.
 */
export function createWebSearch(providers: readonly [SearchProvider, ...SearchProvider[]], now: () => number = Date.now): WebSearch {
  const cache = new Map<string, { at: number; results: SearchResult[] }>()
  const resting = new Map<SearchProvider, Rest>()

  async function ask(provider: SearchProvider, query: string, signal: AbortSignal): Promise<SearchResult[] | string> {
    const rest = resting.get(provider)
    if (rest && now() < rest.until) return `${rest.reason} It is tried again in ${Math.ceil((rest.until - now()) / 1000)} s.`
    try {
      const results = await provider.search(query, signal)
      resting.delete(provider)
      return results
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof AppError)) throw error
      // That this query has no answer says nothing of the next one.
      if (error.code !== 'unavailable') return error.message
      const failures = (rest?.failures ?? 0) + 1
      const ms = Math.max((error.retryAfterSeconds ?? 0) * 1000, restMsMin * 2 ** (failures - 1))
      resting.set(provider, { until: now() + Math.min(ms, restMsMax), failures, reason: error.message })
      return error.message
    }
  }

  function remember(key: string, results: SearchResult[]): void {
    cache.delete(key)
    cache.set(key, { at: now(), results })
    for (const oldest of cache.keys()) {
      if (cache.size <= cachedMax) break
      cache.delete(oldest)
    }
  }

  return {
    host: providers[0].host,
    async search(query, signal) {
      const key = query.trim().toLowerCase()
      const cached = cache.get(key)
      if (cached && now() - cached.at < cacheMs) return { results: cached.results, notes: [] }
      const notes: string[] = []
      for (const provider of providers) {
        const answer = await ask(provider, query, signal)
        if (typeof answer === 'string') {
          notes.push(`${provider.name}: ${answer}`)
          continue
        }
        remember(key, answer)
        return { results: answer, notes }
      }
      throw new AppError('unavailable', `The web could not be searched. ${notes.join(' ')}`)
    },
  }
}
