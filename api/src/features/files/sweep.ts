import { eq } from 'drizzle-orm'
import type { Blobs } from '#ports/blobs/index.ts'
import type { Database } from '#ports/database/index.ts'
import { files } from '#ports/database/tables.ts'

/** Longer than it takes until bytes that are stored have their row. */
const graceMs = 24 * 3600_000

/** Removes blobs that no file has: those of a process that died between the two. Returns how many. */
export async function sweepFiles({ db, blobs }: Pick<Database, 'db'> & { blobs: Blobs }): Promise<number> {
  let removed = 0
  for (const ownerId of await blobs.owners()) {
    const old = (await blobs.list(ownerId)).filter((key) => madeAt(key) < Date.now() - graceMs)
    if (old.length === 0) continue
    const rows = await db.select({ blobKey: files.blobKey, shownKey: files.shownKey }).from(files).where(eq(files.userId, ownerId))
    const kept = new Set(rows.flatMap(({ blobKey, shownKey }) => [blobKey, shownKey]))
    for (const key of old.filter((key) => !kept.has(key))) {
      await blobs.remove(key)
      removed++
    }
  }
  return removed
}

/** A key ends in a UUIDv7, which begins with its time in milliseconds. */
const madeAt = (key: string) => Number.parseInt(key.split('/').at(-1)!.replaceAll('-', '').slice(0, 12), 16)
