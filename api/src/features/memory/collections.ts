import { and, eq, inArray, notExists, sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { isThere } from '#ports/database/people.ts'
import type { Vectors } from '#ports/vectors/index.ts'
import { memoryCollections, users } from '#ports/database/tables.ts'

type CollectionsDeps = Pick<Database, 'db'> & { vectors: Pick<Vectors, 'list'>; takeBack(userId: string, collections: string[]): Promise<void> }

const absentMax = 100_000

/** Whose each collection is, in the table `memory_collections`: the vector store itself knows nobody. */
export function createCollections({ db, vectors, takeBack }: CollectionsDeps) {
  const absent = new Set<string>()
  return {
    /**
     * Notes the collection first, which a trigger refuses for somebody who is being erased, and looks again when the write is over: a request
     * may have been with the store, even a failed one, while the erasure passed it by.
     */
    async write(userId: string, name: string, work: (name: string) => Promise<void>): Promise<void> {
      await db.insert(memoryCollections).values({ name, userId }).onConflictDoNothing()
      try {
        await work(name)
      } finally {
        if (!(await isThere({ db }, userId))) await takeBack(userId, [name])
      }
    },

    /** Whether anything was ever written to it. Collections of before they were noted are looked for, once in each process. */
    async has(userId: string, name: string): Promise<boolean> {
      const [row] = await db
        .select({ one: sql`1` })
        .from(memoryCollections)
        .where(and(eq(memoryCollections.name, name), eq(memoryCollections.userId, userId)))
      if (row || absent.has(name)) return row !== undefined
      if ((await vectors.list(name, { limit: 1, offset: 0 })).length > 0) {
        await db.insert(memoryCollections).values({ name, userId }).onConflictDoNothing()
        return true
      }
      if (absent.size >= absentMax) absent.clear()
      absent.add(name)
      return false
    },

    async of(tx: Pick<Database['db'], 'select'>, userId: string): Promise<string[]> {
      const rows = await tx.select({ name: memoryCollections.name }).from(memoryCollections).where(eq(memoryCollections.userId, userId))
      return rows.map(({ name }) => name)
    },

    async forget(names: string[]): Promise<void> {
      await db.delete(memoryCollections).where(inArray(memoryCollections.name, names))
    },

    async ofNobody(): Promise<{ userId: string; collections: string[] }[]> {
      const theirs = db
        .select({ one: sql`1` })
        .from(users)
        .where(eq(users.id, memoryCollections.userId))
      const rows = await db.select().from(memoryCollections).where(notExists(theirs))
      return [...Map.groupBy(rows, ({ userId }) => userId)].map(([userId, all]) => ({ userId, collections: all.map(({ name }) => name) }))
    },
  }
}
