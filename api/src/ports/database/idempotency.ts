import { and, eq, lt, sql } from 'drizzle-orm'
import type { Database } from './index.ts'
import { idempotentAnswers } from './tables.ts'

const keptHours = 24

/** First answers in the table `idempotent_answers`, for a day. One insert decides who is first, over all processes. */
export function createIdempotencyStore({ db }: Pick<Database, 'db'>) {
  const of = (userId: string, key: string) => and(eq(idempotentAnswers.userId, userId), eq(idempotentAnswers.key, key))
  return {
    async claim(userId: string, key: string, request: string) {
      await db
        .delete(idempotentAnswers)
        .where(and(of(userId, key), lt(idempotentAnswers.createdAt, sql`now() - make_interval(hours => ${keptHours})`)))
      const claimed = await db.insert(idempotentAnswers).values({ userId, key, request }).onConflictDoNothing().returning()
      if (claimed.length > 0) return null
      const [first] = await db.select().from(idempotentAnswers).where(of(userId, key))
      return first ?? null
    },
    keep: async (userId: string, key: string, answer: { status: number; body: string }) => {
      await db.update(idempotentAnswers).set(answer).where(of(userId, key))
    },
    release: async (userId: string, key: string) => {
      await db.delete(idempotentAnswers).where(of(userId, key))
    },
  }
}
