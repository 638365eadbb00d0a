import { and, eq, isNull, lt, or, sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { idempotentAnswers } from '#ports/database/tables.ts'

const keptHours = 24
/** A first request that has no answer by now died with its process. */
const workSecondsMax = 60

/** First answers in the table `idempotent_answers`, for a day. One insert decides who is first, over all processes. */
export function createIdempotencyStore({ db }: Pick<Database, 'db'>) {
  const of = (userId: string, key: string) => and(eq(idempotentAnswers.userId, userId), eq(idempotentAnswers.key, key))
  return {
    async claim(userId: string, key: string, request: string) {
      const outlived = lt(idempotentAnswers.createdAt, sql`now() - make_interval(hours => ${keptHours})`)
      const abandoned = and(isNull(idempotentAnswers.status), lt(idempotentAnswers.createdAt, sql`now() - make_interval(secs => ${workSecondsMax})`))
      await db.delete(idempotentAnswers).where(and(eq(idempotentAnswers.userId, userId), or(outlived, abandoned)))
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
