import { createHmac, hkdfSync } from 'node:crypto'
import type { Session as ListedSession } from '@jarvis/contracts/accounts.ts'
import { and, desc, eq, gt, inArray, isNull, ne, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { dropSubscriptionsOf } from '#features/push/index.ts'
import { addressKey } from '#lib/address-key.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller, Origin } from '#lib/caller.ts'
import { newId, newSecret, sha256 } from '#lib/ids.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { sessionRevoked } from '#ports/access/index.ts'
import { refreshTokens, sessions } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'
import { refusal } from '#lib/refusal.ts'

export const refreshLifetimeSeconds = 30 * 24 * 3600

/** How long a person counts as having shown that it is they. */
const recentSeconds = 600

/** How long a token that was used gives the same successor again: its answer may have been lost, or two tabs have asked at once. */
const graceSeconds = 10

export type Opened = { userId: string; sessionId: string; refreshToken: string }
export type SessionsDeps = Pick<Database, 'db'> & { signals: Signals; audit: RecordAudit; jwtSecret: string }
type Session = Omit<Opened, 'refreshToken'>

/**
 * Sign-ins by device, each a family of refresh tokens that are used once. A token's successor follows from the token and the server's secret, so
 * that a request that comes again, to any process, gets the same one: for ten seconds, and while the successor itself is unused. Every other
 * second use ends the family (RFC 9700 §4.14.2).
 */
export function createSessions({ db, signals, audit, jwtSecret }: SessionsDeps) {
  const successorKey = Buffer.from(hkdfSync('sha256', jwtSecret, '', 'jarvis refresh token successor', 32))
  const successorOf = (refreshToken: string) => createHmac('sha256', successorKey).update(refreshToken).digest('base64url')

  async function open(tx: Transaction, userId: string, origin: Origin): Promise<Opened> {
    const sessionId = newId()
    const refreshToken = newSecret()
    await tx.insert(sessions).values({ id: sessionId, userId, userAgent: origin.userAgent.slice(0, 300), address: origin.address })
    await tx.insert(refreshTokens).values({ tokenHash: sha256(refreshToken), sessionId, expiresAt: refreshExpiry() })
    return { userId, sessionId, refreshToken }
  }

  /** @throws unauthenticated */
  async function rotate(refreshToken: string, origin: Origin): Promise<Opened> {
    const [tokenHash, successor] = [sha256(refreshToken), successorOf(refreshToken)]
    const session = (await use(tokenHash, successor)) ?? (await repeat(tokenHash, successor))
    if (session) return { ...session, refreshToken: successor }
    await endReusedFamily(tokenHash, origin)
    throw refusal('unauthenticated.session_ended')
  }

  /** The one use of a token; who comes at the same moment waits here for its outcome. */
  async function use(tokenHash: string, successor: string): Promise<Session | undefined> {
    return await db.transaction(async (tx) => {
      const [used] = await tx
        .update(refreshTokens)
        .set({ usedAt: sql`now()` })
        .where(and(eq(refreshTokens.tokenHash, tokenHash), isNull(refreshTokens.usedAt), gt(refreshTokens.expiresAt, sql`now()`)))
        .returning({ sessionId: refreshTokens.sessionId })
      if (!used) return undefined
      const [session] = await tx
        .update(sessions)
        .set({ lastSeenAt: sql`now()` })
        .where(and(eq(sessions.id, used.sessionId), isNull(sessions.revokedAt)))
        .returning({ userId: sessions.userId })
      if (!session) return undefined
      await tx.insert(refreshTokens).values({ tokenHash: sha256(successor), sessionId: used.sessionId, expiresAt: refreshExpiry() })
      return { userId: session.userId, sessionId: used.sessionId }
    })
  }

  /** Once the successor is used as well, its client has had it, and who still shows its forerunner is somebody else. */
  async function repeat(tokenHash: string, successor: string): Promise<Session | undefined> {
    const next = alias(refreshTokens, 'next')
    const [found] = await db
      .select({ userId: sessions.userId, sessionId: sessions.id })
      .from(refreshTokens)
      .innerJoin(next, and(eq(next.tokenHash, sha256(successor)), isNull(next.usedAt)))
      .innerJoin(sessions, and(eq(sessions.id, refreshTokens.sessionId), isNull(sessions.revokedAt)))
      .where(and(eq(refreshTokens.tokenHash, tokenHash), gt(refreshTokens.usedAt, sql`now() - make_interval(secs => ${graceSeconds})`)))
    return found
  }

  async function endReusedFamily(tokenHash: string, origin: Origin): Promise<void> {
    const ended = await db.transaction(async (tx) => {
      const [reused] = await tx
        .select({ sessionId: refreshTokens.sessionId, usedAt: refreshTokens.usedAt, userId: sessions.userId })
        .from(refreshTokens)
        .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
        .where(eq(refreshTokens.tokenHash, tokenHash))
      if (!reused?.usedAt) return []
      const ended = await revoke(tx, eq(sessions.id, reused.sessionId))
      if (ended.length > 0) await audit(tx, { action: 'session.reused', actorId: reused.userId, target: reused.sessionId, ...where(origin) })
      return ended
    })
    announce(ended)
  }

  /** Ends the live sessions that match, and what is told to their browsers. Their sockets close when the ids that it returns are announced, after the commit. */
  async function revoke(tx: Transaction, ...conditions: ReturnType<typeof eq>[]): Promise<string[]> {
    const ended = await tx
      .update(sessions)
      .set({ revokedAt: sql`now()` })
      .where(and(isNull(sessions.revokedAt), ...conditions))
      .returning({ id: sessions.id })
    const ids = ended.map(({ id }) => id)
    await dropSubscriptionsOf(tx, ids)
    return ids
  }

  /** Tells every process; each looks a session up at every use, so that a signal that is lost costs a socket some time and nothing else. */
  const announce = (sessionIds: string[]): void => sessionIds.forEach((id) => signals.publish(sessionRevoked, id))

  return {
    open,
    rotate,
    announce,
    /** Whose token this is, used or not; null where no session has it. */
    async ownerOf(refreshToken: string): Promise<string | null> {
      const [owner] = await db
        .select({ userId: sessions.userId })
        .from(refreshTokens)
        .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
        .where(eq(refreshTokens.tokenHash, sha256(refreshToken)))
      return owner?.userId ?? null
    },
    /** Returns whose session it was, or null where there is none that lives. */
    async endByToken(tx: Transaction, refreshToken: string): Promise<Session | null> {
      const [owner] = await tx
        .select({ userId: sessions.userId, sessionId: sessions.id })
        .from(refreshTokens)
        .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
        .where(eq(refreshTokens.tokenHash, sha256(refreshToken)))
      if (!owner) return null
      return (await revoke(tx, eq(sessions.id, owner.sessionId))).length > 0 ? owner : null
    },
    /** @throws not_found */
    async end(tx: Transaction, caller: Caller, sessionId: string): Promise<string[]> {
      const ended = await revoke(tx, eq(sessions.id, sessionId), eq(sessions.userId, caller.userId))
      if (ended.length === 0) throw new AppError('not_found', 'There is no such session.')
      return ended
    },
    /** @throws reauthentication_required */
    async requireRecent({ userId, sessionId }: Caller): Promise<void> {
      const since = sql`coalesce(${sessions.authenticatedAt}, ${sessions.createdAt})`
      const isRecent = sql`${since} > now() - make_interval(secs => ${recentSeconds})`
      const [recent] = await db
        .select({ id: sessions.id })
        .from(sessions)
        .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId), isRecent))
      if (!recent) throw refusal('reauthentication_required')
    },
    authenticated: async (tx: Transaction, { userId, sessionId }: Pick<Caller, 'userId' | 'sessionId'>): Promise<void> =>
      void (await tx
        .update(sessions)
        .set({ authenticatedAt: sql`now()` })
        .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId)))),
    /** Of anybody. */
    endThese: async (tx: Transaction, ids: string[]): Promise<string[]> => (ids.length > 0 ? await revoke(tx, inArray(sessions.id, ids)) : []),
    endOthers: (tx: Transaction, caller: Caller) => revoke(tx, eq(sessions.userId, caller.userId), ne(sessions.id, caller.sessionId)),
    endAll: (tx: Transaction, userId: string) => revoke(tx, eq(sessions.userId, userId)),
    /** Whether this person, or nobody, has signed in from this network: the same work for both. */
    async wasOpenedFrom(userId: string | null, network: string): Promise<boolean> {
      const own = userId === null ? sql`false` : eq(sessions.userId, userId)
      const rows = await db.selectDistinct({ address: sessions.address }).from(sessions).where(own).limit(500)
      return rows.some(({ address }) => addressKey(address) === network)
    },
    async list(caller: Caller): Promise<ListedSession[]> {
      const rows = await db
        .select()
        .from(sessions)
        .where(and(eq(sessions.userId, caller.userId), isNull(sessions.revokedAt)))
        .orderBy(desc(sessions.lastSeenAt))
        .limit(200)
      return rows.map((row) => ({
        id: row.id,
        createdAt: row.createdAt.toISOString(),
        lastSeenAt: row.lastSeenAt.toISOString(),
        userAgent: row.userAgent,
        address: row.address,
        current: row.id === caller.sessionId,
      }))
    },
  }
}

const refreshExpiry = () => new Date(Date.now() + refreshLifetimeSeconds * 1000)
const where = ({ address, requestId }: Origin) => ({ address, requestId })
