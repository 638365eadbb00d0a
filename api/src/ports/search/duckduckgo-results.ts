import { parseHTML } from 'linkedom'
import { cleanText, isWebAddress, resultsMax } from './ask-provider.ts'
import type { SearchResult } from './index.ts'

/** Its results, the puzzle that it gives to robots, or null: a page that is neither, for its layout has changed or it is about something else. */
export type ResultsPage = SearchResult[] | 'refusal' | null

export function readResults(html: string): ResultsPage {
  const { document } = parseHTML(html)
  const results: SearchResult[] = []
  for (const node of document.querySelectorAll('.result:not(.result--ad)')) {
    const link = node.querySelector('a.result__a')
    const url = link && targetOf(link.getAttribute('href') ?? '')
    if (!link || !url) continue
    results.push({ title: cleanText(link.textContent), url, excerpt: cleanText(node.querySelector('.result__snippet')?.textContent) })
    if (results.length === resultsMax) break
  }
  if (results.length > 0) return results
  // By what the page is, not by a word in it: a result may speak of anything.
  if (document.querySelector('form#challenge-form, form[action*="/anomaly.js"]')) return 'refusal'
  return document.querySelector('.no-results, .result--no-result') ? [] : null
}

/** Results lead through `/l/?uddg=`; people and models get the address itself. */
function targetOf(href: string): string | null {
  const url = URL.parse(href, 'https://duckduckgo.com')
  const target = url?.searchParams.get('uddg') ?? url?.href
  return target && isWebAddress(target) ? target : null
}
