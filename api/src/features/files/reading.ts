import type { Failure } from '@jarvis/contracts/errors.ts'
import { and, eq, lt, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { Log } from '#lib/log.ts'
import { failureOf, refusal } from '#lib/refusal.ts'
import type { Blobs } from '#ports/blobs/index.ts'
import type { Database } from '#ports/database/index.ts'
import { filePassages, files } from '#ports/database/tables.ts'
import type { FileKind, ReadFile } from '#ports/documents/index.ts'
import type { Jobs } from '#ports/jobs/index.ts'
import { kindOf } from './media-type.ts'
import type { PassageVectors } from './passage-vectors.ts'
import { passagesOf } from './passages.ts'

export type ReadingDeps = Pick<Database, 'db'> & {
  blobs: Blobs
  jobs: Pick<Jobs, 'add' | 'work'>
  /** Both in processes of their own. @throws AppError with why it cannot be read */
  readPicture(bytes: Buffer, signal: AbortSignal): Promise<Buffer>
  read(kind: FileKind, bytes: Buffer, signal: AbortSignal): Promise<ReadFile>
  passageVectors: Pick<PassageVectors, 'indexNowOrLater'>
  log: Log
}
type Unread = Pick<typeof files.$inferSelect, 'id' | 'userId'>

const readJob = 'read-file'
/** Its job was lost when it was to be queued, or the store of jobs was. */
const overdueMs = 5 * 60_000
const rowsAtOnce = 500

/** Makes text of files, in the background and once for each: a process that dies over it leaves the job to another. */
export function createReading({ db, blobs, jobs, read, readPicture, passageVectors, log }: ReadingDeps) {
  const mine = ({ id, userId }: Unread) => and(eq(files.id, id), eq(files.userId, userId), eq(files.status, 'processing'))

  /** That it cannot be queued now is made up for by `catchUp`. */
  async function queue({ id, userId }: Unread, round = 'first'): Promise<void> {
    await jobs
      .add(readJob, { id, userId }, { owner: { userId }, id: `read-${id}-${round}` })
      .catch((error: unknown) => log.error({ err: error, fileId: id }, 'a file could not be queued to be read'))
  }

  async function readOne(unread: Unread, signal: AbortSignal): Promise<void> {
    const [file] = await db.select().from(files).where(mine(unread))
    if (!file) return
    const content = await blobs.get(file.blobKey)
    // It was deleted meanwhile.
    if (!content) return
    const bytes = Buffer.concat(await Array.fromAsync(content))
    try {
      const kind = kindOf(file.mediaType)
      if (kind) await keep(unread, await read(kind, bytes, signal), signal)
      else await keepPicture(unread, await readPicture(bytes, signal), signal)
    } catch (error) {
      // Too many at once, or an engine that is away: the job comes again.
      if (!(error instanceof AppError) || error.code !== 'invalid_request') throw error
      await fail(unread, failureOf(error))
    }
  }

  async function keep(unread: Unread, { sections, pages, emptyPages }: ReadFile, signal: AbortSignal): Promise<void> {
    const passages = passagesOf(sections)
    if (passages.length === 0) return await fail(unread, failureOf(refusal('invalid_request.file_no_text')), pages)
    await db.transaction(async (tx) => {
      const [due] = await tx.select({ id: files.id }).from(files).where(mine(unread)).for('update')
      if (!due) return
      const rows = passages.map((passage) => ({ fileId: unread.id, userId: unread.userId, ...passage }))
      for (let at = 0; at < rows.length; at += rowsAtOnce) await tx.insert(filePassages).values(rows.slice(at, at + rowsAtOnce))
      await tx.update(files).set({ status: 'ready', pages, emptyPages }).where(mine(unread))
    })
    await passageVectors.indexNowOrLater(unread, signal)
  }

  async function keepPicture(unread: Unread, picture: Buffer, signal: AbortSignal): Promise<void> {
    const { key } = await blobs.put(unread.userId, pieces(picture), { bytesMax: picture.length, signal })
    const kept = await db.update(files).set({ status: 'ready', shownKey: key }).where(mine(unread)).returning({ id: files.id })
    // It was deleted meanwhile.
    if (kept.length === 0) await blobs.remove(key)
  }

  const fail = async (unread: Unread, error: Failure, pages: number | null = null) =>
    void (await db.update(files).set({ status: 'failed', error, pages }).where(mine(unread)))

  return {
    queue,

    /** Starts reading in this process. */
    work(): void {
      jobs.work(readJob, async (payload, _owner, signal) => await readOne(payload as Unread, signal))
    },

    /** Queues those whose job was lost. */
    async catchUp(): Promise<void> {
      const overdue = and(eq(files.status, 'processing'), lt(files.createdAt, sql`now() - make_interval(secs => ${overdueMs / 1000})`))
      const rows = await db.select({ id: files.id, userId: files.userId }).from(files).where(overdue).limit(100)
      const round = Math.floor(Date.now() / overdueMs)
      for (const row of rows) await queue(row, String(round))
    },
  }
}

export type Reading = ReturnType<typeof createReading>

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
