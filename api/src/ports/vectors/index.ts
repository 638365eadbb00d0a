export type VectorMetadata = Record<string, string | number | boolean>
/** `owner` is whose it is; empty in what versions before stored, when a collection had one owner. */
export type VectorItem = {
  id: string
  owner: string
  vector: number[]
  text: string
  metadata: VectorMetadata
  /** What it is a part of, where a search may be in some of an owner's things alone. */
  group?: string
}
export type VectorMatch = { id: string; text: string; metadata: VectorMetadata; score: number }

export type VectorFiles = {
  /** When something was last written to them. */
  changedAt(): Promise<Date>
  /** Folders of vectors that belong to no collection go when they are older than the grace. Returns what `changedAt` is then. */
  rewrite(graceMs: number): Promise<Date>
}

/**
 * Vectors with their texts, in named collections that people share and that are created on first write. Who reads or removes says whose: no verb
 * answers what is another's. Reading a collection that does not exist answers empty.
 */
export interface Vectors extends AsyncDisposable {
  upsert(collection: string, items: VectorItem[], signal?: AbortSignal): Promise<void>
  /** Nearest first, of what this owner has; `score` is cosine similarity, -1..1. */
  query(
    collection: string,
    owner: string,
    vector: number[],
    resultsMax: number,
    signal?: AbortSignal,
    groups?: readonly string[],
  ): Promise<VectorMatch[]>
  remove(collection: string, owner: string, ids: string[]): Promise<void>
  removeAllOf(collection: string, owner: string, group?: string): Promise<void>
  /** Which of these have something in it. */
  ownersAmong(collection: string, owners: string[]): Promise<string[]>
  drop(collection: string): Promise<void>
  /** The names of all collections, and a page of all that one holds: for a backup. */
  collections(): Promise<string[]>
  export(collection: string, page: { limit: number; offset: number }): Promise<VectorItem[]>
  ping(): Promise<void>
  /** Takes what was deleted out of the files. Null where the server is the operator's. */
  files: VectorFiles | null
}
