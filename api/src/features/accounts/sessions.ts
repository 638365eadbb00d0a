import type { Session } from '@jarvis/contracts/accounts.ts'
import { and, desc, eq, gt, isNull, ne, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller, Origin } from '#lib/caller.ts'
import { newId, newSecret, sha256 } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { refreshTokens, sessions } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'

export const refreshLifetimeSeconds = 30 * 24 * 3600
/** Published when sessions end, so that every process closes their sockets; the payload is a session id. */
export const sessionRevoked = 'session.revoked'

export type Opened = { userId: string; sessionId: string; refreshToken: string }
export type SessionsDeps = Pick<Database, 'db'> & { signals: Signals; audit: RecordAudit }

/** Sign-ins by device, each a family of refresh tokens that are used once: a second use of one ends the family (RFC 9700 §4.14.2). */
export function createSessions({ db, signals, audit }: SessionsDeps) {
  /** Two tabs that refresh at the same moment share one rotation instead of ending the family. */
  const rotating = new Map<string, Promise<Opened>>()

  async function open(userId: string, origin: Origin): Promise<Opened> {
    const sessionId = newId()
    const refreshToken = newSecret()
    await db.transaction(async (tx) => {
      await tx.insert(sessions).values({ id: sessionId, userId, userAgent: origin.userAgent.slice(0, 300), address: origin.address })
      await tx.insert(refreshTokens).values({ tokenHash: sha256(refreshToken), sessionId, expiresAt: refreshExpiry() })
    })
    return { userId, sessionId, refreshToken }
  }

  async function rotate(refreshToken: string, origin: Origin): Promise<Opened> {
    const tokenHash = sha256(refreshToken)
    const inFlight = rotating.get(tokenHash)
    if (inFlight) return await inFlight
    const rotation = rotateOnce(tokenHash, origin).finally(() => rotating.delete(tokenHash))
    rotating.set(tokenHash, rotation)
    return await rotation
  }

  async function rotateOnce(tokenHash: string, origin: Origin): Promise<Opened> {
    const successor = newSecret()
    const opened = await db.transaction(async (tx) => {
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
      return { userId: session.userId, sessionId: used.sessionId, refreshToken: successor }
    })
    if (opened) return opened
    await endReusedFamily(tokenHash, origin)
    throw new AppError('unauthenticated', 'This session has ended. Sign in again.')
  }

  async function endReusedFamily(tokenHash: string, origin: Origin): Promise<void> {
    const [reused] = await db
      .select({ sessionId: refreshTokens.sessionId, usedAt: refreshTokens.usedAt, userId: sessions.userId })
      .from(refreshTokens)
      .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
      .where(eq(refreshTokens.tokenHash, tokenHash))
    if (!reused?.usedAt) return
    const ended = await revoke([eq(sessions.id, reused.sessionId)])
    if (ended > 0) await audit({ action: 'session.reused', actorId: reused.userId, target: reused.sessionId, ...where(origin) })
  }

  /** Ends the live sessions that match, in every process. Returns how many. */
  async function revoke(conditions: ReturnType<typeof eq>[]): Promise<number> {
    const ended = await db
      .update(sessions)
      .set({ revokedAt: sql`now()` })
      .where(and(isNull(sessions.revokedAt), ...conditions))
      .returning({ id: sessions.id })
    await Promise.all(ended.map(({ id }) => signals.publish(sessionRevoked, id)))
    return ended.length
  }

  return {
    open,
    rotate,
    async endByToken(refreshToken: string): Promise<{ userId: string; sessionId: string } | null> {
      const [owner] = await db
        .select({ userId: sessions.userId, sessionId: sessions.id })
        .from(refreshTokens)
        .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
        .where(eq(refreshTokens.tokenHash, sha256(refreshToken)))
      if (!owner) return null
      return (await revoke([eq(sessions.id, owner.sessionId)])) > 0 ? owner : null
    },
    async end(caller: Caller, sessionId: string): Promise<void> {
      const ended = await revoke([eq(sessions.id, sessionId), eq(sessions.userId, caller.userId)])
      if (ended === 0) throw new AppError('not_found', 'There is no such session.')
    },
    endOthers: (caller: Caller) => revoke([eq(sessions.userId, caller.userId), ne(sessions.id, caller.sessionId)]),
    endAll: (userId: string) => revoke([eq(sessions.userId, userId)]),
    async list(caller: Caller): Promise<Session[]> {
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
