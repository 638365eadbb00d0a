import { parseHTML } from 'linkedom'
import { AppError } from '#lib/app-error.ts'
import type { Egress } from '#ports/egress/index.ts'
import type { SearchProvider, SearchResult } from './index.ts'
import { askProvider, cleanText, isWebAddress, resultsMax } from './ask-provider.ts'

const name = 'DuckDuckGo'
/** How long it wants to be left alone after a page that says "too often". */
const restSeconds = 60

/** DuckDuckGo without a key: its HTML page, read by us. A page that holds no results because we asked too often is an error, never an empty answer. */
export function createDuckDuckGo(egress: Pick<Egress, 'fetch'>, url: string): SearchProvider {
  return {
    name,
    host: new URL(url).host,
    async search(query, signal) {
      const body = new URLSearchParams({ q: query, kl: 'wt-wt' }).toString()
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'text/html',
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Jarvis',
      }
      const response = await askProvider(egress, url, { method: 'POST', headers, body, signal })
      const html = response.text()
      // 202 with a puzzle is how it refuses robots; the same page also comes with 200.
      if (response.status === 202 || response.status === 429 || html.includes('anomaly-modal')) {
        throw new AppError('unavailable', 'It refuses requests for the moment because there were too many.', { retryAfterSeconds: restSeconds })
      }
      if (response.status !== 200) throw new AppError('unavailable', `It answered with status ${response.status}.`)
      return readResults(html)
    },
  }
}

/** @throws unavailable for a page that is neither results nor "no results": its layout has changed */
export function readResults(html: string): SearchResult[] {
  const { document } = parseHTML(html)
  const results: SearchResult[] = []
  for (const node of document.querySelectorAll('.result:not(.result--ad)')) {
    const link = node.querySelector('a.result__a')
    const url = link && targetOf(link.getAttribute('href') ?? '')
    if (!link || !url) continue
    results.push({ title: cleanText(link.textContent), url, excerpt: cleanText(node.querySelector('.result__snippet')?.textContent) })
    if (results.length === resultsMax) break
  }
  if (results.length === 0 && !document.querySelector('.no-results, .result--no-result')) {
    throw new AppError('unavailable', 'It gave a page that could not be read.')
  }
  return results
}

/** Results lead through `/l/?uddg=`; people and models get the address itself. */
function targetOf(href: string): string | null {
  const url = URL.parse(href, 'https://duckduckgo.com')
  const target = url?.searchParams.get('uddg') ?? url?.href
  return target && isWebAddress(target) ? target : null
}
