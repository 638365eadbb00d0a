import type { Source } from '@jarvis/contracts/chat.ts'
import { parseUrl } from '#lib/url.ts'

/** The sources an answer may cite, in the order of their numbers: web pages only, each once. */
export const citable = (sources: readonly Source[]): Source[] => [
  ...new Map(sources.filter(({ url }) => /^https?:\/\//i.test(url)).map((source) => [source.url, source])).values(),
]

export const hostOf = (url: string) => parseUrl(url)?.host.replace(/^www\./, '') ?? url
