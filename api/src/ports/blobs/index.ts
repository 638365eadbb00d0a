import { newId } from '#lib/ids.ts'
import type { ByteRange, Place, Written } from './place.ts'

export { openPlace } from './open-place.ts'
export type { ByteRange, Place, Written } from './place.ts'

/** Bytes that are kept for a person: a file, a picture. The key is the store's own, never of anybody's input. */
export type Blob = Written & { key: string }

export interface Blobs {
  /**
   * Keeps what `content` gives, whole or not at all: what fails, is too long or is cancelled leaves nothing.
   * @throws payload_too_large past `bytesMax`, storage_full, unavailable
   */
  put(ownerId: string, content: AsyncIterable<Uint8Array>, options: { bytesMax: number; signal?: AbortSignal }): Promise<Blob>
  /** Under the key that it had when a backup was made. */
  putBack(key: string, content: AsyncIterable<Uint8Array>): Promise<Blob>
  /** Null when there is none. A range past the end gives what there is of it. @throws TypeError for a key that is none of this store's */
  get(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | null>
  /** Removes it; what is gone already is no failure. */
  remove(key: string): Promise<void>
  list(ownerId: string): Promise<string[]>
  /** Removes all of these people. */
  removeAllOf(ownerIds: string[]): Promise<void>
  /** What was begun before then and never became whole, since its process died. Returns how many. */
  removeUnfinished(before: Date): Promise<number>
  /** The people who have something here, also what a process that died left half written. */
  owners(): Promise<string[]>
}

const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A folder for each person, in whatever place. */
export function createBlobs(place: Place): Blobs {
  const owners = async () => (await place.folders()).filter((name) => isId.test(name))
  return {
    async put(ownerId, content, options) {
      const key = `${checked(ownerId)}/${newId()}`
      return { key, ...(await place.put(key, content, options)) }
    },
    putBack: async (key, content) => ({ key, ...(await place.put(checkedKey(key), content)) }),
    get: async (key, range) => await place.get(checkedKey(key), range),
    remove: async (key) => await place.remove(checkedKey(key)),
    async list(ownerId) {
      const stored = await place.list(checked(ownerId))
      return stored.filter(({ name }) => isId.test(name)).map(({ name }) => `${ownerId}/${name}`)
    },
    async removeAllOf(ownerIds) {
      for (const ownerId of ownerIds) await place.removeFolder(checked(ownerId))
    },
    async removeUnfinished(before) {
      let removed = 0
      for (const ownerId of await owners()) removed += await place.removeUnfinished(ownerId, before)
      return removed
    },
    owners,
  }
}

function checked(id: string): string {
  if (!isId.test(id)) throw new TypeError('Not an id of this store')
  return id
}

function checkedKey(key: string): string {
  const [ownerId, id, ...rest] = key.split('/')
  if (rest.length > 0) throw new TypeError('Not a key of this store')
  return `${checked(ownerId ?? '')}/${checked(id ?? '')}`
}
