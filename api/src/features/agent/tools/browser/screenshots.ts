import { and, desc, eq, notInArray } from 'drizzle-orm'
import { newId } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { screenshots } from '#ports/database/tables.ts'

/** Of one person; older ones make room. */
const keptMax = 200

export type ScreenshotStore = ReturnType<typeof createScreenshotStore>

/** Pictures of pages in the table `screenshots`, each for its owner alone, for a day or for as long as its conversation is there. */
export function createScreenshotStore({ db }: Pick<Database, 'db'>) {
  return {
    async keep(picture: { userId: string; conversationId: string; jpeg: Uint8Array }): Promise<string> {
      const id = newId()
      await db.insert(screenshots).values({ id, ...picture })
      const own = eq(screenshots.userId, picture.userId)
      const newest = db.select({ id: screenshots.id }).from(screenshots).where(own).orderBy(desc(screenshots.createdAt)).limit(keptMax)
      await db.delete(screenshots).where(and(own, notInArray(screenshots.id, newest)))
      return id
    },
    async read(userId: string, id: string): Promise<Uint8Array | null> {
      const [found] = await db
        .select({ jpeg: screenshots.jpeg })
        .from(screenshots)
        .where(and(eq(screenshots.id, id), eq(screenshots.userId, userId)))
      return found?.jpeg ?? null
    },
  }
}
