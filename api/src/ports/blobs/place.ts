import { createHash } from 'node:crypto'
import { AppError } from '#lib/app-error.ts'

export type Written = { bytes: number; /** In hex. */ sha256: string }
/** Both ends are counted. */
export type ByteRange = { first: number; last: number }
export type PutOptions = { bytesMax?: number; signal?: AbortSignal }

/** Where named bytes are kept, in folders of one level. Names are the caller's own, and checked by it. */
export interface Place extends Disposable {
  /**
   * Keeps what `content` gives, whole or not at all: what fails, is too long or is cancelled leaves nothing.
   * @throws payload_too_large past `bytesMax`, storage_full, unavailable
   */
  put(name: string, content: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<Written>
  /** Null when there is none. A range past the end gives what there is of it. */
  get(name: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | null>
  /** Removes it; what is gone already is no failure. */
  remove(name: string): Promise<void>
  /** What is whole directly in a folder, or at the top for ''. Names are without the folder. */
  list(folder: string): Promise<{ name: string; bytes: number }[]>
  /** At the top, also those that hold only what a process that died left half written. */
  folders(): Promise<string[]>
  /** What was begun directly in a folder, or at the top for '', before then and never became whole. Returns how many. */
  removeUnfinished(folder: string, before: Date): Promise<number>
  /** With all that is in it, half written or whole. */
  removeFolder(folder: string): Promise<void>
}

/** Counts and hashes what passes, and ends it past its bound, or at once when it is cancelled: a source that is stuck is not waited for. */
export function measure(content: AsyncIterable<Uint8Array>, { bytesMax = Infinity, signal }: PutOptions) {
  const hash = createHash('sha256')
  let bytes = 0
  async function* pass(): AsyncGenerator<Uint8Array> {
    const pieces = content[Symbol.asyncIterator]()
    const cancelled = new Promise<never>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))
    cancelled.catch(() => {})
    try {
      for (;;) {
        signal?.throwIfAborted()
        const piece = await (signal ? Promise.race([pieces.next(), cancelled]) : pieces.next())
        if (piece.done) return
        bytes += piece.value.byteLength
        if (bytes > bytesMax) throw new AppError('payload_too_large', `This is longer than the ${bytesMax} bytes that are taken.`)
        hash.update(piece.value)
        yield piece.value
      }
    } finally {
      pieces.return?.().catch(() => {})
    }
  }
  return { content: pass(), written: (): Written => ({ bytes, sha256: hash.digest('hex') }) }
}

export const noRoom = (cause: unknown) =>
  new AppError('storage_full', 'There is no room left to keep this. Ask the administrator to make room.', { cause })
