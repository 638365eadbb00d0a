/** Bytes that are kept for a person: a file, a picture. The key is the store's own, never of anybody's input. */
export type Blob = { key: string; bytes: number; /** In hex. */ sha256: string }

/** Both ends are counted. */
export type ByteRange = { first: number; last: number }

export interface Blobs {
  /**
   * Keeps what `content` gives, whole or not at all: what fails, is too long or is cancelled leaves nothing.
   * @throws payload_too_large past `bytesMax`, storage_full
   */
  put(ownerId: string, content: AsyncIterable<Uint8Array>, options: { bytesMax: number; signal?: AbortSignal }): Promise<Blob>
  /** Null when there is none. A range past the end gives what there is of it. @throws TypeError for a key that is none of this store's */
  get(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | null>
  /** Removes it; what is gone already is no failure. */
  remove(key: string): Promise<void>
  list(ownerId: string): Promise<string[]>
  /** Removes all of these people. */
  removeAllOf(ownerIds: string[]): Promise<void>
  /** The people who have something here, also what a process that died left half written. */
  owners(): Promise<string[]>
}
