/** `bytesMax` bounds all that is kept, with what it takes to keep it; the oldest goes first. */
export type CacheBounds = { bytesMax: number; entryBytesMax: number; keptSeconds: number }

/** Texts that can be made again, kept for a while. Nobody may rely on finding one. */
export interface Cache extends AsyncDisposable {
  /** Null once its time is over, and when others took its room. */
  get(key: string): Promise<string | null>
  /** `owner` is whose doing it is: it goes with them. A longer one than an entry may be is not kept. */
  set(key: string, value: string, owner: string): Promise<void>
  /** Removes all that is an owner's. */
  forget(owner: string): Promise<void>
}

/** What an entry takes beside key, value and owner. */
export const entryOverheadBytes = 300

export const sizeOf = (key: string, value: string, owner: string): number => Buffer.byteLength(key + value + owner) + entryOverheadBytes
