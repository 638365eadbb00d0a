import type { AcceptedTerms, AdminTerms, Terms } from '@jarvis/contracts/terms.ts'
import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { By, Caller } from '#lib/caller.ts'
import { changesOf } from '#lib/changes-of.ts'
import { sha256 } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { termsAcceptances, termsVersions, users } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'

export type TermsDeps = Pick<Database, 'db'> & {
  signals: Signals
  audit: RecordAudit
  /** @throws reauthentication_required */
  requireRecent(caller: Caller): Promise<unknown>
}
type Row = typeof termsVersions.$inferSelect

/** Everybody may have something to accept, or no longer. */
const publishedTopic = 'terms.published'

/** What people accept before they go on. Whether somebody has to is asked with who they are, at each use: see `must-accept.ts`. */
export function createTerms({ db, signals, audit, requireRecent }: TermsDeps) {
  async function newest(tx: Pick<Transaction, 'select'> = db): Promise<Row | undefined> {
    const [row] = await tx.select().from(termsVersions).orderBy(desc(termsVersions.version)).limit(1)
    return row
  }

  async function acceptedBy(userId: string): Promise<AcceptedTerms[]> {
    const rows = await db.select().from(termsAcceptances).where(eq(termsAcceptances.userId, userId)).orderBy(desc(termsAcceptances.version))
    return rows.map(toAccepted)
  }

  return {
    /** Null where there are none. */
    async current(): Promise<Terms | null> {
      const row = await newest()
      return row && row.text !== '' ? toTerms(row) : null
    },

    acceptedBy,

    /** Once, however often it is asked. @throws conflict for what is not in force */
    accept: ({ caller, origin: { address, requestId } }: By, version: number): Promise<AcceptedTerms> =>
      db.transaction(async (tx) => {
        const row = await newest(tx)
        if (row?.version !== version || row.text === '') throw refusal('conflict.terms_replaced')
        const { userId } = caller
        const [accepted] = await tx.insert(termsAcceptances).values({ userId, version }).onConflictDoNothing().returning()
        if (accepted) {
          await audit(tx, { action: 'terms.accepted', actorId: userId, target: String(version), address, requestId })
          return toAccepted(accepted)
        }
        const [before] = await tx
          .select()
          .from(termsAcceptances)
          .where(and(eq(termsAcceptances.userId, userId), eq(termsAcceptances.version, version)))
        return toAccepted(before!)
      }),

    async list(): Promise<{ items: AdminTerms[]; people: number }> {
      const active = isNull(users.disabledAt)
      const accepted = sql<number>`(select count(*)::int from ${termsAcceptances} a join ${users} u on u.id = a.user_id where a.version = terms_versions.version and u.disabled_at is null)`
      const rows = await db.select({ row: termsVersions, accepted }).from(termsVersions).orderBy(desc(termsVersions.version))
      return { items: rows.map(({ row, accepted }) => toAdmin(row, accepted)), people: await db.$count(users, active) }
    },

    /** @throws reauthentication_required, conflict for what is in force already */
    async publish({ caller, origin: { address, requestId } }: By, text: string): Promise<AdminTerms> {
      await requireRecent(caller)
      const row = await db.transaction(async (tx) => {
        await tx.execute(sql`lock table ${termsVersions} in share row exclusive mode`)
        const before = await newest(tx)
        if ((before?.text ?? '') === text) throw refusal('conflict.terms_same')
        const values = { version: (before?.version ?? 0) + 1, text, publishedBy: caller.userId }
        const [after] = await tx.insert(termsVersions).values(values).returning()
        const details = changesOf(before ? factsOf(before) : {}, factsOf(after!))
        await audit(tx, { action: 'terms.published', actorId: caller.userId, target: String(values.version), details, address, requestId })
        return after!
      })
      signals.publish(publishedTopic, '')
      return toAdmin(row, 0)
    },

    onPublished: (listener: () => void) => signals.subscribe(publishedTopic, listener),
  }
}

const toTerms = ({ version, text, publishedAt }: Row): Terms => ({ version, text, publishedAt: publishedAt.toISOString() })
const toAdmin = (row: Row, accepted: number): AdminTerms => ({ ...toTerms(row), publishedBy: row.publishedBy, accepted })
const toAccepted = ({ version, acceptedAt }: typeof termsAcceptances.$inferSelect): AcceptedTerms => ({
  version,
  acceptedAt: acceptedAt.toISOString(),
})

/** `asks`: whether anybody has to accept it. */
const factsOf = ({ version, text }: Row) => ({ version, textDigest: sha256(text), asks: text !== '' })
