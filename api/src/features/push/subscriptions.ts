import type { PushBody, PushSubscription } from '@jarvis/contracts/push.ts'
import { and, desc, eq, inArray, isNull, ne, notInArray, sql } from 'drizzle-orm'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { By } from '#lib/caller.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { pushSubscriptions, sessions, users } from '#ports/database/tables.ts'

type Db = Database['db'] | Transaction
export type SubscriptionRow = typeof pushSubscriptions.$inferSelect

/** More browsers than a person has; each answer is told to all of them. */
const perPersonMax = 10

/** Part of the end of sign-ins: what is told to a browser goes no further than the sign-in in it. */
export const dropSubscriptionsOf = async (tx: Transaction, sessionIds: string[]): Promise<void> =>
  void (sessionIds.length > 0 && (await tx.delete(pushSubscriptions).where(inArray(pushSubscriptions.sessionId, sessionIds))))

/** Browsers that are told, one for each sign-in at most. */
export function createSubscriptions({ db, audit }: Pick<Database, 'db'> & { audit: RecordAudit }) {
  const of = (sessionId: string) => eq(pushSubscriptions.sessionId, sessionId)

  /** Those whose sign-in lives, whatever became of the row. */
  const living = (tx: Db) =>
    tx
      .select({ row: pushSubscriptions, language: users.language })
      .from(pushSubscriptions)
      .innerJoin(sessions, and(eq(sessions.id, pushSubscriptions.sessionId), isNull(sessions.revokedAt)))
      .innerJoin(users, and(eq(users.id, pushSubscriptions.userId), isNull(users.disabledAt)))

  const tell = (tx: Transaction, action: string, { caller, origin }: By, details: Record<string, string | boolean>) =>
    audit(tx, { action, actorId: caller.userId, target: caller.sessionId, details, address: origin.address, requestId: origin.requestId })

  return {
    /** null where there is none, or its sign-in has ended. */
    async living(sessionId: string): Promise<(SubscriptionRow & { spoken: string | null }) | null> {
      const [found] = await living(db).where(of(sessionId))
      return found ? { ...found.row, spoken: found.language } : null
    },

    async livingOf(userId: string): Promise<string[]> {
      const found = await living(db).where(eq(pushSubscriptions.userId, userId))
      return found.map(({ row }) => row.sessionId)
    },

    /** @throws conflict where another browser, of this person or another, says that this address is its own */
    async keep(by: By, { endpoint, keys, publicKey, showsTitle, language }: PushBody): Promise<void> {
      const { userId, sessionId } = by.caller
      const row = { endpoint, ...keys, publicKey, showsTitle, language }
      await db.transaction(async (tx) => {
        // The sign-in may end meanwhile: it waits for this, or this for it.
        const [live] = await tx
          .select({ id: sessions.id })
          .from(sessions)
          .where(and(eq(sessions.id, sessionId), isNull(sessions.revokedAt)))
          .for('share')
        if (!live) throw refusal('unauthenticated.session_ended')
        // A browser whose person signed in anew: only it knows the keys.
        const isSame = and(eq(pushSubscriptions.endpoint, endpoint), eq(pushSubscriptions.p256dh, keys.p256dh), eq(pushSubscriptions.auth, keys.auth))
        await tx.delete(pushSubscriptions).where(and(isSame, ne(pushSubscriptions.sessionId, sessionId)))
        if ((await tx.$count(pushSubscriptions, and(eq(pushSubscriptions.endpoint, endpoint), ne(pushSubscriptions.sessionId, sessionId)))) > 0)
          throw refusal('conflict.push_address')
        await tx
          .insert(pushSubscriptions)
          .values({ sessionId, userId, ...row })
          .onConflictDoUpdate({ target: pushSubscriptions.sessionId, set: { ...row, createdAt: sql`now()` } })
        const newest = tx
          .select({ id: pushSubscriptions.sessionId })
          .from(pushSubscriptions)
          .where(eq(pushSubscriptions.userId, userId))
          .orderBy(desc(pushSubscriptions.createdAt))
          .limit(perPersonMax)
        await tx.delete(pushSubscriptions).where(and(eq(pushSubscriptions.userId, userId), notInArray(pushSubscriptions.sessionId, newest)))
        await tell(tx, 'push.subscribed', by, { service: new URL(endpoint).host, showsTitle })
      })
    },

    async end(by: By): Promise<void> {
      await db.transaction(async (tx) => {
        const ended = await tx.delete(pushSubscriptions).where(of(by.caller.sessionId))
        if (ended.rowCount === 1) await tell(tx, 'push.unsubscribed', by, {})
      })
    },

    /** Unless the browser has another address by now. */
    async drop({ sessionId, endpoint }: Pick<SubscriptionRow, 'sessionId' | 'endpoint'>): Promise<void> {
      await db.delete(pushSubscriptions).where(and(of(sessionId), eq(pushSubscriptions.endpoint, endpoint)))
    },

    async exportOf(userId: string) {
      const rows = await db.select().from(pushSubscriptions).where(eq(pushSubscriptions.userId, userId)).orderBy(desc(pushSubscriptions.createdAt))
      return rows.map(({ sessionId, endpoint, showsTitle, language, createdAt }) => ({
        sessionId,
        service: new URL(endpoint).host,
        showsTitle,
        language,
        createdAt: createdAt.toISOString(),
      }))
    },
  }
}

export const toSubscription = ({ endpoint, publicKey, showsTitle, createdAt }: SubscriptionRow): PushSubscription => ({
  endpoint,
  publicKey,
  showsTitle,
  createdAt: createdAt.toISOString(),
})
