import { createHmac } from 'node:crypto'
import { MemoryOrigin } from '@jarvis/contracts/memory.ts'
import { and, eq, inArray, notExists, sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { memoryCollections, memoryPeople, users } from '#ports/database/tables.ts'
import type { VectorItem, Vectors } from '#ports/vectors/index.ts'
import type { MemoryRows } from './rows.ts'

type FormerDeps = Pick<Database, 'db'> & { vectors: Pick<Vectors, 'export' | 'drop'>; rows: MemoryRows; secret: string; encoders: string[] }

const itemsPerTurn = 200
const peoplePerTurn = 200
const knownMax = 100_000

/**
 * Before, each person had a collection of their own, which was all that there was of their memories. They are moved into the table when their
 * person comes, and all others in the background; a collection goes when all of it is there.
 */
export function createFormerCollections({ db, vectors, rows, secret, encoders }: FormerDeps) {
  const moved = new Set<string>()
  const nameOf = (encoder: string, userId: string) =>
    `memory-${createHmac('sha256', secret).update(`${encoder} ${userId}`).digest('hex').slice(0, 40)}`

  const notedOf = async (tx: Pick<Database['db'], 'select'>, userId: string): Promise<string[]> => {
    const noted = await tx.select({ name: memoryCollections.name }).from(memoryCollections).where(eq(memoryCollections.userId, userId))
    return [...new Set([...encoders.map((encoder) => nameOf(encoder, userId)), ...noted.map(({ name }) => name)])]
  }

  async function moveOne(userId: string, name: string): Promise<void> {
    for (let offset = 0; ; offset += itemsPerTurn) {
      const items = await vectors.export(name, { limit: itemsPerTurn, offset })
      for (const item of items) await rows.adopt(userId, { id: item.id, text: item.text, ...provenanceOf(item) })
      if (items.length < itemsPerTurn) break
    }
    await vectors.drop(name)
    await db.delete(memoryCollections).where(and(eq(memoryCollections.name, name), eq(memoryCollections.userId, userId)))
  }

  async function move(userId: string): Promise<void> {
    if (moved.has(userId)) return
    const [known] = await db.select({ movedAt: memoryPeople.movedAt }).from(memoryPeople).where(eq(memoryPeople.userId, userId))
    if (!known?.movedAt) {
      for (const name of await notedOf(db, userId)) await moveOne(userId, name)
      await db
        .insert(memoryPeople)
        .values({ userId, movedAt: sql`now()` })
        .onConflictDoUpdate({ target: memoryPeople.userId, set: { movedAt: sql`now()` } })
    }
    if (moved.size >= knownMax) moved.clear()
    moved.add(userId)
  }

  return {
    move,
    of: notedOf,

    /** Moves some of those who have not come: people of before, and what a process of the version before still writes. Returns how many. */
    async moveSome(): Promise<number> {
      const { rows: waiting } = await db.execute<{ id: string }>(sql`
        select c.user_id as id from ${memoryCollections} c join ${users} u on u.id = c.user_id
        union select id from ${users} where not exists (select from ${memoryPeople} p where p.user_id = ${users.id} and p.moved_at is not null)
        limit ${peoplePerTurn}`)
      for (const { id } of waiting) {
        moved.delete(id)
        await db.update(memoryPeople).set({ movedAt: null }).where(eq(memoryPeople.userId, id))
        await move(id)
      }
      return waiting.length
    },

    async forget(names: string[]): Promise<void> {
      await db.delete(memoryCollections).where(inArray(memoryCollections.name, names))
    },

    async ofNobody(): Promise<{ userId: string; collections: string[] }[]> {
      const theirs = db
        .select({ one: sql`1` })
        .from(users)
        .where(eq(users.id, memoryCollections.userId))
      const noted = await db.select().from(memoryCollections).where(notExists(theirs))
      return [...Map.groupBy(noted, ({ userId }) => userId)].map(([userId, all]) => ({ userId, collections: all.map(({ name }) => name) }))
    },
  }
}

/**
 * What was stored before origins were: a sentence from a conversation was the person's, for nothing else was kept of one. Of the others nobody
 * knows whether the person or a program wrote them.
 */
function provenanceOf({ metadata: { origin, conversationId, trusted, createdAt } }: VectorItem) {
  const written = new Date(String(createdAt))
  return {
    origin: MemoryOrigin.safeParse(origin).data ?? (conversationId === undefined ? ('unknown' as const) : ('chat' as const)),
    conversationId: typeof conversationId === 'string' ? conversationId : null,
    trusted: trusted === true,
    createdAt: Number.isNaN(written.getTime()) ? new Date() : written,
  }
}
