import { parseHTML } from 'linkedom'
import { AppError } from '#lib/app-error.ts'
import type { Egress } from '#ports/egress/index.ts'
import type { SearchProvider, SearchResult } from './index.ts'

const cacheMs = 10 * 60_000
const cachedMax = 500
/** After a page that says "too often", DuckDuckGo is left alone for a while. */
const restMs = 60_000
const resultsMax = 20

/** DuckDuckGo without a key: its HTML page, read by us. A page that holds no results because we asked too often is an error, never an empty answer. */
export function createDuckDuckGo(egress: Pick<Egress, 'fetch'>, url: string, now: () => number = Date.now): SearchProvider {
  const cache = new Map<string, { at: number; results: SearchResult[] }>()
  let restUntil = 0

  async function ask(query: string, signal: AbortSignal): Promise<SearchResult[]> {
    if (now() < restUntil) throw tooOften()
    const body = new URLSearchParams({ q: query, kl: 'wt-wt' }).toString()
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'text/html',
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Jarvis',
    }
    const response = await egress.fetch(url, { method: 'POST', headers, body, signal }).catch((cause: unknown) => {
      signal.throwIfAborted()
      throw new AppError('unavailable', 'The web search cannot be reached right now.', { cause })
    })
    const html = response.text()
    if (response.status === 202 || response.status === 429 || html.includes('anomaly-modal')) {
      restUntil = now() + restMs
      throw tooOften()
    }
    if (response.status !== 200) throw new AppError('unavailable', `The web search answered with status ${response.status}.`)
    return readResults(html)
  }

  return {
    async search(query, signal) {
      const key = query.trim().toLowerCase()
      const cached = cache.get(key)
      if (cached && now() - cached.at < cacheMs) return cached.results
      const results = await ask(query, signal)
      cache.delete(key)
      cache.set(key, { at: now(), results })
      for (const oldest of cache.keys()) {
        if (cache.size <= cachedMax) break
        cache.delete(oldest)
      }
      return results
    },
  }
}

const tooOften = () =>
  new AppError('unavailable', 'The web search is refusing requests for the moment because there were too many. Try again in a minute.', {
    retryAfterSeconds: restMs / 1000,
  })

/** @throws unavailable for a page that is neither results nor "no results": its layout has changed */
export function readResults(html: string): SearchResult[] {
  const { document } = parseHTML(html)
  const results: SearchResult[] = []
  for (const node of document.querySelectorAll('.result:not(.result--ad)')) {
    const link = node.querySelector('a.result__a')
    const url = link && targetOf(link.getAttribute('href') ?? '')
    if (!link || !url) continue
    results.push({ title: clean(link.textContent), url, excerpt: clean(node.querySelector('.result__snippet')?.textContent) })
    if (results.length === resultsMax) break
  }
  if (results.length === 0 && !document.querySelector('.no-results, .result--no-result')) {
    throw new AppError('unavailable', 'The web search gave a page that could not be read.')
  }
  return results
}

const clean = (text: string | null | undefined) => (text ?? '').replace(/\s+/gu, ' ').trim()

/** Results lead through `/l/?uddg=`; people and models get the address itself. */
function targetOf(href: string): string | null {
  const url = URL.parse(href, 'https://duckduckgo.com')
  const target = url?.searchParams.get('uddg') ?? url?.href
  return target && /^https?:$/.test(URL.parse(target)?.protocol ?? '') ? target : null
}
