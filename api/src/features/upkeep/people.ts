import { asc, gt } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { users } from '#ports/database/tables.ts'

const pageRows = 5000

/** The ids of all people, a page at a time. */
export async function* everybody({ db }: Pick<Database, 'db'>): AsyncGenerator<string> {
  for (let last = '00000000-0000-0000-0000-000000000000'; ;) {
    const page = await db.select({ id: users.id }).from(users).where(gt(users.id, last)).orderBy(asc(users.id)).limit(pageRows)
    for (const { id } of page) yield id
    if (page.length < pageRows) return
    last = page.at(-1)!.id
  }
}
