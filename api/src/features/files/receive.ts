import { type File, fileLimits, isImage } from '@jarvis/contracts/files.ts'
import type { PlanId } from '@jarvis/contracts/plans.ts'
import { and, eq, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import type { Blob, Blobs } from '#ports/blobs/index.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { files, users } from '#ports/database/tables.ts'
import { fileNameOf } from './file-name.ts'
import { mediaTypeOf } from './media-type.ts'
import { observe } from './observe.ts'
import { filesOf } from './owned.ts'
import type { Reading } from './reading.ts'
import { toFile } from './to-file.ts'
import { readZipDirectory } from './zip-directory.ts'

export type Sent = {
  /** Whose file it will be, with the plan that bounds it. */
  owner: { id: string; plan: PlanId }
  name: string | undefined
  content: AsyncIterable<Uint8Array>
  /** What the request said of its length, with what stands around the file. */
  bytesSaid?: number | undefined
  /** Of a page of the web. */
  url?: string
  /** Whatever is no picture is refused. */
  picturesOnly?: boolean
  signal: AbortSignal
}

export type ReceiveDeps = Pick<Database, 'db'> & {
  blobs: Blobs
  /** In place of what each plan takes; undefined where the plans say it. */
  bytesMax: number | undefined
  reading: Pick<Reading, 'queue'>
  /** Whether a PDF needs a password. */
  isLocked(pdf: Buffer, signal: AbortSignal): Promise<boolean>
}

export type Receive = ReturnType<typeof createReceive>

/** What a plan keeps, where the installation does not say otherwise. */
export const limitsBy = (bytesMax: number | undefined) => (plan: PlanId) => ({ ...fileLimits[plan], ...(bytesMax !== undefined && { bytesMax }) })

/** Takes a file in: the bytes go to the store as they come, and what is refused leaves nothing there. */
export function createReceive({ db, blobs, bytesMax, isLocked, reading }: ReceiveDeps) {
  const limitsOf = limitsBy(bytesMax)
  const tooLarge = (most: number) =>
    refusal(bytesMax === undefined ? 'file_too_large.plan' : 'file_too_large.installation', {
      megabytesMax: Math.round((most / 1024 / 1024) * 10) / 10,
      bytesMax: most,
    })

  async function typeOf(blob: Blob, name: string, observed: ReturnType<ReturnType<typeof observe>['seen']>, signal: AbortSignal) {
    if (blob.bytes === 0) throw refusal('invalid_request.file_empty')
    return await mediaTypeOf({
      name,
      observed,
      directory: () => readZipDirectory(blobs, blob),
      isLocked: async () => await isLocked(Buffer.concat(await Array.fromAsync((await blobs.get(blob.key)) ?? [])), signal),
    })
  }

  /** @throws quota_exceeded, unauthenticated for somebody who is gone */
  async function keep(tx: Transaction, { owner }: Sent, row: typeof files.$inferInsert): Promise<typeof files.$inferSelect> {
    // Several at once are counted one after the other.
    const [there] = await tx.select({ id: users.id }).from(users).where(eq(users.id, owner.id)).for('update')
    if (!there) throw refusal('unauthenticated.account_gone')
    const [known] = await tx
      .select()
      .from(files)
      .where(and(filesOf(owner.id), eq(files.sha256, row.sha256)))
    if (known) return known
    await requireRoom(tx, owner)
    const [kept] = await tx.insert(files).values(row).returning()
    return kept!
  }

  async function requireRoom(on: Pick<Transaction, 'select'>, { id, plan }: Sent['owner']): Promise<void> {
    const [{ count }] = (await on
      .select({ count: sql<number>`count(*)::int` })
      .from(files)
      .where(filesOf(id))) as [{ count: number }]
    const { filesMax } = limitsOf(plan)
    if (count >= filesMax) throw refusal('quota_exceeded.files', { filesMax })
  }

  /**
   * The same bytes again give the file that is there.
   * @throws file_too_large, quota_exceeded, unsupported_media_type, invalid_request for one that is empty, locked or damaged, storage_full
   */
  async function receive(sent: Sent): Promise<File> {
    const { owner, content, bytesSaid = 0, signal } = sent
    const limits = limitsOf(owner.plan)
    if (bytesSaid > limits.bytesMax) throw tooLarge(limits.bytesMax)
    const name = fileNameOf(sent.name)
    const observed = observe(content)
    const blob = await blobs.put(owner.id, observed.content, { bytesMax: limits.bytesMax, signal }).catch((error: unknown) => {
      throw error instanceof AppError && error.code === 'payload_too_large' ? tooLarge(limits.bytesMax) : error
    })
    try {
      const mediaType = await typeOf(blob, name, observed.seen(), signal)
      if (sent.picturesOnly && !isImage(mediaType)) throw noPicture(mediaType)
      const { key: blobKey, bytes, sha256 } = blob
      const row = {
        id: newId(),
        userId: owner.id,
        name,
        mediaType,
        bytes,
        sha256,
        blobKey,
        status: 'processing' as const,
        url: sent.url ?? null,
      }
      const kept = await db.transaction((tx) => keep(tx, sent, row))
      if (kept.blobKey !== blobKey) await blobs.remove(blobKey)
      else if (kept.status === 'processing') await reading.queue(kept)
      return toFile(kept)
    } catch (error) {
      await blobs.remove(blob.key)
      throw error
    }
  }

  return {
    receive,
    /** For who makes a file at a cost. @throws quota_exceeded */
    requireRoom: (owner: Sent['owner']) => requireRoom(db, owner),
  }
}

const noPicture = (mediaType: string) =>
  new AppError('unsupported_media_type', `This is no picture that a model can be shown (${mediaType}): send a PNG, JPEG, WebP or GIF.`)
