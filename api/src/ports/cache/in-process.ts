import { LRUCache } from 'lru-cache'
import { type Cache, type CacheBounds, sizeOf } from './index.ts'

type Entry = { value: string; owner: string; bytes: number }

export function createInProcessCache({ bytesMax, entryBytesMax, keptSeconds }: CacheBounds): Cache {
  const entries = new LRUCache<string, Entry>({
    maxSize: bytesMax,
    maxEntrySize: Math.min(bytesMax, entryBytesMax),
    ttl: keptSeconds * 1000,
    sizeCalculation: ({ bytes }) => bytes,
  })
  return {
    get: async (key) => entries.get(key)?.value ?? null,
    set: async (key, value, owner) => void entries.set(key, { value, owner, bytes: sizeOf(key, value, owner) }),
    async forget(owner) {
      for (const [key, entry] of entries.entries()) if (entry.owner === owner) entries.delete(key)
    },
    [Symbol.asyncDispose]: async () => entries.clear(),
  }
}
