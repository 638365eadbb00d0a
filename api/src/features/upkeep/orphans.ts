import { sql } from 'drizzle-orm'
import type { Blobs } from '#ports/blobs/index.ts'
import type { Database } from '#ports/database/index.ts'
import { audit, erasures, erasureSteps } from '#ports/database/tables.ts'
import { everybody } from './people.ts'

type OrphansDeps = Pick<Database, 'db'> & {
  /** Collections of memories whose person is gone. `erased` are people who are known to be. */
  orphans(erased: string[]): Promise<{ userId: string; collections: string[] }[]>
  reopen(userId: string, store: string, keys: string[]): Promise<void>
}

/**
 * Compares the stores outside with the people there are: what is left of somebody who is gone is erased as at first. Of an erasure by another
 * version, or by hand, the tombstone tells, or the audit. Returns how many collections were found.
 */
export async function sweepOrphans({ db, orphans, reopen }: OrphansDeps): Promise<number> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select user_id::text as id from ${erasures}
    union select coalesce(actor_id::text, target) from ${audit} where action = 'user.erased' and coalesce(actor_id::text, target) is not null
    except select id::text from users`)
  const left = await orphans(rows.map(({ id }) => id))
  for (const { userId, collections } of left) await reopen(userId, 'memories', collections)
  await db.execute(sql`
    update ${erasures} set finished_at = now() where rows_gone_at is not null and finished_at is null
      and not exists (select from ${erasureSteps} s where s.user_id = ${erasures.userId})`)
  return left.reduce((sum, { collections }) => sum + collections.length, 0)
}

/** Longer than anybody sends one file. */
const unfinishedMsMax = 24 * 3600_000

/** Removes the blobs of people who are gone, such as those that a late write left, and what a process that died left half written. Returns how many. */
export async function sweepBlobs({ db, blobs }: Pick<Database, 'db'> & { blobs: Blobs }): Promise<number> {
  // Owners first: somebody who comes meanwhile is among the people.
  const left = new Set(await blobs.owners())
  if (left.size === 0) return 0
  for await (const id of everybody({ db })) left.delete(id)
  await blobs.removeAllOf([...left])
  return left.size + (await blobs.removeUnfinished(new Date(Date.now() - unfinishedMsMax)))
}
