import { like, type SQL, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { Database } from '#ports/database/index.ts'
import { sweeps } from '#ports/database/tables.ts'
import type { Vectors } from '#ports/vectors/index.ts'
import { retention } from './retention.ts'

export type ScrubDeps = Pick<Database, 'db' | 'files'> & {
  vectors: Pick<Vectors, 'files'>
  /** Writes the collections anew that something was removed from. */
  renewCollections(): Promise<void>
}

const graceMs = 3_600_000
const named = (file: string) => `files of ${file}`
const wished = new Set(retention.filter(({ wished }) => wished).map(({ what }) => `public.${what}`))

/**
 * Takes what people deleted out of the files of embedded engines; servers are the operator's. It begins only when rows went that go by a
 * person's wish alone, and writes only tables anew that rows went from. What each file is clean up to stands in the table `sweeps`.
 */
export function createScrub({ db, files, vectors, renewCollections }: ScrubDeps) {
  async function notes() {
    const rows = await db
      .select()
      .from(sweeps)
      .where(like(sweeps.what, named('%')))
    return new Map(rows.map(({ what, ...row }) => [what, row]))
  }

  async function note(file: string, since: number, removed: number, sweptAt: SQL | Date = sql`now()`): Promise<void> {
    const done = { removed, tookMs: Math.round(performance.now() - since), failure: null, sweptAt }
    await db
      .insert(sweeps)
      .values({ what: named(file), ...done })
      .onConflictDoUpdate({ target: sweeps.what, set: done })
  }

  async function scrubTables(triesMax?: number): Promise<void> {
    if (!files) return
    const known = await notes()
    const rest = (await files.deleted()).filter(({ table, rows, since }) => {
      const last = known.get(named(table))
      // After a crash the server has begun to count anew: what went before it is not known.
      return last?.sweptAt == null || last.removed !== rows || since > last.sweptAt
    })
    if (!rest.some(({ table }) => wished.has(table))) return
    const rewrite = async (some: typeof rest) => {
      const since = performance.now()
      const done = new Set(
        await files.rewrite(
          some.map(({ table }) => table),
          triesMax,
        ),
      )
      for (const { table, rows } of some) if (done.has(table)) await note(table, since, rows)
      const left = some.filter(({ table }) => !done.has(table)).map(({ table }) => table)
      if (left.length > 0) throw new AppError('unavailable', `In use all the time, so left for the next try: ${left.join(', ')}`)
    }
    // Those that say that there is something to do come last: they still say so when another was in use.
    await rewrite(rest.filter(({ table }) => !wished.has(table)))
    await rewrite(rest.filter(({ table }) => wished.has(table)))
  }

  async function scrubVectors(folderGraceMs: number): Promise<void> {
    if (!vectors.files) return
    const last = (await notes()).get(named('memories'))?.sweptAt
    if (last && (await vectors.files.changedAt()) <= last) return
    const since = performance.now()
    await renewCollections()
    const changedAt = await vectors.files.rewrite(folderGraceMs)
    await note('memories', since, 0, changedAt)
  }

  return async ({ folderGraceMs = graceMs, triesMax }: { folderGraceMs?: number; triesMax?: number } = {}): Promise<void> => {
    await scrubVectors(folderGraceMs)
    await scrubTables(triesMax)
  }
}
