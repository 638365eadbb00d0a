import { AppError } from '#lib/app-error.ts'
import type { Egress } from '#ports/egress/index.ts'
import { openOffload } from '#ports/offload/index.ts'
import type { SearchProvider, SearchResult } from './index.ts'
import { askProvider } from './ask-provider.ts'
import { unreadable } from './duckduckgo-results.ts'

const name = 'DuckDuckGo'
/** How long it wants to be left alone after a page that says "too often". */
const restSeconds = 60
const readMsMax = 5000

/** DuckDuckGo without a key: its HTML page, read by us. A page that holds no results because we asked too often is an error, never an empty answer. */
export function createDuckDuckGo(egress: Pick<Egress, 'fetch'>, url: string): SearchProvider {
  const reader = openOffload<string, SearchResult[]>(new URL('duckduckgo-worker.ts', import.meta.url), {
    failure: unreadable,
    deadlineMs: readMsMax,
  })
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
      return await reader.run(html, signal).catch((error: unknown) => {
        signal.throwIfAborted()
        // Too long, too deep or too large: whatever broke in the thread is the page's doing.
        throw error instanceof AppError && error.code === 'unavailable' ? error : new AppError('unavailable', unreadable, { cause: error })
      })
    },
  }
}
