import type { User } from '@jarvis/contracts/accounts.ts'
import { and, gt, sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { users } from '#ports/database/tables.ts'
import { shownAddress } from './provisional.ts'
import { toUser } from './user-changes.ts'

const listedAtOnce = 500

/** Everybody, the oldest first; `q` is looked for in email and name, ignoring case. */
export async function* listPeople({ db }: Pick<Database, 'db'>, q: string): AsyncGenerator<User & { disabled: boolean }> {
  for (let after = ''; ;) {
    const isNext = after === '' ? undefined : gt(users.id, after)
    const rows = await db
      .select()
      .from(users)
      .where(and(isNext, sql`position(lower(${q}) in lower(${shownAddress} || ' ' || ${users.name})) > 0`))
      .orderBy(users.id)
      .limit(listedAtOnce)
    for (const row of rows) yield { ...toUser(row), disabled: row.disabledAt !== null }
    if (rows.length < listedAtOnce) return
    after = rows.at(-1)!.id
  }
}
