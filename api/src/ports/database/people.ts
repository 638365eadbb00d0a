import { and, eq, notExists, sql } from 'drizzle-orm'
import type { Database } from './index.ts'
import { erasures, users } from './tables.ts'

/** Whether there is such a person, and nobody has begun to erase them. */
export async function isThere({ db }: Pick<Database, 'db'>, userId: string): Promise<boolean> {
  const begun = db
    .select({ one: sql`1` })
    .from(erasures)
    .where(eq(erasures.userId, users.id))
  const [found] = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, userId), notExists(begun)))
  return found !== undefined
}
