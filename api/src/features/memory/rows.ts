import { createHash } from 'node:crypto'
import { type Memory, MemoryOrigin } from '@jarvis/contracts/memory.ts'
import { and, desc, eq, exists, inArray, ne, or, type SQL, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { memories, users } from '#ports/database/tables.ts'
import { normalised } from './same-text.ts'

export type MemoryRow = typeof memories.$inferSelect
/** What is to be remembered, and where it came from. */
export type NewMemory = { text: string; origin: MemoryOrigin; conversationId?: string | null }

export const isOwn = (origin: MemoryOrigin) => origin === 'person' || origin === 'chat'
export const isTrusted = ({ origin, trusted }: Pick<MemoryRow, 'origin' | 'trusted'>) => isOwn(origin) || trusted

/** Equal for texts that say the same with the same words. */
export const digestOf = (text: string) => createHash('sha256').update(normalised(text)).digest('hex')

/** What is remembered of people, row by row; every statement names whose it is. */
export function createRows({ db }: Pick<Database, 'db'>) {
  const of = (userId: string, ...further: SQL[]) => and(eq(memories.userId, userId), ...further)

  return {
    /** Whether anything is remembered of a person, and whether they paused it: what each turn asks first. */
    async state(userId: string): Promise<{ any: boolean; isPaused: boolean }> {
      const theirs = db
        .select({ one: sql`1` })
        .from(memories)
        .where(eq(memories.userId, users.id))
      const [person] = await db
        .select({ memory: users.memory, any: sql<boolean>`${exists(theirs)}` })
        .from(users)
        .where(eq(users.id, userId))
      return { any: person?.any ?? false, isPaused: person?.memory === 'paused' }
    },

    /** The same text is renewed instead of doubled, but what is the person's own is not renewed by what is not. */
    async put(userId: string, { text, origin, conversationId = null }: NewMemory, createdAt = new Date()): Promise<MemoryRow> {
      const values = { text, origin, conversationId, trusted: false, createdAt, updatedAt: sql`now()`, encoder: '' }
      const digest = digestOf(text)
      const mayRenew = isOwn(origin) ? undefined : sql`not (${memories.trusted} or ${memories.origin} in ('person', 'chat'))`
      const [row] = await db
        .insert(memories)
        .values({ id: newId(), userId, digest, ...values })
        .onConflictDoUpdate({ target: [memories.userId, memories.digest], set: values, ...(mayRenew && { setWhere: mayRenew }) })
        .returning()
      if (row) return row
      const [there] = await db
        .select()
        .from(memories)
        .where(of(userId, eq(memories.digest, digest)))
      if (!there) throw new AppError('conflict', 'This memory changed meanwhile. Try again.')
      return there
    },

    /** Keeps what is there already. */
    async adopt(userId: string, row: Pick<MemoryRow, 'id' | 'text' | 'origin' | 'conversationId' | 'trusted' | 'createdAt'>): Promise<void> {
      await db
        .insert(memories)
        .values({ ...row, userId, digest: digestOf(row.text) })
        .onConflictDoNothing()
    },

    /** @throws not_found */
    async get(userId: string, id: string): Promise<MemoryRow> {
      const [row] = await db
        .select()
        .from(memories)
        .where(of(userId, eq(memories.id, id)))
      if (!row) throw new AppError('not_found', 'There is no such memory.')
      return row
    },

    async some(userId: string, ids: string[]): Promise<Map<string, MemoryRow>> {
      const rows =
        ids.length === 0
          ? []
          : await db
              .select()
              .from(memories)
              .where(of(userId, inArray(memories.id, ids)))
      return new Map(rows.map((row) => [row.id, row]))
    },

    /** Newest first. */
    page: (userId: string, { limit, offset }: { limit: number; offset: number }): Promise<MemoryRow[]> =>
      db.select().from(memories).where(of(userId)).orderBy(desc(memories.createdAt), desc(memories.id)).limit(limit).offset(offset),

    /** What was written since a moment, in pages: `after` is the last row before. */
    async changed(userId: string, since: Date, after: string, limit: number): Promise<Pick<MemoryRow, 'id' | 'text' | 'createdAt' | 'updatedAt'>[]> {
      return await db
        .select({ id: memories.id, text: memories.text, createdAt: memories.createdAt, updatedAt: memories.updatedAt })
        .from(memories)
        .where(of(userId, sql`(${memories.updatedAt}, ${memories.id}) > (${since.toISOString()}::timestamptz, ${after}::uuid)`))
        .orderBy(memories.updatedAt, memories.id)
        .limit(limit)
    },

    /** Another one with the new text goes, when this one may take its place. @throws not_found, conflict */
    async change(userId: string, id: string, text: string, origin: MemoryOrigin): Promise<MemoryRow> {
      return await db.transaction(async (tx) => {
        const digest = digestOf(text)
        const [twin] = await tx
          .select()
          .from(memories)
          .where(of(userId, eq(memories.digest, digest), ne(memories.id, id)))
        if (twin && isTrusted(twin) && !isOwn(origin)) throw new AppError('conflict', 'This is remembered already.')
        if (twin) await tx.delete(memories).where(of(userId, eq(memories.id, twin.id)))
        const [row] = await tx
          .update(memories)
          .set({ text, digest, origin, trusted: false, updatedAt: sql`now()`, encoder: '' })
          .where(of(userId, eq(memories.id, id)))
          .returning()
        if (!row) throw new AppError('not_found', 'There is no such memory.')
        return row
      })
    },

    async trust(userId: string, id: string, text: string): Promise<MemoryRow | undefined> {
      const [row] = await db
        .update(memories)
        .set({ trusted: true, updatedAt: sql`now()` })
        .where(of(userId, eq(memories.id, id), eq(memories.text, text)))
        .returning()
      return row
    },

    /** Without an id, all of them. */
    async remove(userId: string, id?: string): Promise<void> {
      await db.delete(memories).where(id === undefined ? of(userId) : of(userId, eq(memories.id, id)))
    },

    /** Which encoder's vector a row has: of another text it is not noted. */
    async encoded(userId: string, { id, text }: Pick<MemoryRow, 'id' | 'text'>, encoder: string): Promise<void> {
      await db
        .update(memories)
        .set({ encoder })
        .where(of(userId, eq(memories.id, id), eq(memories.text, text)))
    },

    /** Of which encoders a person has vectors. */
    async encodersOf(tx: Pick<Database['db'], 'selectDistinct'>, userId: string): Promise<string[]> {
      const rows = await tx.selectDistinct({ encoder: memories.encoder }).from(memories).where(of(userId))
      return rows.flatMap(({ encoder }) => encoder || [])
    },

    /** Which of these are still remembered, of anybody. */
    async there(ids: string[]): Promise<Set<string>> {
      const rows = ids.length === 0 ? [] : await db.select({ id: memories.id }).from(memories).where(inArray(memories.id, ids))
      return new Set(rows.map(({ id }) => id))
    },

    /** These have no vector any more, and those neither that were written so lately that theirs may just have been lost. */
    async lostVectors(encoder: string, ids: string[], lateMs: number): Promise<void> {
      const isLate = sql`${memories.updatedAt} > now() - ${lateMs} * interval '1 millisecond'`
      await db
        .update(memories)
        .set({ encoder: '' })
        .where(and(eq(memories.encoder, encoder), or(inArray(memories.id, ids), isLate)))
    },
    /** These have them again, but for what was written since. */
    async regainedVectors(encoder: string, ids: string[], lateMs: number): Promise<void> {
      const isOld = sql`${memories.updatedAt} <= now() - ${lateMs} * interval '1 millisecond'`
      await db
        .update(memories)
        .set({ encoder })
        .where(and(eq(memories.encoder, ''), inArray(memories.id, ids), isOld))
    },

    /** Rows of anybody that have no vector of this encoder yet. */
    withoutVector: (encoder: string, limit: number): Promise<MemoryRow[]> =>
      db.select().from(memories).where(ne(memories.encoder, encoder)).orderBy(memories.id).limit(limit),
  }
}
export type MemoryRows = ReturnType<typeof createRows>

export const toMemory = (row: MemoryRow): Memory => ({
  id: row.id,
  text: row.text,
  conversationId: row.conversationId,
  createdAt: row.createdAt.toISOString(),
  origin: MemoryOrigin.safeParse(row.origin).data ?? 'unknown',
  trusted: isTrusted(row),
})
