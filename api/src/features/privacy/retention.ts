import type { OwnRetention, Retention } from '@jarvis/contracts/retention.ts'
import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Choices } from '#features/choices/index.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { By, Caller } from '#lib/caller.ts'
import { changesOf } from '#lib/changes-of.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, retentionWishes } from '#ports/database/tables.ts'

export type RetentionDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  choices: Pick<Choices, 'get' | 'set'>
  /** Every table, with how long its rows are kept and why. */
  kept: Retention['kept']
  /** @throws reauthentication_required */
  requireRecent(caller: Caller): Promise<unknown>
}
type Days = number | null
type Asked = { conversationDays?: number | undefined }

const unusedFor = (days: SQL | number) =>
  and(eq(conversations.temporary, false), sql`${conversations.updatedAt} < now() - make_interval(days => ${days}::int)`)

/** How long conversations are kept that nobody uses: as the installation wants it for all, and each person for theirs. The shorter time counts. */
export function createRetention({ db, audit, choices, kept, requireRecent }: RetentionDeps) {
  const ofAll = async (): Promise<Days> => (await choices.get('retention')).conversationDays
  const wishOf = async (userId: string): Promise<Days> =>
    (await db.select().from(retentionWishes).where(eq(retentionWishes.userId, userId)))[0]?.conversationDays ?? null

  const show = async ({ conversationDays }: Asked = {}): Promise<Retention> => ({
    conversationDays: await ofAll(),
    due: conversationDays === undefined ? null : await db.$count(conversations, unusedFor(conversationDays)),
    kept,
  })
  const showOwn = async (userId: string, { conversationDays }: Asked = {}): Promise<OwnRetention> => ({
    conversationDays: await wishOf(userId),
    installationDays: await ofAll(),
    due: conversationDays === undefined ? null : await db.$count(conversations, and(eq(conversations.userId, userId), unusedFor(conversationDays))),
  })

  return {
    show,
    showOwn,

    /** It deletes what others wrote: so only by one who has just shown who they are. @throws reauthentication_required */
    async update(by: By, change: { conversationDays: Days }): Promise<Retention> {
      await requireRecent(by.caller)
      await choices.set(by, 'retention', change)
      return await show()
    },

    async updateOwn(
      { caller: { userId }, origin: { address, requestId } }: By,
      { conversationDays }: { conversationDays: Days },
    ): Promise<OwnRetention> {
      await db.transaction(async (tx) => {
        const [before] = await tx.select().from(retentionWishes).where(eq(retentionWishes.userId, userId)).for('update')
        const details = changesOf({ conversationDays: before?.conversationDays ?? null }, { conversationDays })
        if (Object.keys(details).length === 0) return
        await tx
          .insert(retentionWishes)
          .values({ userId, conversationDays })
          .onConflictDoUpdate({ target: retentionWishes.userId, set: { conversationDays } })
        await audit(tx, { action: 'user.retention', actorId: userId, target: userId, details, address, requestId })
      })
      return await showOwn(userId)
    },

    /** Conversations that have had their time, the oldest first. */
    async due(count: number): Promise<{ id: string; userId: string; lastUsed: string }[]> {
      // Null where nobody wants any deleted; of two times the shorter one.
      const days = sql`least(${await ofAll()}::int, ${retentionWishes.conversationDays})`
      return await db
        .select({ id: conversations.id, userId: conversations.userId, lastUsed: sql<string>`${conversations.updatedAt}::text` })
        .from(conversations)
        .leftJoin(retentionWishes, eq(retentionWishes.userId, conversations.userId))
        .where(unusedFor(days))
        .orderBy(conversations.updatedAt)
        .limit(count)
    },
  }
}
