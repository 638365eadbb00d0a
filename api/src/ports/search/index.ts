export type SearchResult = { title: string; url: string; excerpt: string }

/** One search engine. */
export interface SearchProvider {
  /** As people know it. */
  name: string
  /** Where a query goes to. */
  host: string
  /** Best first. [] only when the provider says that there is nothing. @throws AppError unavailable with the reason; `retryAfterSeconds` when it asks to be left alone */
  search(query: string, signal: AbortSignal): Promise<SearchResult[]>
}

export interface WebSearch {
  /** Where a query goes to first. */
  host: string
  /** What the first provider that answers has found; `notes` says which ones failed before it, and why. @throws AppError unavailable with every reason when all failed */
  search(query: string, signal: AbortSignal): Promise<{ results: SearchResult[]; notes: string[] }>
}
