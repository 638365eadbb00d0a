import type { Feedback } from '@jarvis/contracts/chat.ts'
import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, messages } from '#ports/database/tables.ts'

/** What people think of answers. */
export function createFeedback({ db }: Pick<Database, 'db'>) {
  return {
    /** @throws not_found for what is no answer of this person's */
    async rate(caller: Caller, messageId: string, feedback: Feedback | null): Promise<void> {
      const own = db.select({ id: conversations.id }).from(conversations).where(eq(conversations.userId, caller.userId))
      const rated = await db
        .update(messages)
        .set({ feedback })
        .where(and(eq(messages.id, messageId), eq(messages.role, 'assistant'), inArray(messages.conversationId, own)))
        .returning({ id: messages.id })
      if (rated.length === 0) throw new AppError('not_found', 'There is no such answer.')
    },

    /** By model: how many liked its answers, and how many did not. Of no model are messages that were blocked, by mistake as their writers say. Nobody's words, and nobody's name. */
    async totals(): Promise<{ model: string; up: number; down: number }[]> {
      const count = (rating: Feedback['rating']) => sql<number>`count(*) filter (where ${messages.feedback}->>'rating' = ${rating})::int`
      return await db
        .select({ model: sql<string>`coalesce(${messages.model}, '')`, up: count('up'), down: count('down') })
        .from(messages)
        .where(isNotNull(messages.feedback))
        .groupBy(messages.model)
        .orderBy(sql`count(*) desc`)
        .limit(100)
    },
  }
}
