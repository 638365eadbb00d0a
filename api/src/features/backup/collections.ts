import { createHash } from 'node:crypto'
import type { VectorItem, Vectors } from '#ports/vectors/index.ts'
import type { Checksum } from './rows.ts'

const itemsPerTurn = 200

export async function* readItems(vectors: Vectors, collection: string): AsyncGenerator<VectorItem> {
  for (let offset = 0; ; offset += itemsPerTurn) {
    const items = await vectors.export(collection, { limit: itemsPerTurn, offset })
    yield* items
    if (items.length < itemsPerTurn) return
  }
}

export function createItemWriter(vectors: Vectors, collection: string) {
  let waiting: VectorItem[] = []
  const flush = async () => {
    if (waiting.length > 0) await vectors.upsert(collection, waiting)
    waiting = []
  }
  return {
    async write(row: string): Promise<void> {
      // Older backups name no owner.
      waiting.push({ owner: '', ...(JSON.parse(row) as Omit<VectorItem, 'owner'>) })
      if (waiting.length >= itemsPerTurn) await flush()
    },
    flush,
  }
}

/** How many items a collection has and a sum of their hashes, whatever their order. */
export async function checksumOfItems(vectors: Vectors, name: string): Promise<Checksum> {
  let rows = 0
  let sum = 0n
  for await (const { id, owner, text, metadata, vector, group } of readItems(vectors, name)) {
    rows++
    const fields = Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1))
    sum += BigInt(
      `0x${createHash('md5')
        .update(JSON.stringify([id, owner, text, fields, vector, ...(group === undefined ? [] : [group])]))
        .digest('hex')
        .slice(0, 15)}`,
    )
  }
  return { name, rows, sum: String(sum) }
}
