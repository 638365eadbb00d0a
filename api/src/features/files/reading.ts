import type { Failure } from '@jarvis/contracts/errors.ts'
import { and, eq, lt, not, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { Log } from '#lib/log.ts'
import { failureOf, refusal } from '#lib/refusal.ts'
import type { Blobs } from '#ports/blobs/index.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { filePassages, files } from '#ports/database/tables.ts'
import type { ReadFile, ScanPage } from '#ports/documents/index.ts'
import type { Jobs } from '#ports/jobs/index.ts'
import { once } from './bring.ts'
import { createClaims, type FileRow, isDue as mine, isHeld } from './claims.ts'
import { kindOf, type ReadKind } from './media-type.ts'
import type { PassageVectors } from './passage-vectors.ts'
import { type Passage, passagesOf } from './passages.ts'

export type ReadingDeps = Pick<Database, 'db'> & {
  blobs: Blobs
  jobs: Pick<Jobs, 'add' | 'work'>
  /** All in processes of their own. @throws AppError with why it cannot be read */
  readPicture(bytes: Buffer, signal: AbortSignal): Promise<Buffer>
  read(kind: ReadKind, bytes: Buffer, signal: AbortSignal): Promise<ReadFile>
  /** The text that is seen in a picture or, with `pages`, on those of a PDF; nothing where it takes too much. */
  readScan(bytes: Buffer, pages: readonly number[], signal: AbortSignal): Promise<ScanPage[]>
  passageVectors: Pick<PassageVectors, 'indexNowOrLater'>
  log: Log
}
type Unread = Pick<typeof files.$inferSelect, 'id' | 'userId'>

const readJob = 'read-file'
/** Its job was lost when it was to be queued, or the store of jobs was. */
const overdueMs = 5 * 60_000
const rowsAtOnce = 500
/** To see a page takes about as long as to read a hundred. */
const scannedPagesMax = 100
const pagesAtOnce = 5

/** Makes text of files, in the background and once for each: a process that dies over it leaves the file to another. */
export function createReading({ db, blobs, jobs, read, readPicture, readScan, passageVectors, log }: ReadingDeps) {
  const claims = createClaims({ db, log })

  /** One more file to read; which, is decided when it is somebody's turn. That it cannot be queued now is made up for by `catchUp`. */
  async function queue({ id }: Pick<Unread, 'id'>, round = 'first'): Promise<void> {
    await jobs
      .add(readJob, {}, { owner: 'installation', id: `read-${id}-${round}` })
      .catch((error: unknown) => log.error({ err: error, fileId: id }, 'a file could not be queued to be read'))
  }

  /** All that wait, one after the other. */
  async function readWaiting(signal: AbortSignal): Promise<void> {
    for await (const file of claims.due(signal)) {
      using held = claims.hold(file, signal)
      try {
        await readOne(file, held.signal)
      } catch (error) {
        if (held.isLost()) continue
        await (signal.aborted ? claims.release(file) : claims.defer(file))
        // Too many at once, or an engine that is away: the job comes again.
        throw error
      }
    }
  }

  async function readOne(file: FileRow, signal: AbortSignal): Promise<void> {
    const content = await blobs.get(file.blobKey)
    // It was deleted meanwhile.
    if (!content) return
    const bytes = Buffer.concat(await Array.fromAsync(content))
    try {
      const kind = kindOf(file.mediaType)
      if (kind) await keep(file, await withScans(file, bytes, await read(kind, bytes, signal), signal), signal)
      else await keepPicture(file, await readPicture(bytes, signal), signal)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'invalid_request') throw error
      await fail(file, failureOf(error))
    }
  }

  const say = async (unread: Unread, progress: { pages?: number | null; pagesSeen: number; pagesToSee?: number }) =>
    void (await db.update(files).set(progress).where(mine(unread)))

  /** What is seen on pages that are pictures stands in their place. */
  async function withScans(unread: Unread, bytes: Buffer, text: ReadFile, signal: AbortSignal): Promise<ReadFile> {
    const sections = [...text.sections]
    const unseen = new Set(text.emptyPages)
    const pagesToSee = Math.min(text.emptyPages.length, scannedPagesMax)
    for (let at = 0; at < pagesToSee; at += pagesAtOnce) {
      await say(unread, { pages: text.pages, pagesSeen: at, pagesToSee })
      const pages = text.emptyPages.slice(at, Math.min(at + pagesAtOnce, pagesToSee))
      const seen = (await readScan(bytes, pages, signal)).filter((one) => one.page !== null && one.text !== '')
      for (const { page, text } of seen) {
        sections.push({ page, heading: null, text })
        unseen.delete(page!)
      }
    }
    if (pagesToSee > 0) await say(unread, { pagesSeen: pagesToSee })
    // Others have their order already, which this keeps.
    return {
      ...text,
      sections: unseen.size < text.emptyPages.length ? sections.toSorted((a, b) => a.page! - b.page!) : sections,
      emptyPages: [...unseen],
    }
  }

  async function keep(unread: Unread, { sections, pages, emptyPages }: ReadFile, signal: AbortSignal): Promise<void> {
    const passages = passagesOf(sections)
    if (passages.length === 0) return await fail(unread, failureOf(refusal('invalid_request.file_no_text')), pages)
    await db.transaction(async (tx) => {
      const [due] = await tx.select({ id: files.id }).from(files).where(mine(unread)).for('update')
      if (!due) return
      await insertPassages(tx, unread, passages)
      await tx.update(files).set({ status: 'ready', claimedAt: null, pages, emptyPages: emptyPages.length }).where(mine(unread))
    })
    await passageVectors.indexNowOrLater(unread, signal)
  }

  async function keepPicture(unread: Unread, picture: Buffer, signal: AbortSignal): Promise<void> {
    const { key } = await blobs.put(unread.userId, once(picture), { bytesMax: picture.length, signal })
    const seen = await readScan(picture, [], signal)
    const kept = await db.transaction(async (tx) => {
      const rows = await tx.update(files).set({ status: 'ready', claimedAt: null, shownKey: key }).where(mine(unread)).returning({ id: files.id })
      if (rows.length > 0) await insertPassages(tx, unread, passagesOf(seen.map(({ text }) => ({ page: null, heading: null, text }))))
      return rows.length > 0
    })
    // Otherwise it was deleted meanwhile.
    if (kept) await passageVectors.indexNowOrLater(unread, signal)
    else await blobs.remove(key)
  }

  const fail = async (unread: Unread, error: Failure, pages?: number | null) =>
    void (await db
      .update(files)
      .set({ status: 'failed', error, claimedAt: null, ...(pages !== undefined && { pages }) })
      .where(mine(unread)))

  return {
    queue,

    /** Reads a file again that could not be read. */
    async again({ id, userId }: Unread): Promise<void> {
      const due = { status: 'processing', error: null, pages: null, pagesSeen: null, pagesToSee: null, claimedAt: null } as const
      const failed = and(eq(files.id, id), eq(files.userId, userId), eq(files.status, 'failed'))
      const [file] = await db.update(files).set(due).where(failed).returning({ id: files.id })
      if (file) await queue(file, String(Date.now()))
    },

    /** Its reader notices within two seconds, and stops. */
    stop: async (unread: Unread): Promise<void> => await fail(unread, failureOf(refusal('invalid_request.file_stopped'))),

    /** Starts reading in this process. */
    work(): void {
      jobs.work(readJob, async (_payload, _owner, signal) => await readWaiting(signal))
    },

    /** Queues those whose job was lost. */
    async catchUp(): Promise<void> {
      const isOverdue = lt(files.createdAt, sql`now() - make_interval(secs => ${overdueMs / 1000})`)
      const overdue = and(eq(files.status, 'processing'), isOverdue, not(isHeld))
      const rows = await db.select({ id: files.id }).from(files).where(overdue).limit(100)
      const round = Math.floor(Date.now() / overdueMs)
      for (const row of rows) await queue(row, String(round))
    },
  }
}

async function insertPassages(tx: Transaction, { id, userId }: Unread, passages: readonly Passage[]): Promise<void> {
  const rows = passages.map((passage) => ({ fileId: id, userId, ...passage }))
  for (let at = 0; at < rows.length; at += rowsAtOnce) await tx.insert(filePassages).values(rows.slice(at, at + rowsAtOnce))
}

export type Reading = ReturnType<typeof createReading>
