import { and, eq, isNull, notExists, type SQL, sql } from 'drizzle-orm'
import type { Database } from './index.ts'
import { erasures, users } from './tables.ts'

/** Whether there is such a person, and nobody has begun to erase them. */
export const isThere = ({ db }: Pick<Database, 'db'>, userId: string) => find(db, userId)

/** The same, and they may use Jarvis. */
export const isActive = ({ db }: Pick<Database, 'db'>, userId: string) => find(db, userId, isNull(users.disabledAt))

async function find(db: Database['db'], userId: string, further?: SQL): Promise<boolean> {
  const begun = db
    .select({ one: sql`1` })
    .from(erasures)
    .where(eq(erasures.userId, users.id))
  const [found] = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, userId), notExists(begun), further))
  return found !== undefined
}
