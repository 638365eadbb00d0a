import type { File, FileStorage, FileText } from '@jarvis/contracts/files.ts'
import type { PlanId } from '@jarvis/contracts/plans.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, asc, desc, eq, gte, inArray, lt, sql } from 'drizzle-orm'
import { dropSharesOf, notTheirs, passagesSeenBy } from '#features/sharing/index.ts'
import { cursorOf, idOfCursor } from '#lib/cursor.ts'
import type { ByteRange } from '#ports/blobs/index.ts'
import { filePassages, files, users } from '#ports/database/tables.ts'
import { createBring, once } from './bring.ts'
import { createKeepPage, type KeepPageDeps } from './keep-page.ts'
import { fileOf, fileSeenBy, filesOf, filesSeenBy, noFile } from './owned.ts'
import { createForPrompt } from './for-prompt.ts'
import { createPassageVectors, type PassageVectorsDeps } from './passage-vectors.ts'
import { createReading, type ReadingDeps } from './reading.ts'
import { createReceive, limitsBy, type ReceiveDeps, type Sent } from './receive.ts'
import { createFind, createSearch } from './search.ts'
import { sweepFiles } from './sweep.ts'
import { createTables, type TablesDeps } from './tables.ts'
import { toFile } from './to-file.ts'
import { whileSeen } from './while-seen.ts'

export type FilesDeps = Omit<ReceiveDeps, 'reading'> &
  Omit<ReadingDeps, 'passageVectors'> &
  PassageVectorsDeps &
  TablesDeps &
  Pick<KeepPageDeps, 'fetchPage'>
export type { Brought } from './bring.ts'
export { type Answered, filesFigures, foundMax, recallOf } from './evaluation/figures.ts'
export type { ForPrompt } from './for-prompt.ts'
export type { Found } from './search.ts'
export type Files = ReturnType<typeof createFiles>

/**
 * What people keep: files by their owner, and their bytes in the store of blobs. Another's file answers as if it did not exist, unless they let
 * this person read it: then it is read, and changed by nobody but its owner.
 */
