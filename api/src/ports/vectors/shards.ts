import { createHash, createHmac } from 'node:crypto'
import type { Vectors } from './index.ts'

type ShardsDeps = {
  vectors: Vectors
  /** Keys the names of the collections, so that two installations on one server never meet. */
  secret: string
  /** What the collections hold; each kind has its own. */
  hold: 'memories' | 'passages'
}

/** A collection costs the server about 3 MB whatever is in it, so people share so many; a query reads its own person's records alone. */
const shards = 32

const ownerKey = /^of:([\da-f-]{36})@(.+)$/u

/** Where the vectors of a person are: a shared collection by encoder and person, in which each record names its owner. */
export function createShards({ vectors, secret, hold }: ShardsDeps) {
  const nameOfShard = (encoder: string, shard: number) =>
    `${hold}-${createHmac('sha256', secret).update(`${encoder} ${shard}`).digest('hex').slice(0, 40)}`
  const nameOf = (encoder: string, userId: string) => nameOfShard(encoder, createHash('sha256').update(userId).digest().readUInt32BE(0) % shards)

  const asideOf = (name: string) => `${name}-aside`

  return {
    nameOf,
    /** Where a collection's records wait while it is made anew. */
    asideOf,
    asideKeyOf: (encoder: string, userId: string) => `of:${userId}@${asideOf(nameOf(encoder, userId))}`,
    /** Every collection of an encoder that may be there. */
    names: (encoder: string) => Array.from({ length: shards }, (_, shard) => nameOfShard(encoder, shard)),
    /** What an erasure notes of a person's records. */
    keyOf: (encoder: string, userId: string) => `of:${userId}@${nameOf(encoder, userId)}`,

    put: (encoder: string, userId: string, items: { id: string; text: string; vector: number[]; group?: string }[]) =>
      vectors.upsert(
        nameOf(encoder, userId),
        items.map((item) => ({ ...item, owner: userId, metadata: {} })),
      ),
    /** Of these groups, where some are named. */
    nearest: (encoder: string, userId: string, vector: number[], max: number, signal?: AbortSignal, groups?: readonly string[]) =>
      vectors.query(nameOf(encoder, userId), userId, vector, max, signal, groups),
    removeGroup: (encoder: string, userId: string, group: string) => vectors.removeAllOf(nameOf(encoder, userId), userId, group),
    remove: (encoder: string, userId: string, ids: string[]) => vectors.remove(nameOf(encoder, userId), userId, ids),
    removeAll: (encoder: string, userId: string) => vectors.removeAllOf(nameOf(encoder, userId), userId),

    /** Removes what a key names: a person's records in a shared collection, or a whole one of before they were shared. */
    async erase(keys: string[]): Promise<void> {
      for (const key of keys) {
        const [, userId, name] = ownerKey.exec(key) ?? []
        if (userId && name) await vectors.removeAllOf(name, userId)
        else await vectors.drop(key)
      }
    },

    /** Who of these people has records of an encoder. */
    async ownersAmong(encoder: string, userIds: string[]): Promise<string[]> {
      const found: string[] = []
      for (const [name, ids] of Map.groupBy(userIds, (userId) => nameOf(encoder, userId))) found.push(...(await vectors.ownersAmong(name, ids)))
      return found
    },
  }
}
