import { type Import, importBytesMax, SkippedKind } from '@jarvis/contracts/imports.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, desc, eq, gt, inArray, isNotNull, lt, notInArray, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import { failureOf, refusal } from '#lib/refusal.ts'
import type { Blobs } from '#ports/blobs/index.ts'
import type { Database } from '#ports/database/index.ts'
import { imports } from '#ports/database/tables.ts'
import { conversationIn, type FoundConversation, type FoundExport, type FoundKind } from '#ports/documents/index.ts'
import type { Jobs } from '#ports/jobs/index.ts'

export type ImportsDeps = Pick<Database, 'db'> & {
  blobs: Blobs
  jobs: Pick<Jobs, 'add' | 'work'>
  /** In a process of its own. @throws invalid_request with why it cannot be read */
  read(bytes: Buffer, signal: AbortSignal): Promise<FoundExport>
  /** Keeps a conversation as this person's. The same one again adds what is missing; `messages` is how many that were. */
  takeIn(userId: string, kind: FoundKind, found: FoundConversation): Promise<{ as: 'added' | 'grown' | 'there'; messages: number }>
  /** The person's pages learn that there is more. */
  tellOf(userId: string): Promise<void>
}
export type Imports = ReturnType<typeof createImports>
type Row = typeof imports.$inferSelect
type Arriving = { name: string | undefined; content: AsyncIterable<Uint8Array>; signal: AbortSignal }

const importJob = 'import-conversations'
const nameMax = 200
const rowsMax = 20
const perDayMax = 10
/** Nobody works on one for so long: its job was lost, or given up. */
const lostMs = 3 * 3600_000
const dayMs = 24 * 3600_000
/** How often its page can see how far it is. */
const conversationsAtOnce = 20

/** Brings conversations of other programs, as a job: a process that dies over it leaves the rest to another, and nothing is in twice. */
export function createImports({ db, blobs, jobs, read, takeIn, tellOf }: ImportsDeps) {
  const own = (userId: string, id: string) => and(eq(imports.id, id), eq(imports.userId, userId))

  async function end(row: Row, change: Partial<Row>): Promise<void> {
    await db
      .update(imports)
      .set({ ...change, blobKey: null, endedAt: new Date() })
      .where(eq(imports.id, row.id))
    if (row.blobKey) await blobs.remove(row.blobKey)
    await tellOf(row.userId)
  }

  async function bring(row: Row, bytes: Buffer, requireThere: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { kind, lines, skipped } = await read(bytes, signal)
    const counts = { total: lines.length, done: 0, added: 0, grown: 0, there: 0, messages: 0 }
    const left = { ...skipped }
    const tell = () =>
      db
        .update(imports)
        .set({ ...counts, kind, status: 'working', skipped: skippedOf(left) })
        .where(eq(imports.id, row.id))
    await tell()
    for (const line of lines) {
      signal.throwIfAborted()
      const found = conversationIn(line)
      if (found) {
        const { as, messages } = await takeIn(row.userId, kind, found)
        counts[as]++
        counts.messages += messages
      } else left['conversations'] = (left['conversations'] ?? 0) + 1
      counts.done++
      if (counts.done % conversationsAtOnce !== 0) continue
      await requireThere()
      await tell()
    }
    await end(row, { ...counts, kind, status: 'done', skipped: skippedOf(left) })
  }

  return {
    /** @throws conflict while another one is at work, quota_exceeded, file_too_large, storage_full */
    async create({ userId }: Caller, { name = '', content, signal }: Arriving): Promise<Import> {
      await requireRoom(userId)
      const blob = await blobs.put(userId, content, { bytesMax: importBytesMax, signal }).catch((error: unknown) => {
        const tooLarge = error instanceof AppError && error.code === 'payload_too_large'
        throw tooLarge ? refusal('file_too_large.installation', { megabytesMax: importBytesMax / 1024 / 1024, bytesMax: importBytesMax }) : error
      })
      const [row] = await db
        .insert(imports)
        .values({ id: newId(), userId, name: name.toWellFormed().replaceAll('\u0000', '').slice(-nameMax).toWellFormed(), blobKey: blob.key })
        .returning()
      await jobs.add(importJob, { id: row!.id }, { owner: { userId }, id: `import-${row!.id}` })
      await forgetOld(userId)
      return toImport(row!)
    },

    async list({ userId }: Caller): Promise<Page<Import>> {
      const rows = await db.select().from(imports).where(eq(imports.userId, userId)).orderBy(desc(imports.id)).limit(rowsMax)
      return { items: rows.map(toImport), nextCursor: null }
    },

    /** @throws not_found */
    async get({ userId }: Caller, id: string): Promise<Import> {
      const [row] = await db.select().from(imports).where(own(userId, id))
      if (!row) throw new AppError('not_found', 'There is no such import.')
      return toImport(row)
    },

    /** Starts doing them in this process. */
    startJobs(): void {
      jobs.work(importJob, async (payload, owner, signal) => {
        const [row] = await db
          .select()
          .from(imports)
          .where(and(eq(imports.id, (payload as { id: string }).id), isNotNull(imports.blobKey)))
        if (!row) return
        const content = await blobs.get(row.blobKey!)
        if (!content) return await end(row, { status: 'failed', error: failureOf(refusal('invalid_request.import_unknown')) })
        const bytes = Buffer.concat(await Array.fromAsync(content))
        try {
          await bring(row, bytes, owner.requireThere, signal)
        } catch (error) {
          // An engine that is away: the job comes again, and what is in is not in twice.
          if (!(error instanceof AppError) || error.code !== 'invalid_request') throw error
          await end(row, { status: 'failed', error: failureOf(error) })
        }
      })
    },
  }

  async function requireRoom(userId: string): Promise<void> {
    const working = and(eq(imports.userId, userId), inArray(imports.status, ['waiting', 'working']))
    await db
      .update(imports)
      .set({ status: 'failed', error: failureOf(refusal('internal')), endedAt: sql`now()` })
      .where(and(working, lt(imports.createdAt, new Date(Date.now() - lostMs))))
    if ((await db.$count(imports, working)) > 0) throw refusal('conflict.import')
    const ofToday = and(eq(imports.userId, userId), gt(imports.createdAt, new Date(Date.now() - dayMs)))
    if ((await db.$count(imports, ofToday)) >= perDayMax) throw refusal('quota_exceeded.imports', { perDayMax })
  }

  async function forgetOld(userId: string): Promise<void> {
    const kept = db.select({ id: imports.id }).from(imports).where(eq(imports.userId, userId)).orderBy(desc(imports.id)).limit(rowsMax)
    await db.delete(imports).where(and(eq(imports.userId, userId), isNotNull(imports.endedAt), notInArray(imports.id, kept)))
  }
}

const skippedOf = (counts: Record<string, number>): Import['skipped'] =>
  SkippedKind.options.flatMap((what) => (counts[what] ? [{ what, count: counts[what] }] : []))

const toImport = ({ userId: _, blobKey: __, endedAt: ___, createdAt, ...row }: Row): Import => ({ ...row, createdAt: createdAt.toISOString() })
