import { sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { backups } from '#ports/database/tables.ts'

type Backup = typeof backups.$inferInsert

type BackupState = {
  /** The newest that was read back whole; `at` is the moment it is of. */
  last: { name: string; at: Date; bytes: number; ageSeconds: number } | null
  /** Since then. */
  failures: number
  failure: { at: Date; reason: string } | null
}

/** Keeps how an attempt ended, for the administrator. */
export async function recordBackup(db: Database['db'], backup: Backup): Promise<void> {
  await db.insert(backups).values(backup).onConflictDoNothing()
}

type StateRow = {
  name: string | null
  at: Date | null
  bytes: string | null
  age_seconds: number | null
  failures: number
  failed_at: Date | null
  failure: string | null
}

/** By the database's clock. */
export async function backupState(db: Database['db']): Promise<BackupState> {
  const { rows } = await db.execute<StateRow>(sql`
    with last as (select * from ${backups} where failure is null order by began_at desc limit 1),
    failed as (select * from ${backups} where failure is not null and began_at > coalesce((select began_at from last), '-infinity'))
    select l.name, l.began_at as at, l.bytes, extract(epoch from now() - l.began_at)::float8 as age_seconds,
      (select count(*)::int from failed) as failures, f.began_at as failed_at, f.failure
    from (select) as one left join last l on true left join (select * from failed order by began_at desc limit 1) f on true`)
  const { name, at, bytes, age_seconds, failures, failed_at, failure } = rows[0]!
  return {
    last: name === null ? null : { name, at: new Date(at!), bytes: Number(bytes), ageSeconds: age_seconds! },
    failures,
    failure: failure === null ? null : { at: new Date(failed_at!), reason: failure },
  }
}
