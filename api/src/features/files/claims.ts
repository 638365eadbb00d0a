import { setTimeout as wait } from 'node:timers/promises'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import { files } from '#ports/database/tables.ts'

export type FileRow = typeof files.$inferSelect

/** So many files of one person are read at a time, in all processes: another's need not wait behind a pile of them. */
const atOncePerPerson = 2
const silentSecondsMax = 20
const renewMs = 2000

/** A reader that is at work says so; the file of one that is silent is for another. */
export const isHeld = sql`coalesce(${files.claimedAt} > now() - make_interval(secs => ${silentSecondsMax}), false)`
export const isDue = ({ id, userId }: Pick<FileRow, 'id' | 'userId'>) =>
  and(eq(files.id, id), eq(files.userId, userId), eq(files.status, 'processing'))

/** Who reads which file now: each is read by one, and each person has a share of the readers. */
export function createClaims({ db, log }: Pick<Database, 'db'> & { log: Log }) {
  const set = (file: FileRow, claimedAt: Date | null) => db.update(files).set({ claimedAt }).where(isDue(file))

  /** The next that is to be read: of who has the fewest at work, the oldest. One that failed comes after those that did not. */
  async function next(): Promise<FileRow | undefined> {
    const place = sql`(
      with held as (select user_id, count(*) as count from files where status = 'processing' and ${isHeld} group by user_id)
      select f.id from files f left join held on held.user_id = f.user_id
      where f.status = 'processing' and coalesce(held.count, 0) < ${atOncePerPerson}
        and coalesce(f.claimed_at <= now() - make_interval(secs => ${silentSecondsMax}), true)
      order by coalesce(held.count, 0), f.claimed_at nulls first, f.id limit 1 for update of f skip locked)`
    const [file] = await db
      .update(files)
      .set({ claimedAt: sql`now()` })
      .where(inArray(files.id, place))
      .returning()
    return file
  }

  /** The time of the database, in text: `Date` would cut it off. */
  const now = async () => (await db.execute<{ at: string }>(sql`select now()::text as at`)).rows[0]!.at

  const isAnySilentSince = async (since: string) =>
    (await db.execute(sql`select from files where status = 'processing' and ${isHeld} and claimed_at <= ${since}::timestamptz limit 1`)).rows.length >
    0

  return {
    next,

    /**
     * One after the other, until none is due. A reader that died leaves a claim behind that runs out: until each reader there is has said
     * that it is at work, its file may still become due, and no other job might come for it.
     */
    async *due(signal: AbortSignal): AsyncGenerator<FileRow> {
      let since: string | undefined
      while (!signal.aborted) {
        const file = await next()
        if (file) {
          since = undefined
          yield file
          continue
        }
        since ??= await now()
        if (!(await isAnySilentSince(since))) return
        await wait(renewMs, undefined, { signal })
      }
    },

    /** Keeps the claim until it is disposed of. `signal` aborts when the file is to be read no longer: it was stopped or deleted. */
    hold(file: FileRow, outer: AbortSignal) {
      const lost = new AbortController()
      const renew = async () => {
        const still = await db
          .update(files)
          .set({ claimedAt: sql`now()` })
          .where(isDue(file))
          .returning({ id: files.id })
        if (still.length === 0) lost.abort(new Error('The file is to be read no longer.'))
      }
      const timer = setInterval(() => {
        renew().catch((error: unknown) => log.warn({ err: error, fileId: file.id }, 'a file is read, and that could not be said'))
      }, renewMs)
      return { signal: AbortSignal.any([outer, lost.signal]), isLost: () => lost.signal.aborted, [Symbol.dispose]: () => clearInterval(timer) }
    },

    /** For another process, at once. */
    release: async (file: FileRow) => void (await set(file, null)),
    /** To be tried again after all others. */
    defer: async (file: FileRow) => void (await set(file, new Date(0))),
  }
}
