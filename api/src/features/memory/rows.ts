import { createHash } from 'node:crypto'
import { memoriesMax, type Memory, MemoryOrigin, type ReplacedMemory } from '@jarvis/contracts/memory.ts'
import { and, desc, eq, exists, gt, inArray, ne, not, or, type SQL, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { memories, messages, users } from '#ports/database/tables.ts'
import type { Fact } from './extract.ts'
import { normalised } from './same-text.ts'

export type MemoryRow = typeof memories.$inferSelect
/** What is to be remembered, and where it came from. */
export type NewMemory = { text: string; origin: MemoryOrigin; conversationId?: string | null }
/** The message that facts were found in. */
export type Said = { origin: MemoryOrigin; conversationId: string; messageId: string }
type Values = NewMemory & { messageId?: string; createdAt?: Date } & Partial<Pick<Fact, 'source' | 'subject' | 'happened'>>

export const isOwn = (origin: MemoryOrigin) => origin === 'person' || origin === 'chat'
export const isTrusted = ({ origin, trusted }: Pick<MemoryRow, 'origin' | 'trusted'>) => isOwn(origin) || trusted

/** Equal for texts that say the same with the same words. */
export const digestOf = (text: string) => createHash('sha256').update(normalised(text)).digest('hex')

/**
 * Not replaced: its successor is gone, or it was said again since, which the version before does without a word of it. What a row of before lost
 * by the hand of that version is in nobody's history and holds again.
 */
const isOpen = sql`(memories.successor_id is null or memories.created_at > memories.closed_at or not exists (select from memories successor where successor.id = memories.successor_id))`
/** Where facts come from that nobody wrote down themself. */
const found = ['chat', 'key'] as const
/** What its person wrote anew themself is not of the conversation any more. */
const saidIn = (conversationId: string) => and(eq(memories.conversationId, conversationId), ne(memories.origin, 'person'))!

/** What is remembered of people, row by row; every statement names whose it is. */
export function createRows({ db }: Pick<Database, 'db'>) {
  const of = (userId: string, ...further: SQL[]) => and(eq(memories.userId, userId), ...further)

  /** What may give way to what is new: found in conversations, nobody's own word, and without a history that would hold again. */
  const mayGo = (userId: string) =>
    of(
      userId,
      inArray(memories.origin, [...found]),
      not(memories.trusted),
      not(sql`exists (select from memories before where before.successor_id = memories.id)`),
    )

  /** The same text is renewed instead of doubled, but what is the person's own is not renewed by what is not. */
  async function put(tx: Database['db'] | Transaction, userId: string, memory: Values): Promise<MemoryRow> {
    const { text, origin, conversationId = null, messageId = null, source = null, subject = '', happened = null, createdAt = new Date() } = memory
    const said = { messageId, source, subject, happened, successorId: null, closedAt: null }
    const values = { text, origin, conversationId, ...said, trusted: false, createdAt, updatedAt: sql`now()`, encoder: '' }
    const digest = digestOf(text)
    const mayRenew = isOwn(origin) ? undefined : sql`not (${memories.trusted} or ${memories.origin} in ('person', 'chat'))`
    const [row] = await tx
      .insert(memories)
      .values({ id: newId(), userId, digest, ...values })
      .onConflictDoUpdate({ target: [memories.userId, memories.digest], set: values, ...(mayRenew && { setWhere: mayRenew }) })
      .returning()
    if (row) return row
    const [there] = await tx
      .select()
      .from(memories)
      .where(of(userId, eq(memories.digest, digest)))
    if (!there) throw new AppError('conflict', 'This memory changed meanwhile. Try again.')
    return there
  }

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

    put: (userId: string, memory: NewMemory): Promise<MemoryRow> => put(db, userId, memory),

    /** With those that were replaced. */
    count: (userId: string): Promise<number> => db.$count(memories, of(userId)),

    /**
     * The facts of a message, all or none, with what they replace; nothing when the message is gone, or its facts are there: a job may be done
     * twice. What is not the person's own ends nothing that is. `closed` are those that were replaced.
     */
    async keep(
      userId: string,
      { origin, conversationId, messageId }: Said,
      facts: readonly Fact[],
    ): Promise<{ kept: MemoryRow[]; closed: MemoryRow[] }> {
      return await db.transaction(async (tx) => {
        const [message] = await tx.select({ id: messages.id }).from(messages).where(eq(messages.id, messageId)).for('key share')
        if (!message) return { kept: [], closed: [] }
        const [kept, closed]: [MemoryRow[], MemoryRow[]] = [[], []]
        for (const { replaces, ...fact } of facts) {
          const row = await put(tx, userId, { ...fact, origin, conversationId, messageId })
          kept.push(row)
          const ended = replaces.filter((id) => id !== row.id)
          if (ended.length === 0) continue
          const set = { successorId: row.id, updatedAt: sql`now()` }
          const mayEnd = isOwn(origin) ? sql`true` : sql`not (${memories.trusted} or ${memories.origin} in ('person', 'chat'))`
          const rows = await tx
            .update(memories)
            .set({ ...set, closedAt: sql`now()`, encoder: '' })
            .where(of(userId, inArray(memories.id, ended), isOpen, mayEnd))
            .returning()
          closed.push(...rows)
          // What those replaced is the history of the newest.
          if (rows.length > 0)
            await tx
              .update(memories)
              .set(set)
              .where(
                of(
                  userId,
                  inArray(
                    memories.successorId,
                    rows.map(({ id }) => id),
                  ),
                  ne(memories.id, row.id),
                ),
              )
        }
        return { kept, closed }
      })
    },

    /** Whether nothing new is taken: as much as there may be, and none of it may be let go. */
    async isFull(userId: string): Promise<boolean> {
      if ((await db.$count(memories, of(userId))) < memoriesMax) return false
      return (await db.select({ id: memories.id }).from(memories).where(mayGo(userId)).limit(1)).length === 0
    },

    /**
     * Lets go of so many, of what was found in conversations and is nobody's own word: what was replaced first, then what was said longest ago.
     * What replaced something that is left stays: the old would hold again. Returns them, which may be fewer.
     */
    async makeRoom(userId: string, count: number): Promise<MemoryRow[]> {
      const oldest = db.select({ id: memories.id }).from(memories).where(mayGo(userId)).orderBy(isOpen, memories.createdAt).limit(count)
      return await db
        .delete(memories)
        .where(of(userId, inArray(memories.id, oldest)))
        .returning()
    },

    /** Whether the facts of a message are there. */
    hasOf: async (userId: string, messageId: string): Promise<boolean> =>
      (await db.$count(memories, of(userId, eq(memories.messageId, messageId)))) > 0,

    /** What is remembered of these subjects. */
    about: (userId: string, subjects: string[], limit: number): Promise<MemoryRow[]> =>
      db
        .select()
        .from(memories)
        .where(of(userId, inArray(memories.subject, subjects), isOpen))
        .orderBy(desc(memories.createdAt))
        .limit(limit),

    /** What memories replaced, by the id of each, newest first. */
    async replacedBy(userId: string, ids: string[]): Promise<Map<string, ReplacedMemory[]>> {
      const rows =
        ids.length === 0
          ? []
          : await db
              .select()
              .from(memories)
              .where(of(userId, inArray(memories.successorId, ids), not(isOpen)))
              .orderBy(desc(memories.closedAt), desc(memories.createdAt))
      return new Map([...Map.groupBy(rows, (row) => row.successorId!)].map(([id, all]) => [id, all.map(toReplaced)]))
    },

    /** What one memory replaced. */
    historyOf: (userId: string, id: string): Promise<MemoryRow[]> =>
      db
        .select()
        .from(memories)
        .where(of(userId, eq(memories.successorId, id))),

    /** What was found in these messages and was replaced since. */
    replacedIn: async (userId: string, messageIds: string[]): Promise<Pick<MemoryRow, 'source' | 'text'>[]> =>
      messageIds.length === 0
        ? []
        : await db
            .select({ source: memories.source, text: memories.text })
            .from(memories)
            .where(of(userId, inArray(memories.messageId, messageIds), not(isOpen))),

    /** Keeps what is there already. Returns whether it was new. */
    async adopt(
      userId: string,
      row: Pick<MemoryRow, 'id' | 'text' | 'origin' | 'trusted' | 'createdAt'> &
        Partial<Pick<MemoryRow, 'conversationId' | 'source' | 'subject' | 'happened'>>,
    ): Promise<boolean> {
      const { rowCount } = await db
        .insert(memories)
        .values({ ...row, userId, digest: digestOf(row.text) })
        .onConflictDoNothing()
      return rowCount === 1
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
              .where(of(userId, inArray(memories.id, ids), isOpen))
      return new Map(rows.map((row) => [row.id, row]))
    },

    /** Newest first, without those that were replaced. */
    page: (
      userId: string,
      { limit, offset, conversationId }: { limit: number; offset: number; conversationId?: string | undefined },
    ): Promise<MemoryRow[]> =>
      db
        .select()
        .from(memories)
        .where(of(userId, isOpen, ...(conversationId ? [saidIn(conversationId)] : [])))
        .orderBy(desc(memories.createdAt), desc(memories.id))
        .limit(limit)
        .offset(offset),

    /** What was written since a moment, in pages: `after` is the last row before. */
    async changed(
      userId: string,
      since: Date,
      after: string,
      limit: number,
    ): Promise<(Pick<MemoryRow, 'id' | 'text' | 'createdAt' | 'updatedAt'> & { isOpen: boolean })[]> {
      return await db
        .select({
          id: memories.id,
          text: memories.text,
          createdAt: memories.createdAt,
          updatedAt: memories.updatedAt,
          isOpen: sql<boolean>`${isOpen}`,
        })
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
          .set({ text, digest, origin, trusted: false, source: null, messageId: null, happened: null, updatedAt: sql`now()`, encoder: '' })
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

    /** With what it replaced; without an id, all of them. */
    async remove(userId: string, id?: string): Promise<void> {
      await db.delete(memories).where(id === undefined ? of(userId) : of(userId, or(eq(memories.id, id), eq(memories.successorId, id))!))
    },

    /** What was said in a conversation; what it replaced and was said elsewhere holds again. */
    async removeFrom(userId: string, conversationId: string): Promise<MemoryRow[]> {
      return await db.transaction(async (tx) => {
        const gone = await tx
          .delete(memories)
          .where(of(userId, saidIn(conversationId)))
          .returning()
        const ids = gone.map(({ id }) => id)
        if (ids.length > 0)
          await tx
            .update(memories)
            .set({ successorId: null, closedAt: null, updatedAt: sql`now()` })
            .where(of(userId, inArray(memories.successorId, ids)))
        return gone
      })
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
    async there(ids: string[]): Promise<string[]> {
      const rows = ids.length === 0 ? [] : await db.select({ id: memories.id }).from(memories).where(inArray(memories.id, ids))
      return rows.map(({ id }) => id)
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
    withoutVector: (encoder: string, limit: number, after: string): Promise<MemoryRow[]> =>
      db
        .select()
        .from(memories)
        .where(and(ne(memories.encoder, encoder), gt(memories.id, after), isOpen))
        .orderBy(memories.id)
        .limit(limit),
  }
}
export type MemoryRows = ReturnType<typeof createRows>

export const toMemory = (row: MemoryRow, replaced: ReplacedMemory[] = []): Memory => ({
  id: row.id,
  text: row.text,
  conversationId: row.conversationId,
  createdAt: row.createdAt.toISOString(),
  origin: MemoryOrigin.safeParse(row.origin).data ?? 'unknown',
  trusted: isTrusted(row),
  source: row.source,
  subject: row.subject,
  happened: row.happened,
  replaced,
})

const toReplaced = ({ id, text, createdAt, closedAt }: MemoryRow): ReplacedMemory => ({
  id,
  text,
  createdAt: createdAt.toISOString(),
  closedAt: (closedAt ?? createdAt).toISOString(),
})
