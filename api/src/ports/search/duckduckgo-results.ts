import { parseHTML } from 'linkedom'
import { AppError } from '#lib/app-error.ts'
import { cleanText, isWebAddress, resultsMax } from './ask-provider.ts'
import type { SearchResult } from './index.ts'

export const unreadable = 'It gave a page that could not be read.'

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
    throw new AppError('unavailable', unreadable)
  }
  return results
}

/** Results lead through `/l/?uddg=`; people and models get the address itself. */
function targetOf(href: string): string | null {
  const url = URL.parse(href, 'https://duckduckgo.com')
  const target = url?.searchParams.get('uddg') ?? url?.href
  return target && isWebAddress(target) ? target : null
}
