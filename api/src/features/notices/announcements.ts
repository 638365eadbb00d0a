import type { AdminAnnouncement, Announcement, AnnouncementBody } from '@jarvis/contracts/announcements.ts'
import { and, desc, eq, gt, isNull, lte, or, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { By } from '#lib/caller.ts'
import { changesOf } from '#lib/changes-of.ts'
import { newId, sha256 } from '#lib/ids.ts'
import type { Log } from '#lib/log.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { announcements } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'

export type AnnouncementsDeps = Pick<Database, 'db'> & { signals: Signals; audit: RecordAudit; log: Pick<Log, 'error'> }
type Row = typeof announcements.$inferSelect

const changedTopic = 'announcements.changed'
/** Time alone begins and ends one, and a signal may be lost. */
const lookAgainMs = 15_000
/** Each page shows all of them at once. */
const openMax = 20
const listedMax = 200

const noAnnouncement = () => new AppError('not_found', 'There is no such announcement.')
const isOpen = or(isNull(announcements.endsAt), gt(announcements.endsAt, sql`now()`))

/** What administrators tell everybody. The audit has a digest of the text, which may speak of somebody. */
export function createAnnouncements({ db, signals, audit, log }: AnnouncementsDeps) {
  /** One act: audited from before to after, and told. */
  async function act(
    { caller, origin: { address, requestId } }: By,
    action: string,
    work: (tx: Transaction) => Promise<{ before: Row | null; after: Row | null }>,
  ) {
    const row = await db.transaction(async (tx) => {
      const { before, after } = await work(tx)
      const details = changesOf(before ? factsOf(before) : {}, after ? factsOf(after) : {})
      const target = (after ?? before)!.id
      if (Object.keys(details).length > 0) await audit(tx, { action, actorId: caller.userId, target, details, address, requestId })
      return after ?? before
    })
    signals.publish(changedTopic, '')
    return row!
  }

  /** Locked. @throws not_found */
  async function find(tx: Transaction, id: string): Promise<Row> {
    const [row] = await tx.select().from(announcements).where(eq(announcements.id, id)).for('update')
    if (!row) throw noAnnouncement()
    return row
  }

  async function shown(): Promise<Announcement[]> {
    const rows = await db
      .select()
      .from(announcements)
      .where(and(lte(announcements.startsAt, sql`now()`), isOpen))
      .orderBy(desc(announcements.startsAt), desc(announcements.id))
    return rows.map(toAnnouncement)
  }

  return {
    shown,

    /**
     * `listener` is given all that is to be shown, whenever that differs from what it was given last: an administrator changed it, in whatever
     * process, or its time came or went. Returns a function that ends that.
     */
    watch(listener: (items: Announcement[]) => void): () => void {
      let given = '[]'
      let isOver = false
      let looking: Promise<void> = Promise.resolve()
      async function look(): Promise<void> {
        const items = isOver ? null : await shown()
        if (isOver || items === null || JSON.stringify(items) === given) return
        given = JSON.stringify(items)
        listener(items)
      }
      function failed(error: unknown): void {
        if (!isOver) log.error({ err: error }, 'the announcements cannot be read')
      }
      const lookSoon = () => void (looking = looking.then(look).catch(failed))
      lookSoon()
      const timer = setInterval(lookSoon, lookAgainMs).unref()
      const unsubscribe = signals.subscribe(changedTopic, lookSoon)
      return () => {
        isOver = true
        clearInterval(timer)
        unsubscribe()
      }
    },

    async list(): Promise<AdminAnnouncement[]> {
      const rows = await db.select().from(announcements).orderBy(desc(announcements.createdAt), desc(announcements.id)).limit(listedMax)
      return rows.map(toAdmin)
    },

    /** @throws invalid_request for an end that is over, conflict when there are too many */
    async create(by: By, { text, tone = 'info', startsAt, endsAt }: AnnouncementBody): Promise<AdminAnnouncement> {
      const [starts, ends] = [startsAt === undefined ? undefined : new Date(startsAt), endsAt == null ? null : new Date(endsAt)]
      if (ends && ends.getTime() <= Math.max(Date.now(), starts?.getTime() ?? 0)) throw refusal('invalid_request.announcement_end')
      const values = { id: newId(), text, tone, endsAt: ends, createdBy: by.caller.userId, ...(starts && { startsAt: starts }) }
      const row = await act(by, 'announcement.created', async (tx) => {
        // Who counts has the table to themselves, so that no two count the same.
        await tx.execute(sql`lock table ${announcements} in share row exclusive mode`)
        if ((await tx.$count(announcements, isOpen)) >= openMax) throw refusal('conflict.announcements', { openMax })
        const [after] = await tx.insert(announcements).values(values).returning()
        return { before: null, after: after! }
      })
      return toAdmin(row)
    },

    /** One that ended stays as it is; one to come will never begin. @throws not_found */
    async end(by: By, id: string): Promise<AdminAnnouncement> {
      const row = await act(by, 'announcement.ended', async (tx) => {
        const before = await find(tx, id)
        const [after] = await tx
          .update(announcements)
          .set({ endsAt: sql`now()` })
          .where(and(eq(announcements.id, id), isOpen))
          .returning()
        return { before, after: after ?? before }
      })
      return toAdmin(row)
    },

    /** @throws not_found */
    async remove(by: By, id: string): Promise<void> {
      await act(by, 'announcement.deleted', async (tx) => {
        const before = await find(tx, id)
        await tx.delete(announcements).where(eq(announcements.id, id))
        return { before, after: null }
      })
    },
  }
}

const toAnnouncement = ({ id, text, tone, startsAt, endsAt }: Row): Announcement => ({
  id,
  text,
  tone,
  startsAt: startsAt.toISOString(),
  endsAt: endsAt?.toISOString() ?? null,
})

const toAdmin = (row: Row): AdminAnnouncement => ({ ...toAnnouncement(row), createdBy: row.createdBy, createdAt: row.createdAt.toISOString() })

const factsOf = (row: Row) => {
  const { tone, startsAt, endsAt } = toAnnouncement(row)
  return { textDigest: sha256(`${row.id} ${row.text}`), tone, startsAt, endsAt }
}
