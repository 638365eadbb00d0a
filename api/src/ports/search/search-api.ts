import { z } from 'zod'
import { eachAlone } from '#lib/each-alone.ts'
import type { Egress } from '#ports/egress/index.ts'
import { askForJson, cleanText, isWebAddress, resultsMax } from './ask-provider.ts'
import type { SearchProvider } from './index.ts'

const Answer = z.object({
  web: z.object({ results: eachAlone(z.object({ title: z.string(), url: z.string(), description: z.string().nullish() })) }).optional(),
})

/** A search API with a key, in the shape of Brave's (https://api-dashboard.search.brave.com/app/documentation/web-search). */
export function createSearchApi(egress: Pick<Egress, 'fetch'>, { url, key }: { url: string; key: string }): SearchProvider {
  const { host } = new URL(url)
  return {
    name: host,
    host,
    async search(query, signal) {
      const address = new URL(url)
      address.searchParams.set('q', query)
      const { web } = await askForJson(egress, address.href, Answer, { headers: { 'x-subscription-token': key }, signal })
      const usable = (web?.results ?? []).filter((result) => isWebAddress(result.url)).slice(0, resultsMax)
      // Matches come in <strong>.
      const plain = (text: string | null | undefined) => cleanText((text ?? '').replace(/<\/?strong>/g, ''))
      return usable.map((result) => ({ title: plain(result.title), url: result.url, excerpt: plain(result.description) }))
    },
  }
}
