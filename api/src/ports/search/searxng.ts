import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { eachAlone } from '#lib/each-alone.ts'
import type { Egress } from '#ports/egress/index.ts'
import { askForJson, cleanText, isWebAddress, resultsMax } from './ask-provider.ts'
import type { SearchProvider } from './index.ts'

const Answer = z.object({
  results: eachAlone(z.object({ title: z.string(), url: z.string(), content: z.string().nullish() })),
  /** Engines behind it that failed, with their reasons. */
  unresponsive_engines: eachAlone(z.tuple([z.string(), z.string()]).rest(z.unknown())).catch([]),
})

/** A SearXNG's JSON interface, https://docs.searxng.org/dev/search_api.html. The instance has to allow the format. */
export function createSearxng(egress: Pick<Egress, 'fetch'>, url: string): SearchProvider {
  return {
    name: 'SearXNG',
    host: new URL(url).host,
    async search(query, signal) {
      const address = new URL('search', url.endsWith('/') ? url : `${url}/`)
      address.search = new URLSearchParams({ q: query, format: 'json' }).toString()
      const { results, unresponsive_engines: failed } = await askForJson(egress, address.href, Answer, { signal })
      if (results.length === 0 && failed.length > 0) {
        throw new AppError('unavailable', `None of its engines answered (${failed.map(([engine, reason]) => `${engine}: ${reason}`).join('; ')}).`)
      }
      const usable = results.filter((result) => isWebAddress(result.url)).slice(0, resultsMax)
      return usable.map((result) => ({ title: cleanText(result.title), url: result.url, excerpt: cleanText(result.content) }))
    },
  }
}