export function createFiles(deps: FilesDeps) {
  const { db, blobs } = deps
  const passageVectors = createPassageVectors(deps)
  const reading = createReading({ ...deps, passageVectors })
  const search = createSearch({ db, passageVectors })
  const tablesAsText = deps.tableRowsShown === undefined

  /** To read it. @throws not_found */
  async function seenRow(readerId: string, id: string) {
    const [found] = await db.select(withOwner).from(files).innerJoin(users, isOwner).where(fileSeenBy(readerId, id))
    if (!found) throw noFile()
    return found
  }

  /** To change it. @throws not_found, forbidden for who only reads it */
  async function rowOf(ownerId: string, id: string) {
    const [row] = await db.select().from(files).where(fileOf(ownerId, id))
    if (!row) throw await notTheirs(db, ownerId, 'file', id, noFile)
    return row
  }

  const { receive, requireRoom } = createReceive({ ...deps, reading })

  return {
    receive,
    requireRoom,
    /** Keeps a picture that was made for somebody. @throws what `receive` throws */
    keepPicture: (owner: Sent['owner'], { name, bytes }: { name: string; bytes: Buffer }, signal: AbortSignal) =>
      receive({ owner, name, content: once(bytes), bytesSaid: bytes.length, picturesOnly: true, signal }),
    bring: createBring(receive),
    keepPage: createKeepPage({ fetchPage: deps.fetchPage, receive }),
    forPrompt: createForPrompt({ db, blobs, search, tablesAsText }),
    find: createFind({ db, search, tablesAsText }),
    tables: createTables(deps),
    /** Passages of these files that fit the question best, the best first. */
    search,

    /** Starts reading files in this process. */
    startJobs: () => reading.work(),
    async catchUp(): Promise<void> {
      await reading.catchUp()
      await passageVectors.catchUp()
    },

    /** What of a person's files is in the vector store. */
    vectorKeysOf: passageVectors.keysOf,
    vectorOrphans: passageVectors.orphans,
    renewCollections: passageVectors.renew,

    /** Theirs, and those of others that they may read; `own`: theirs alone. */
    async list(
      readerId: string,
      { q, limit, cursor, own = false }: { q?: string | undefined; limit: number; cursor?: string | undefined; own?: boolean },
    ): Promise<Page<File>> {
      const after = cursor === undefined ? undefined : idOfCursor('files', cursor)
      const named = q === undefined ? undefined : sql`position(lower(${q}) in lower(${files.name})) > 0`
      // Their ids sort by when they came.
      const rows = await db
        .select(withOwner)
        .from(files)
        .innerJoin(users, isOwner)
        .where(and(own ? filesOf(readerId) : filesSeenBy(readerId), named, after === undefined ? undefined : lt(files.id, after)))
        .orderBy(desc(files.id))
        .limit(limit + 1)
      const items = rows.slice(0, limit).map(shownTo(readerId))
      return { items, nextCursor: rows.length > limit ? cursorOf('files', items.at(-1)!.id) : null }
    },

    async storage(ownerId: string, plan: PlanId): Promise<FileStorage> {
      const counted = { files: sql<number>`count(*)::int`, bytes: sql<number>`coalesce(sum(${files.bytes}), 0)::float8` }
      const [kept] = await db.select(counted).from(files).where(filesOf(ownerId))
      const { filesMax, bytesMax } = limitsBy(deps.bytesMax)(plan)
      return { ...kept!, filesMax, fileBytesMax: bytesMax }
    },

    /** Whether there is any that a person may see. */
    any: async (readerId: string): Promise<boolean> =>
      (await db.select({ id: files.id }).from(files).where(filesSeenBy(readerId)).limit(1)).length > 0,

    /** Those of these that a person may see. */
    named: async (readerId: string, ids: readonly string[]) =>
      (
        await db
          .select(withOwner)
          .from(files)
          .innerJoin(users, isOwner)
          .where(and(filesSeenBy(readerId), inArray(files.id, [...ids])))
      ).map(shownTo(readerId)),

    /** @throws not_found */
    get: async (readerId: string, id: string): Promise<File> => shownTo(readerId)(await seenRow(readerId, id)),

    /** Tries a file again that could not be read; any other stays as it is. @throws not_found */
    async readAgain(ownerId: string, id: string): Promise<File> {
      await reading.again({ id: (await rowOf(ownerId, id)).id, userId: ownerId })
      return toFile(await rowOf(ownerId, id))
    },

    /** A file that is read already stays as it is. @throws not_found */
    async stopReading(ownerId: string, id: string): Promise<File> {
      await reading.stop({ id: (await rowOf(ownerId, id)).id, userId: ownerId })
      return toFile(await rowOf(ownerId, id))
    },

    /** @throws not_found */
    async text(readerId: string, id: string, { from, limit }: { from: number; limit: number }): Promise<FileText> {
      const { name, pages, url, createdAt } = (await seenRow(readerId, id)).row
      const these = and(passagesSeenBy(readerId), eq(filePassages.fileId, id))
      const { position, page, heading, text } = filePassages
      const passages = await db
        .select({ position, page, heading, text })
        .from(filePassages)
        .where(and(these, gte(position, from)))
        .orderBy(asc(position))
        .limit(limit)
      return { name, pages, url, createdAt: createdAt.toISOString(), total: await db.$count(filePassages, these), passages }
    },

    /** @throws not_found, also while it is read, when another's is shared no longer */
    async content(readerId: string, id: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>> {
      const { row } = await seenRow(readerId, id)
      const content = await blobs.get(row.blobKey, range)
      if (!content) throw noFile()
      return row.userId === readerId ? content : whileSeen(content, () => seenRow(readerId, id))
    },

    /** For somebody else, who keeps it as theirs; null where there is none any more. @throws what `receive` throws */
    async copyFor(ownerId: string, id: string, heir: Sent['owner'], signal: AbortSignal): Promise<string | null> {
      const [row] = await db.select().from(files).where(fileOf(ownerId, id))
      const content = row && (await blobs.get(row.blobKey))
      if (!content) return null
      return (await receive({ owner: heir, name: row.name, content, ...(row.url !== null && { url: row.url }), signal })).id
    },

    /** The row first: what stays behind without one is swept. @throws not_found, forbidden for who only reads it */
    async remove(ownerId: string, id: string): Promise<void> {
      const [removed] = await db.delete(files).where(fileOf(ownerId, id)).returning()
      if (!removed) throw await notTheirs(db, ownerId, 'file', id, noFile)
      await dropSharesOf(db, 'file', id)
      // They name nothing any more; the nightly upkeep takes those that cannot be reached now.
      await passageVectors
        .remove(ownerId, removed)
        .catch((error: unknown) => deps.log.warn({ err: error, fileId: id }, 'vectors of a file are removed at night'))
      await blobs.remove(removed.blobKey)
      if (removed.shownKey !== null) await blobs.remove(removed.shownKey)
    },

    /** Removes blobs that no file has. Returns how many. */
    sweep: () => sweepFiles({ db, blobs }),
  }
}

const withOwner = { row: files, owner: { userId: users.id, name: users.name } }
const isOwner = eq(users.id, files.userId)
const shownTo =
  (readerId: string) =>
  ({ row, owner }: { row: typeof files.$inferSelect; owner: { userId: string; name: string } }): File =>
    toFile(row, owner.userId === readerId ? null : owner)
