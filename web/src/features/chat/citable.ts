import type { Citation, Source } from '@jarvis/contracts/chat.ts'
import { parseUrl } from '#lib/url.ts'

/** What the numbers of an answer lead to. Before answers said it themselves: web pages, each once, in the order in which they came. */
export const citable = (sources: readonly Source[], citations?: readonly Citation[]): readonly Citation[] =>
  citations ??
  [...new Map(sources.filter(({ url }) => /^https?:\/\//i.test(url)).map((source) => [source.url, source])).values()].map((source, index) => ({
    n: index + 1,
    kind: 'web',
    ...source,
  }))

export const hostOf = (url: string) => parseUrl(url)?.host.replace(/^www\./, '') ?? url
