export type VectorMetadata = Record<string, string | number | boolean>
export type VectorItem = { id: string; vector: number[]; text: string; metadata: VectorMetadata }
export type VectorMatch = { id: string; text: string; metadata: VectorMetadata; score: number }
export type StoredText = Omit<VectorMatch, 'score'>

export type VectorFiles = {
  /** When something was last written to them. */
  changedAt(): Promise<Date>
  /** Folders of vectors that belong to no collection go when they are older than the grace. Returns what `changedAt` is then. */
  rewrite(graceMs: number): Promise<Date>
}

/** Vectors with their texts, in named collections that are created on first write. Reading a collection that does not exist answers empty. */
export interface Vectors extends AsyncDisposable {
  upsert(collection: string, items: VectorItem[], signal?: AbortSignal): Promise<void>
  /** Nearest first; `score` is cosine similarity, -1..1. */
  query(collection: string, vector: number[], resultsMax: number, signal?: AbortSignal): Promise<VectorMatch[]>
  list(collection: string, page: { limit: number; offset: number }): Promise<StoredText[]>
  get(collection: string, ids: string[]): Promise<StoredText[]>
  remove(collection: string, ids: string[]): Promise<void>
  drop(collection: string): Promise<void>
  /** The names of all collections, and a page of all that one holds: for a backup. */
  collections(): Promise<string[]>
  export(collection: string, page: { limit: number; offset: number }): Promise<VectorItem[]>
  ping(): Promise<void>
  /** Takes what was deleted out of the files. Null where the server is the operator's. */
  files: VectorFiles | null
}
