export type SearchResult = { title: string; url: string; excerpt: string }

/** One search engine. */
export interface SearchProvider {
  /** As people know it. */
  name: string
  /** Where a query goes to. */
  host: string
  /**
   * Best first. [] only when the provider says that there is nothing.
   * @throws AppError `unavailable` when it is away or refuses to be asked, `retryAfterSeconds` when it says for how long; `upstream_failed` when this query has no answer that can be read: others may have
   */
  search(query: string, signal: AbortSignal): Promise<SearchResult[]>
}

export interface WebSearch {
  /** Where a query goes to first. */
  host: string
  /** What the first provider that answers has found; `notes` says which ones failed before it, and why. @throws AppError unavailable with every reason when all failed */
  search(query: string, signal: AbortSignal): Promise<{ results: SearchResult[]; notes: string[] }>
}
