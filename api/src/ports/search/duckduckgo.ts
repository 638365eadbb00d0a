import { AppError } from '#lib/app-error.ts'
import type { Egress } from '#ports/egress/index.ts'
import { openOffload } from '#ports/offload/index.ts'
import { askProvider, requireAnswer, unreadable } from './ask-provider.ts'
import type { ResultsPage } from './duckduckgo-results.ts'
import type { SearchProvider } from './index.ts'

const name = 'DuckDuckGo'
/** How long it wants to be left alone after a page that says "too often". */
const restSeconds = 60
const readMsMax = 5000
const failure = 'It gave a page that could not be read.'

/** DuckDuckGo without a key: its HTML page, read by us. A page that holds no results because we asked too often is an error, never an empty answer. */
export function createDuckDuckGo(egress: Pick<Egress, 'fetch'>, url: string): SearchProvider {
  const reader = openOffload<string, ResultsPage>(new URL('duckduckgo-worker.ts', import.meta.url), {
    failure,
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
      // A query may lead elsewhere by itself ("!w tides"): what stands there is no answer of ours.
      const response = await askProvider(egress, url, { method: 'POST', headers, body, signal, staysHere: true })
      // 202 with a puzzle is how it refuses robots; the same page also comes with 200.
      if (response.status === 202) throw refused()
      requireAnswer(response)
      const page = await reader.run(response.text(), signal).catch((error: unknown) => {
        signal.throwIfAborted()
        // Too long, too deep or too large: whatever broke in the thread is the page's doing.
        throw unreadable(failure, error)
      })
      if (page === 'refusal') throw refused()
      if (page === null) throw unreadable(failure)
      return page
    },
  }
}

const refused = () =>
  new AppError('unavailable', 'It refuses requests for the moment because there were too many.', { retryAfterSeconds: restSeconds })
