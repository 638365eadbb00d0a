import { and, asc, desc, eq, gt, inArray, isNull, lt, ne, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { newId } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, memoryPeople, memoryTurns, messages, users } from '#ports/database/tables.ts'
import { piecesOfAnswer, piecesOfQuestion } from './turns.ts'

export type TurnRow = typeof memoryTurns.$inferSelect
export type TurnRows = ReturnType<typeof createTurnRows>
/** Where in the order in which they were kept a row stands. */
export type KeptAt = Pick<TurnRow, 'keptAt' | 'id'>

type How = { encoder?: string | null; isEarlier?: boolean }

const ended = ['complete', 'stopped'] as const

/** What was said in conversations; every statement names whose it is. */
export function createTurnRows({ db }: Pick<Database, 'db'>) {
  const of = (userId: string, ...further: (SQL | undefined)[]) => and(eq(memoryTurns.userId, userId), ...further)
  const question = alias(messages, 'question')

  /** Answers with their questions, oldest first, of conversations that are kept, of people whose memory is on. */
  const turnsThat = (userId: string, which: SQL, limit: number) =>
    db
      .select({ answer: messages, question })
      .from(messages)
      .innerJoin(question, eq(question.id, messages.parentId))
      .innerJoin(conversations, eq(conversations.id, messages.conversationId))
      .innerJoin(users, eq(users.id, conversations.userId))
      .where(and(eq(users.id, userId), eq(users.memory, 'on'), eq(conversations.temporary, false), eq(messages.role, 'assistant'), which))
      .orderBy(desc(messages.position))
      .limit(limit)
      .then((turns) => turns.toReversed())
  type Turn = Awaited<ReturnType<typeof turnsThat>>[number]

  /** All pieces of these turns that are not there yet. What is deleted meanwhile stays deleted. */
  async function keep(userId: string, turns: readonly Turn[], { encoder = '', isEarlier = false }: How = {}): Promise<void> {
    const rows = turns.flatMap(({ answer, question }) => {
      const asked = piecesOfQuestion(question).map((piece) => ({ ...piece, messageId: question.id, saidAt: question.createdAt }))
      const answered = (ended as readonly string[]).includes(answer.status) ? piecesOfAnswer(answer, question) : []
      return [...asked, ...answered.map((piece) => ({ ...piece, messageId: answer.id, saidAt: answer.createdAt }))].map((piece) => ({
        ...piece,
        id: newId(),
        userId,
        conversationId: answer.conversationId,
        questionId: question.id,
        encoder,
      }))
    })
    if (rows.length === 0) return
    await db.transaction(async (tx) => {
      // What is forgotten, or paused, at the same time ends this first, or finds what it brought.
      if (isEarlier) {
        await tx.insert(memoryPeople).values({ userId }).onConflictDoNothing()
        const [person] = await tx.select().from(memoryPeople).where(eq(memoryPeople.userId, userId)).for('update')
        if (person?.turnsDoneAt !== null) return
      }
      const ids = [...new Set(rows.map(({ messageId }) => messageId))]
      const there = await tx.select({ id: messages.id }).from(messages).where(inArray(messages.id, ids)).for('key share')
      const known = new Set(there.map(({ id }) => id))
      const left = rows.filter(({ messageId }) => known.has(messageId))
      if (left.length > 0) await tx.insert(memoryTurns).values(left).onConflictDoNothing()
    })
  }

  return {
    /** An answer and its question; nothing of a temporary conversation, or while the memory is paused. */
    keep: async (userId: string, answerId: string): Promise<void> => keep(userId, await turnsThat(userId, eq(messages.id, answerId), 1)),

    /** People of whom something may have been said before turns were kept, and who is not known not to want it. */
    async unfinished(limit: number): Promise<{ userId: string; from: string | null; isPaused: boolean }[]> {
      return await db
        .select({ userId: users.id, from: memoryPeople.turnsFrom, isPaused: sql<boolean>`${users.memory} <> 'on'` })
        .from(users)
        .leftJoin(memoryPeople, eq(memoryPeople.userId, users.id))
        .where(isNull(memoryPeople.turnsDoneAt))
        .orderBy(users.id)
        .limit(limit)
    },

    /** The newest of a person's conversations before one. */
    async conversationBefore(userId: string, before: string | null): Promise<string | null> {
      const [found] = await db
        .select({ id: conversations.id })
        .from(conversations)
        .where(and(eq(conversations.userId, userId), eq(conversations.temporary, false), before === null ? undefined : lt(conversations.id, before)))
        .orderBy(desc(conversations.id))
        .limit(1)
      return found?.id ?? null
    },

    /**
     * What was said in a conversation before turns were kept, as far as it is harmless, its newest answers. Of an answer of before nobody noted in
     * every case what it was made from: after the first call of a tool all answers of the conversation are as text from outside. Returns how many.
     */
    async keepEarlier(
      userId: string,
      conversationId: string,
      { max, isHarmless, encoder }: { max: number; isHarmless: (text: string) => Promise<boolean>; encoder: string | null },
    ): Promise<number> {
      const turns = await turnsThat(userId, and(eq(messages.conversationId, conversationId), inArray(messages.status, [...ended]))!, max)
      let isClean = true
      const judged = turns.map(({ answer, question }) => {
        isClean &&= answer.toolCalls.length === 0 && answer.taint === null && !question.viaKey && question.context === null
        return { question, answer: { ...answer, taint: answer.taint ?? (isClean ? null : earlierTaint) } }
      })
      const harmless: Turn[] = []
      for (const turn of judged) if (await isHarmless(turn.question.content)) harmless.push(turn)
      await keep(userId, harmless, { encoder, isEarlier: true })
      return turns.length
    },

    /** From here on older conversations are still to be looked at; null: none. Returns whether they were to be until now. */
    async reached(userId: string, from: string | null): Promise<boolean> {
      const set = from === null ? { turnsDoneAt: sql`now()` } : { turnsFrom: from }
      const { rowCount } = await db
        .insert(memoryPeople)
        .values({ userId, ...set })
        .onConflictDoUpdate({ target: memoryPeople.userId, set, setWhere: isNull(memoryPeople.turnsDoneAt) })
      return rowCount === 1
    },

    /** Whether anything is kept that was not said in this conversation. */
    async anyElsewhere(userId: string, conversationId: string): Promise<boolean> {
      const [one] = await db
        .select({ id: memoryTurns.id })
        .from(memoryTurns)
        .where(of(userId, ne(memoryTurns.conversationId, conversationId)))
        .limit(1)
      return one !== undefined
    },

    any: async (userId: string): Promise<boolean> => (await db.$count(memoryTurns, of(userId))) > 0,

    async some(userId: string, ids: string[]): Promise<Map<string, TurnRow>> {
      const rows =
        ids.length === 0
          ? []
          : await db
              .select()
              .from(memoryTurns)
              .where(of(userId, inArray(memoryTurns.id, ids)))
      return new Map(rows.map((row) => [row.id, row]))
    },

    /** Pieces of a question and of all its answers. */
    ofQuestion: (userId: string, questionId: string): Promise<TurnRow[]> =>
      db
        .select()
        .from(memoryTurns)
        .where(of(userId, eq(memoryTurns.questionId, questionId))),

    /** What was kept since, in the order in which it was; or, newest first, what was kept before. */
    keptAfter: (userId: string, { keptAt, id }: KeptAt, limit: number): Promise<TurnRow[]> =>
      db
        .select()
        .from(memoryTurns)
        .where(of(userId, sql`(${memoryTurns.keptAt}, ${memoryTurns.id}) > (${keptAt.toISOString()}::timestamptz, ${id}::uuid)`))
        .orderBy(asc(memoryTurns.keptAt), asc(memoryTurns.id))
        .limit(limit),
    keptBefore: (userId: string, before: KeptAt | null, limit: number): Promise<TurnRow[]> =>
      db
        .select()
        .from(memoryTurns)
        .where(
          of(
            userId,
            before ? sql`(${memoryTurns.keptAt}, ${memoryTurns.id}) < (${before.keptAt.toISOString()}::timestamptz, ${before.id}::uuid)` : undefined,
          ),
        )
        .orderBy(desc(memoryTurns.keptAt), desc(memoryTurns.id))
        .limit(limit),

    /** These; or all that was said in a conversation; or all. Returns what went. */
    remove: (userId: string, which: { ids: string[] } | { conversationId: string } | 'all'): Promise<TurnRow[]> =>
      db
        .delete(memoryTurns)
        .where(
          of(
            userId,
            which === 'all' ? undefined : 'ids' in which ? inArray(memoryTurns.id, which.ids) : eq(memoryTurns.conversationId, which.conversationId),
          ),
        )
        .returning(),

    async encoded(ids: string[], encoder: string): Promise<void> {
      await db.update(memoryTurns).set({ encoder }).where(inArray(memoryTurns.id, ids))
    },
    async encodersOf(tx: Pick<Database['db'], 'selectDistinct'>, userId: string): Promise<string[]> {
      const rows = await tx.selectDistinct({ encoder: memoryTurns.encoder }).from(memoryTurns).where(of(userId))
      return rows.flatMap(({ encoder }) => encoder || [])
    },
    async there(ids: string[]): Promise<string[]> {
      const rows = ids.length === 0 ? [] : await db.select({ id: memoryTurns.id }).from(memoryTurns).where(inArray(memoryTurns.id, ids))
      return rows.map(({ id }) => id)
    },
    async lostVectors(encoder: string, ids: string[], lateMs: number): Promise<void> {
      const isLate = sql`${memoryTurns.keptAt} > now() - ${lateMs} * interval '1 millisecond'`
      await db
        .update(memoryTurns)
        .set({ encoder: '' })
        .where(and(eq(memoryTurns.encoder, encoder), or(inArray(memoryTurns.id, ids), isLate)))
    },
    async regainedVectors(encoder: string, ids: string[], lateMs: number): Promise<void> {
      const isOld = sql`${memoryTurns.keptAt} <= now() - ${lateMs} * interval '1 millisecond'`
      await db
        .update(memoryTurns)
        .set({ encoder })
        .where(and(eq(memoryTurns.encoder, ''), inArray(memoryTurns.id, ids), isOld))
    },
    /** Of anybody. Two ranges, which an index has: most have one. */
    withoutVector: (encoder: string, limit: number, after: string): Promise<TurnRow[]> =>
      db
        .select()
        .from(memoryTurns)
        .where(and(or(lt(memoryTurns.encoder, encoder), gt(memoryTurns.encoder, encoder)), gt(memoryTurns.id, after)))
        .orderBy(memoryTurns.id)
        .limit(limit),
  }
}

const earlierTaint = 'a conversation of before'
