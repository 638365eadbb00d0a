import type { VectorItem, Vectors } from '#ports/vectors/index.ts'
import type { createShards } from '#ports/vectors/shards.ts'
import type { MemoryRows } from './rows.ts'

type RenewDeps = {
  vectors: Vectors
  /** Whose rows have vectors. */
  tables: readonly Pick<MemoryRows, 'there' | 'lostVectors' | 'regainedVectors'>[]
  shards: ReturnType<typeof createShards>
}

const pageSize = 500
/** What is written beside a renewal may go with the old collection; its row is then said to have no vector, and gets one by the catch-up. */
const lateMs = 60_000

/**
 * Writes each shared collection of an encoder anew with what is still remembered: of what was removed from a collection, Chroma keeps the
 * numbers in its files as long as that collection lives. Cut off anywhere, it leaves rows that are said to have no vector.
 */
export async function renewCollections({ vectors, tables, shards }: RenewDeps, encoder: string): Promise<void> {
  const thereOf = async (ids: string[]) => new Set((await Promise.all(tables.map((rows) => rows.there(ids)))).flat())
  const there = new Set(await vectors.collections())
  for (const name of shards.names(encoder)) {
    if (!there.has(name)) continue
    const items = await allIn(vectors, name)
    const ids = items.map(({ id }) => id)
    for (const rows of tables) await rows.lostVectors(encoder, ids, lateMs)
    await vectors.drop(name)
    const kept = await thereOf(ids)
    await vectors.upsert(
      name,
      items.filter(({ id }) => kept.has(id)),
    )
    for (const rows of tables) await rows.regainedVectors(encoder, ids, lateMs)
    // Forgotten meanwhile.
    const left = await thereOf([...kept])
    for (const { id, owner } of items) if (kept.has(id) && !left.has(id)) await vectors.remove(name, owner, [id])
  }
}

async function allIn(vectors: Vectors, name: string): Promise<VectorItem[]> {
  const items: VectorItem[] = []
  for (;;) {
    const page = await vectors.export(name, { limit: pageSize, offset: items.length })
    items.push(...page)
    if (page.length < pageSize) return items
  }
}
