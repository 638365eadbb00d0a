import { createHmac, hkdfSync } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Session } from '@jarvis/contracts/accounts.ts'
import { and, desc, eq, gt, isNull, ne, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
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

/** How long a token that another process has taken still gets its successor: nobody here can know which request came first. */
const graceSeconds = 10
/** An answer waits this long for its twins: who has it cannot be one of them any more. */
const gatherMs = 50

export type Opened = { userId: string; sessionId: string; refreshToken: string }
export type SessionsDeps = Pick<Database, 'db'> & { signals: Signals; audit: RecordAudit; jwtSecret: string }

/**
 * Sign-ins by device, each a family of refresh tokens that are used once. Requests that show a token at the same time, in any process, are told
 * the same successor: it follows from the token and the server's secret. Any other second use ends the family (RFC 9700 §4.14.2).
 */
export function createSessions({ db, signals, audit, jwtSecret }: SessionsDeps) {
  const successorKey = Buffer.from(hkdfSync('sha256', jwtSecret, '', 'jarvis refresh token successor', 32))
  const successorOf = (refreshToken: string) => createHmac('sha256', successorKey).update(refreshToken).digest('base64url')

  async function open(userId: string, origin: Origin): Promise<Opened> {
    const sessionId = newId()
    const refreshToken = newSecret()
    await db.transaction(async (tx) => {
      await tx.insert(sessions).values({ id: sessionId, userId, userAgent: origin.userAgent.slice(0, 300), address: origin.address })
      await tx.insert(refreshTokens).values({ tokenHash: sha256(refreshToken), sessionId, expiresAt: refreshExpiry() })
    })
    return { userId, sessionId, refreshToken }
  }

  const underWay = new Map<string, Promise<Opened>>()
  const takenHere = new Set<string>()

  /** Two tabs that refresh at once are one rotation. @throws unauthenticated */
  function rotate(refreshToken: string, origin: Origin): Promise<Opened> {
    const tokenHash = sha256(refreshToken)
    const started = underWay.get(tokenHash)
    if (started) return started
    const rotation = rotateOnce(refreshToken, tokenHash, origin).finally(() => underWay.delete(tokenHash))
    underWay.set(tokenHash, rotation)
    return rotation
  }

  async function rotateOnce(refreshToken: string, tokenHash: string, origin: Origin): Promise<Opened> {
    const successor = successorOf(refreshToken)
    let owner = await use(tokenHash, successor)
    if (owner) {
      takenHere.add(tokenHash)
      setTimeout(() => takenHere.delete(tokenHash), graceSeconds * 1000).unref()
      await sleep(gatherMs)
    } else if (!takenHere.has(tokenHash)) owner = await repeat(tokenHash, successor)
    if (!owner) {
      await endReusedFamily(tokenHash, origin)
      throw new AppError('unauthenticated', 'This session has ended. Sign in again.')
    }
    return { ...owner, refreshToken: successor }
  }

  /** The one use of a token; whoever comes at the same moment waits here for its outcome. */
  async function use(tokenHash: string, successor: string): Promise<Omit<Opened, 'refreshToken'> | undefined> {
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

  /** Once the successor is used as well, its client has had it, and whoever still shows its forerunner is somebody else. */
  async function repeat(tokenHash: string, successor: string): Promise<Omit<Opened, 'refreshToken'> | undefined> {
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
    for (const { id } of ended) signals.publish(sessionRevoked, id)
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
