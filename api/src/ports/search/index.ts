export type SearchResult = { title: string; url: string; excerpt: string }

export interface SearchProvider {
  /** Best first. [] only when the provider says that there is nothing. @throws AppError unavailable, upstream_timeout */
  search(query: string, signal: AbortSignal): Promise<SearchResult[]>
}
